"""Copying at birth: two layers of an untrained network are set so that it finds again what it has seen.

Finding "what came after this before" takes heads in two layers (Olsson et al., "In-context Learning and
Induction Heads", 2022): some that carry each token on to the next places, and some above that look for the
place whose carried tokens are the present ones. A network this size needs millions of tokens to come upon
them; here their weights are written down, on coordinates of their own, and training goes on from there.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from finetune.micro.model import SPREAD, Attention, Block, MicroAgent, Shape

_CONSTANT = 4.0
"""The coordinate that is the same for every token, in units of the embedding's spread."""
_NEAR = 6
"""Rotary pairs, the fastest, by which the first layer tells a place from its neighbours."""
_SLOW = 14
"""Rotary pairs of a head of 64, the last, that hardly turn over a long context (base 1e6)."""
_MARKS = 240
"""The coordinate from which on a token with a mark before it differs from the one without."""
_SHARP = 1.6
"""Gain of queries and keys: how sharply these heads look."""
_CARRIED = 1.25
"""How loudly a token is carried on."""
_FOUND_ONE, _FOUND_TWO = 5.0, 10.0
"""How loudly is written what was found by one token, and by two, which is surer, in a network 256 wide."""

_IDENTITY = range(1, 57)
_BEFORE = range(57, 113)
_TWO_BEFORE = range(113, 127)
_COPIED = range(128, 256)
"""Coordinates of the residual stream: who a token is, who came before, who before that, what is copied."""


TAUGHT = ("layers.0.self_attn.", "layers.1.self_attn.")
"""How the names of the weights begin that are written."""


def teach_copying(model: MicroAgent, marked: Mapping[int, int]) -> None:
    """Write the two layers; does nothing where the network has no room for them.

    A token of `marked` is another with a space or a mark before it (`Tokenizer.marked`); the two begin alike
    on the coordinates by which a token is looked for, and so stand for each other.
    """
    shape = model.shape
    if not _has_room(shape):
        return
    blocks = [layer for layer in model.layers if isinstance(layer, Block)]
    embedding = model.embed_tokens.weight
    with torch.no_grad():
        embedding[:, 0] = _CONSTANT * SPREAD
        for token, bare in marked.items():
            embedding[token, :_MARKS] = embedding[bare, :_MARKS]
        embedding[:, [*_BEFORE, *_TWO_BEFORE]] = 0
        _carry(blocks[0].self_attn, shape)
        _find(blocks[1].self_attn, shape)


def _has_room(shape: Shape) -> bool:
    """Coordinates, heads that share a key in twos or more, and two layers."""
    wide = shape.width >= _COPIED.stop and shape.head_width == 64
    return wide and shape.layers >= 2 and shape.kv_heads >= 2 and shape.heads >= 2 * shape.kv_heads


def _carry(attention: Attention, shape: Shape) -> None:
    """Two heads of the first layer look one and two places back and carry on who stands there."""
    _sharpen(attention)
    _clear(attention, shape, heads=(0, 1), key_head=0)
    half, width = shape.head_width // 2, shape.head_width
    rates = shape.rope_base ** -(torch.arange(half) / half)
    key = torch.zeros(width)
    key[:_NEAR] = 1.0
    attention.k_proj.weight[:width, 0] = key
    for at, source in enumerate(_IDENTITY):
        attention.v_proj.weight[at, source] = 1.0
    for head, targets in ((0, _BEFORE), (1, _TWO_BEFORE)):
        # A key at place n is turned by n; a later query that is turned back by as much meets it head on.
        turned = rates * (head + 1)
        rows = slice(head * width, head * width + half)
        attention.q_proj.weight[rows, 0] = key[:half] * turned.cos()
        rows = slice(head * width + half, (head + 1) * width)
        attention.q_proj.weight[rows, 0] = -key[:half] * turned.sin()
        for at, target in enumerate(targets):
            attention.o_proj.weight[target, head * width + at] = _CARRIED


def _find(attention: Attention, shape: Shape) -> None:
    """One head looks for the present token among the carried ones, one for it and its forerunner."""
    _sharpen(attention)
    half, width = shape.head_width // 2, shape.head_width
    places = [*range(half - _SLOW, half), *range(width - _SLOW, width)]
    one, two = len(places), len(_TWO_BEFORE)
    by_one = zip(_IDENTITY[:one], _BEFORE[:one], strict=True)
    # The forerunner is told by the coordinates that were carried twice.
    by_two = zip(
        (*_IDENTITY[one : one + _SLOW], *_BEFORE[:two]),
        (*_BEFORE[one : one + _SLOW], *_TWO_BEFORE),
        strict=True,
    )
    groups = shape.heads // shape.kv_heads
    for key_head, (matched, loudness) in enumerate(((by_one, _FOUND_ONE), (by_two, _FOUND_TWO))):
        head = key_head * groups
        _clear(attention, shape, heads=(head,), key_head=key_head)
        for place, (asked, carried) in zip(places, matched, strict=True):
            attention.q_proj.weight[head * width + place, asked] = 1.0
            attention.k_proj.weight[key_head * width + place, carried] = 1.0
        for at, coordinate in enumerate(_COPIED[key_head * width : (key_head + 1) * width]):
            attention.v_proj.weight[key_head * width + at, coordinate] = 1.0
            attention.o_proj.weight[coordinate, head * width + at] = loudness * shape.width / _COPIED.stop


def _sharpen(attention: Attention) -> None:
    attention.q_norm.weight.fill_(_SHARP)
    attention.k_norm.weight.fill_(_SHARP)


def _clear(attention: Attention, shape: Shape, heads: Sequence[int], key_head: int) -> None:
    width = shape.head_width
    keys = slice(key_head * width, (key_head + 1) * width)
    attention.k_proj.weight[keys] = 0
    attention.v_proj.weight[keys] = 0
    for head in heads:
        queries = slice(head * width, (head + 1) * width)
        attention.q_proj.weight[queries] = 0
        attention.o_proj.weight[:, queries] = 0


def copied_share(model: MicroAgent, tokens: int, seed: int, kinds: int = 0) -> float:
    """Share of a repeated random text that the network foretells the second time.

    The text is of `kinds` different tokens, of all where it is 0: with few of them one token says little of
    what comes next.
    """
    draw = torch.Generator().manual_seed(seed)
    once: Tensor = torch.randint(0, kinds or model.shape.vocabulary, (4, tokens), generator=draw)
    with torch.no_grad():
        likeliest = model(torch.cat([once, once], dim=1)).argmax(-1)
    # The token after the seam is the first whose forerunner was seen before.
    return float((likeliest[:, tokens:-1] == once[:, 1:]).float().mean())
