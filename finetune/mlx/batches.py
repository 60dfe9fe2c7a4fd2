"""Rows of token ids as batches of one length, in an order that a number decides.

Batches are asked for by the step that learns from them, so a training that goes on needs no memory of what
it has read.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from finetune.data.lessons import Row
from finetune.data.samples import IGNORED

MULTIPLE = 32
"""Rows are filled to multiples of it: each new length is compiled anew."""


@dataclass(frozen=True)
class Batch:
    """Rows of one length; `learned` is 1 where the next token counts."""

    inputs: list[list[int]]
    targets: list[list[int]]
    learned: list[list[int]]
    read: int
    """Tokens of the samples, without what fills them up."""

    @property
    def count(self) -> int:
        """Learned tokens; every proved sample has some."""
        return sum(map(sum, self.learned))


class Batches:
    """Samples of like length together; in every epoch the batches come in another order."""

    def __init__(self, rows: Sequence[Row], size: int, passes: int, seed: int) -> None:
        """`size` samples make a batch and `passes` batches a step; the last of an epoch may have fewer."""
        ordered = sorted(rows, key=lambda row: len(row["input_ids"]))
        self._parts = [ordered[at : at + size] for at in range(0, len(ordered), size)]
        self._passes = passes
        self._order = lru_cache(maxsize=1)(lambda epoch: _shuffled(len(self._parts), seed, epoch))

    def __len__(self) -> int:
        """Steps of an epoch."""
        return -(-len(self._parts) // self._passes)

    def of_step(self, step: int) -> list[Batch]:
        """What a step learns from, counted from 1 over all epochs."""
        epoch, place = divmod(step - 1, len(self))
        numbers = self._order(epoch)[place * self._passes : (place + 1) * self._passes]
        return [filled(self._parts[number]) for number in numbers]

    def once(self) -> list[Batch]:
        """All batches, the shortest first."""
        return [filled(part) for part in self._parts]


def filled(rows: Sequence[Row]) -> Batch:
    """Rows filled up behind their ends, where no token before sees it."""
    longest = max(len(row["input_ids"]) for row in rows)
    length = -(-(longest - 1) // MULTIPLE) * MULTIPLE
    inputs, targets, learned = [], [], []
    for row in rows:
        ids, labels = row["input_ids"], row["labels"]
        empty = [0] * (length + 1 - len(ids))
        inputs.append([*ids[:-1], *empty])
        targets.append([*ids[1:], *empty])
        learned.append([*(int(label != IGNORED) for label in labels[1:]), *empty])
    return Batch(inputs, targets, learned, sum(len(row["input_ids"]) for row in rows))


def _shuffled(count: int, seed: int, epoch: int) -> list[int]:
    order = list(range(count))
    random.Random(f"{seed} {epoch}").shuffle(order)
    return order
