"""Means with bootstrap intervals over tasks, and differences of two contestants on the same tasks."""

from collections.abc import Mapping, Sequence
from random import Random
from statistics import fmean

from index.product import Record

ROUNDS = 1000
LEVEL = 0.95


class Interval(Record):
    """A mean with its interval."""

    mean: float
    low: float
    high: float
    n: int
    """Tasks that gave a value."""


def bootstrap(values: Sequence[float], seed: str, rounds: int = ROUNDS) -> Interval | None:
    """The mean of a sample and the 95 % percentile interval; None of nothing."""
    if not values:
        return None
    rng = Random(f"bootstrap:{seed}")
    means = sorted(fmean(rng.choices(values, k=len(values))) for _ in range(rounds))
    tail = (1 - LEVEL) / 2
    return Interval(
        mean=fmean(values),
        low=means[int(tail * (rounds - 1))],
        high=means[round((1 - tail) * (rounds - 1))],
        n=len(values),
    )


def paired(one: Mapping[str, float], two: Mapping[str, float], seed: str) -> Interval | None:
    """The mean of `one` minus `two` over the tasks that both have."""
    shared = [task for task in one if task in two]
    return bootstrap([one[task] - two[task] for task in shared], seed)
