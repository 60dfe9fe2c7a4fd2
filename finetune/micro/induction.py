"""Copying at birth: two layers of an untrained network are set so that it finds again what it has seen.

Finding "what came after this token before" takes two heads (Olsson et al., "In-context Learning and Induction
Heads", 2022): one that carries each token on to the next place, and one in the layer above that looks for the
place whose carried token is the present one. A network this size needs millions of tokens to come upon it;
here its weights are written down, on coordinates of their own, and training goes on from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from finetune.micro.model import SPREAD, Attention, Block, MicroAgent, Shape

_CONSTANT = 4.0
"""The coordinate that is the same for every token, in units of the embedding's spread."""
_NEAR = 6
"""Rotary pairs, the fastest, by which the first layer tells the place before from all others."""
_FAR = 18
"""The first rotary pair, of 32, so slow that it hardly turns over a long context (base 1e6)."""
_MARKS = 16
"""Coordinates, the last, by which a token with a mark before it differs from the one without."""
_SHARP = 1.6
"""Gain of queries and keys: how sharply these heads look."""
_CARRIED = 0.05
_FOUND = 0.2
"""How loudly a token is carried on, and how loudly what was found is written, beside the embedding."""


@dataclass(frozen=True)
class _Room:
    """Coordinates of the residual stream: who a token is, who came before, what is copied."""

    identity: range
    before: range
    copied: range


def teach_copying(model: MicroAgent, marked: Mapping[int, int]) -> None:
    """Write the two layers; does nothing where the network is too small to hold them.

    A token of `marked` is another with a space or a mark before it (`Tokenizer.marked`); the two begin
    alike on the coordinates by which a token is looked for, and so stand for each other.
    """
    shape = model.shape
    pairs = shape.head_width // 2
    slow = pairs - round(pairs * _FAR / 32)
    matched = 2 * slow * shape.kv_heads
    room = _rooms(matched, shape)
    blocks = [layer for layer in model.layers if isinstance(layer, Block)]
    if shape.layers < 2 or room is None or matched > shape.head_width:
        return
    with torch.no_grad():
        model.embed_tokens.weight[:, 0] = _CONSTANT * SPREAD
        _alike(model.embed_tokens.weight, marked, room)
        model.embed_tokens.weight[:, room.before] = 0
        _carry(blocks[0].self_attn, shape, room)
        _find(blocks[1].self_attn, shape, room, slow)


def _rooms(matched: int, shape: Shape) -> _Room | None:
    """Coordinate 0 is the constant; the others follow each other. None where they do not fit."""
    copied = min(shape.kv_heads * shape.head_width, shape.width - 1 - 2 * matched)
    if copied < matched:
        return None
    edges = (1, 1 + matched, 1 + 2 * matched)
    return _Room(range(*edges[:2]), range(*edges[1:]), range(shape.width - copied, shape.width))


def _alike(embedding: Tensor, marked: Mapping[int, int], room: _Room) -> None:
    shared = slice(0, room.copied.stop - _MARKS)
    for token, bare in marked.items():
        embedding[token, shared] = embedding[bare, shared]


def _carry(attention: Attention, shape: Shape, room: _Room) -> None:
    """The first head of the first layer looks one place back and carries who stands there."""
    half, width = shape.head_width // 2, shape.head_width
    rates = shape.rope_base ** -(torch.arange(half) / half)
    key = torch.zeros(width)
    key[:_NEAR] = 1.0
    # A key at place n is turned by n; a query at n + 1 that is turned back by 1 meets it head on.
    query = torch.zeros(width)
    query[:half], query[half:] = key[:half] * rates.cos(), -key[:half] * rates.sin()
    for weight, vector in ((attention.q_proj.weight, query), (attention.k_proj.weight, key)):
        weight[:width] = 0
        weight[:width, 0] = vector
    attention.q_norm.weight.fill_(_SHARP)
    attention.k_norm.weight.fill_(_SHARP)
    attention.v_proj.weight[:width] = 0
    attention.o_proj.weight[:, :width] = 0
    for at, (source, target) in enumerate(zip(room.identity, room.before, strict=True)):
        attention.v_proj.weight[at, source] = 1.0
        attention.o_proj.weight[target, at] = _CARRIED


def _find(attention: Attention, shape: Shape, room: _Room, slow: int) -> None:
    """One head a key head looks for the present token among the carried ones, and copies who stands there."""
    half, width = shape.head_width // 2, shape.head_width
    groups = shape.heads // shape.kv_heads
    places = [*range(half - slow, half), *range(width - slow, width)]
    share = len(room.copied) // shape.kv_heads
    attention.q_norm.weight.fill_(_SHARP)
    attention.k_norm.weight.fill_(_SHARP)
    for head in range(shape.kv_heads):
        query, key = head * groups * width, head * width
        _cleared(attention, query, key, width)
        for at, place in enumerate(places):
            attention.q_proj.weight[query + place, room.identity[head * len(places) + at]] = 1.0
            attention.k_proj.weight[key + place, room.before[head * len(places) + at]] = 1.0
        for at in range(share):
            coordinate = room.copied[head * share + at]
            attention.v_proj.weight[key + at, coordinate] = 1.0
            attention.o_proj.weight[coordinate, query + at] = _FOUND


def _cleared(attention: Attention, query: int, key: int, width: int) -> None:
    attention.q_proj.weight[query : query + width] = 0
    attention.k_proj.weight[key : key + width] = 0
    attention.v_proj.weight[key : key + width] = 0
    attention.o_proj.weight[:, query : query + width] = 0


def copied_share(model: MicroAgent, tokens: int, seed: int) -> float:
    """Share of a repeated random text that the network foretells the second time."""
    draw = torch.Generator().manual_seed(seed)
    once: Tensor = torch.randint(0, model.shape.vocabulary, (4, tokens), generator=draw)
    with torch.no_grad():
        likeliest = model(torch.cat([once, once], dim=1)).argmax(-1)
    # The token after the seam is the first whose forerunner was seen before.
    return float((likeliest[:, tokens:-1] == once[:, 1:]).float().mean())
