"""The copying curriculum: short rows that can only be finished by finding something again.

Half of the rows are random tokens of which a part comes again; half are lines about products, then the same
lines in another order. Only what comes again is learnt. A network of this size learns to copy from this in
millions of tokens, and hardly at all from long sessions.
"""

from collections.abc import Iterator
from itertools import count
from random import Random

import torch
from torch import Tensor

from finetune.micro.packed import Batch, Packed, joined

ROW = 256
"""Tokens of a row."""


def copying(cards: Packed, tokens: int, vocabulary: int, seed: int, first: int = 0) -> Iterator[Batch]:
    """Batches of about `tokens` tokens without end, from the first on, each drawn by its own number."""
    rows = max(2, tokens // ROW)
    for number in count(first):
        draw = Random(f"{seed}:{number}")
        some = [_repeated(vocabulary, draw) for _ in range(rows // 2)]
        yield joined([*some, *(reordered(cards, draw) for _ in range(rows - len(some)))])


def _repeated(vocabulary: int, draw: Random) -> tuple[Tensor, Tensor]:
    """Random tokens, then stretches of them again."""
    first = [draw.randrange(vocabulary) for _ in range(draw.randint(ROW // 8, ROW // 2))]
    row, learnt = list(first), [False] * len(first)
    while len(row) < ROW:
        start = draw.randrange(len(first))
        again = first[start : start + draw.randint(4, 40)]
        row += again
        # The first two tokens only say where the copy begins.
        learnt += [at > 1 for at in range(len(again))]
    return torch.tensor(row[:ROW]), torch.tensor(learnt[:ROW])


def reordered(cards: Packed, draw: Random) -> tuple[Tensor, Tensor]:
    """Lines about products, then the same lines in another order."""
    lines: list[Tensor] = []
    size = 0
    while len(lines) < 4:
        ids, _ = cards.sample(draw.randrange(len(cards)))
        if lines and size + len(ids) > ROW // 2:
            break
        lines.append(ids[: ROW // 2])
        size += len(lines[-1])
    again = draw.sample(lines, len(lines))
    learnt = [torch.zeros(size, dtype=torch.bool), *(_beyond_the_tag(len(line)) for line in again)]
    return torch.cat([*lines, *again])[:ROW], torch.cat(learnt)[:ROW]


def _beyond_the_tag(length: int) -> Tensor:
    """Everything of a line but its first tokens, which say which line it is."""
    mask = torch.ones(length, dtype=torch.bool)
    mask[:3] = False
    return mask
