"""Tasks of the retrieval benchmark and how what was found for them is scored."""

import math
from collections.abc import Sequence
from typing import NamedTuple

DEPTH = 10


class Task(NamedTuple):
    """One question and the ids of the products that answer it."""

    query: str
    gold: frozenset[str]
    kind: str = ""
    """What is asked of the search: a group of the table."""


class Score(NamedTuple):
    """Means over tasks."""

    recall: float
    """Share of the right products among as many as there are, and among ten at least."""
    ndcg: float
    """Normalized discounted gain at ten."""


def depth(task: Task) -> int:
    """How many products a search may name."""
    return max(DEPTH, len(task.gold))


def scored(tasks: Sequence[Task], found: Sequence[Sequence[str]]) -> Score:
    """What the lists found for the tasks are worth."""
    recall = [
        len(task.gold.intersection(ids[: depth(task)])) / len(task.gold)
        for task, ids in zip(tasks, found, strict=True)
    ]
    gain = [_ndcg(task.gold, ids) for task, ids in zip(tasks, found, strict=True)]
    return Score(sum(recall) / len(recall), sum(gain) / len(gain))


def _ndcg(gold: frozenset[str], ids: Sequence[str]) -> float:
    gain = sum(1 / math.log2(place + 2) for place, one in enumerate(ids[:DEPTH]) if one in gold)
    return gain / sum(1 / math.log2(place + 2) for place in range(min(len(gold), DEPTH)))
