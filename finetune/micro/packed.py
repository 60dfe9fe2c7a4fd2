"""Tokenized samples in one file, and the batches drawn from such files in a repeatable order.

A sample keeps its own row: rows of about one length are padded at the end, which causal attention never sees,
so nothing is ever cut and no sample looks into another.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple

import torch
from torch import Tensor

from agent.wire import Span
from finetune.errors import CorpusError
from finetune.micro.tokenizer import Tokenizer


class Batch(NamedTuple):
    """Rows of token ids, (rows, tokens), and which of them are learnt."""

    ids: Tensor
    learnt: Tensor

    @property
    def size(self) -> int:
        """Tokens that pass the network, padding included."""
        size: int = self.ids.numel()
        return size


@dataclass(frozen=True)
class Packed:
    """Samples one after another; sample `n` is `starts[n]` to `starts[n + 1]`."""

    ids: Tensor
    learnt: Tensor
    starts: Tensor

    def __len__(self) -> int:
        return len(self.starts) - 1

    def length(self, at: int) -> int:
        """Tokens of a sample."""
        return int(self.starts[at + 1] - self.starts[at])

    def sample(self, at: int) -> tuple[Tensor, Tensor]:
        """Ids and what is learnt of a sample."""
        piece = slice(int(self.starts[at]), int(self.starts[at + 1]))
        return self.ids[piece].long(), self.learnt[piece]

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        beside = path.with_suffix(".part")
        torch.save({"ids": self.ids, "learnt": self.learnt, "starts": self.starts}, beside)
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Packed":
        """Read a file that `save` wrote."""
        return cls(**torch.load(path, weights_only=True))


def pack(samples: Iterable[Sequence[Span]], tokenizer: Tokenizer, longest: int) -> tuple[Packed, int]:
    """Tokenize samples; those longer than `longest` tokens are left out and counted."""
    ids, learnt, starts, left_out = [], [], [0], 0
    for spans in samples:
        row, mask = tokenized(spans, tokenizer)
        if len(row) > longest:
            left_out += 1
            continue
        ids.append(torch.tensor(row, dtype=torch.int16))
        learnt.append(torch.tensor(mask))
        starts.append(starts[-1] + len(row))
    if not ids:
        raise CorpusError("There is no sample to pack; draw more tasks, or allow longer samples.")
    return Packed(torch.cat(ids), torch.cat(learnt), torch.tensor(starts)), left_out


def tokenized(spans: Sequence[Span], tokenizer: Tokenizer) -> tuple[list[int], list[bool]]:
    """Ids of a sample and which are learnt; neighbours of one kind are one text, as the engine has it."""
    row: list[int] = []
    mask: list[bool] = []
    for span in spans:
        piece = tokenizer.encode_pieces([span.piece])
        row += piece
        mask += [span.supervised] * len(piece)
    return row, mask


Change = Callable[[Tensor, Tensor, Random], tuple[Tensor, Tensor]]
"""What is made of the ids of a sample, and of which are learnt, before it is fed."""


def order(packed: Packed, tokens: int, seed: int, change: Change | None = None) -> Iterator[Batch]:
    """One pass: samples of about one length together, in batches of at most `tokens` tokens, shuffled."""
    draw = Random(seed)
    # A little noise keeps the same samples from meeting in every pass.
    places = sorted(range(len(packed)), key=lambda at: packed.length(at) * draw.uniform(0.9, 1.1))
    groups: list[list[int]] = [[]]
    longest = 0
    for at in places:
        longest = max(longest, packed.length(at))
        if groups[-1] and longest * (len(groups[-1]) + 1) > tokens:
            groups.append([])
            longest = packed.length(at)
        groups[-1].append(at)
    draw.shuffle(groups)
    for group in groups:
        samples = [(at, *packed.sample(at)) for at in group]
        if change is None:
            yield joined([(ids, learnt) for _, ids, learnt in samples])
        else:
            yield joined([change(ids, learnt, Random(f"{seed}:{at}")) for at, ids, learnt in samples])


def joined(samples: Sequence[tuple[Tensor, Tensor]]) -> Batch:
    """Samples as rows of one length."""
    longest = max(len(ids) for ids, _ in samples)
    ids = torch.zeros(len(samples), longest, dtype=torch.long)
    learnt = torch.zeros(len(samples), longest, dtype=torch.bool)
    for row, (sample, mask) in enumerate(samples):
        ids[row, : len(sample)] = sample
        learnt[row, : len(sample)] = mask
    return Batch(ids, learnt)
