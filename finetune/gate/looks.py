"""When the gate looks at its differences, and what it may conclude then without being wrong too often.

Whoever looks at growing evidence again and again and stops when it pleases, is pleased too often. So the
looks are few and set beforehand, and each may be wrong with a share of ERROR; the shares add up to it, and so
bound the chance that a candidate which is no better ever passes, however the looks depend on each other. Half
of each share goes to predicate success and half to SCORE, because either may bring the candidate in.

    success    a difference of a task is 1, 0 or -1. Of the tasks on which one alone succeeds, the share that
               the candidate wins has an exact interval (Clopper and Pearson 1934); above a half it is better
    score      Student's interval of the mean difference

A comparison in which neither is likely to be shown any more ends early (Spiegelhalter et al. 1986); that can
only make promotions rarer.
"""

from collections.abc import Sequence
from math import ceil, log2, sqrt
from statistics import NormalDist, fmean, stdev

from distill.evaluate.intervals import Interval
from index.product import Record

FEWEST, MOST = 20, 300
ERROR = 0.025
"""Chance at most that a candidate which is no better passes, on either figure: what lies below a usual 95 %
interval."""
_SPENT = {FEWEST: 0.02, 40: 0.08, 80: 0.2, 160: 0.3}
"""Tasks at which the gate looks, and the share of ERROR spent there; what is left is spent at the end."""
CHANCE_TO_SHOW = 0.8
"""Chance with which the smallest gain that is told would have been shown."""
HOPELESS = 0.1
"""Chance of being shown at the end below which it is not worth going on."""
_STILL = 1e-6
"""Taken for the deviation of differences that do not differ."""
_NORMAL = NormalDist()


class Look(Record):
    """One look at the differences."""

    tasks: int
    error: float
    """What an interval of one figure may miss on one side."""


def looks(most: int) -> tuple[Look, ...]:
    """The looks of a comparison of at most so many tasks; the last one is at all of them."""
    before = {tasks: share for tasks, share in _SPENT.items() if tasks < most}
    left = 1 - sum(before.values())
    return tuple(
        Look(tasks=tasks, error=ERROR * share / 2) for tasks, share in (*before.items(), (most, left))
    )


def success_interval(differences: Sequence[float], error: float) -> Interval:
    """Of differences that are 1, 0 or -1: their mean, with `error` outside the interval on either side."""
    from scipy.stats import beta  # a second; whoever is not at the gate does without

    n = len(differences)
    won, lost = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    parted = won + lost
    if not parted:
        unseen = 1 - float(error ** (1 / n))
        return Interval(mean=0.0, low=-unseen, high=unseen, n=n)
    low = float(beta.ppf(error, won, lost + 1)) if won else 0.0
    high = float(beta.ppf(1 - error, won + 1, lost)) if lost else 1.0
    share = parted / n
    return Interval(mean=(won - lost) / n, low=(2 * low - 1) * share, high=(2 * high - 1) * share, n=n)


def score_interval(differences: Sequence[float], error: float) -> Interval:
    """The mean of differences, with `error` outside the interval on either side; a single one has none."""
    from scipy.stats import t

    n, mean = len(differences), fmean(differences)
    if n < 2:
        return Interval(mean=mean, low=-1.0, high=1.0, n=n)
    reach = float(t.ppf(1 - error, n - 1)) * stdev(differences) / sqrt(n)
    return Interval(mean=mean, low=mean - reach, high=mean + reach, n=n)


def chance_at_the_end(differences: Sequence[float], last: Look) -> float:
    """The chance that going on to the last look shows a gain, if it goes on as it went."""
    n = len(differences)
    ahead = last.tasks / n - 1
    if ahead <= 0:
        return 0.0
    deviation = _deviation(differences)
    at_end = fmean(differences) / deviation * sqrt(last.tasks)
    return _NORMAL.cdf((at_end - _NORMAL.inv_cdf(1 - last.error)) / sqrt(ahead))


def smallest_score(differences: Sequence[float], error: float) -> float:
    """The gain that so many differences, as scattered as these, show with a chance of CHANCE_TO_SHOW."""
    reach = _NORMAL.inv_cdf(1 - error) + _NORMAL.inv_cdf(CHANCE_TO_SHOW)
    return reach * _deviation(differences) / sqrt(len(differences))


def smallest_success(differences: Sequence[float], error: float) -> float:
    """The same of differences that are 1, 0 or -1, which take so many wins at least to show anything."""
    wins = ceil(-log2(error))
    return max(smallest_score(differences, error), wins / len(differences))


def _deviation(differences: Sequence[float]) -> float:
    return max(stdev(differences) if len(differences) > 1 else 1.0, _STILL)
