"""What is asked of all dialogues together: one for each task, none nearly twice, and no kind that dominates.

Only small keys are held, so that 100,000 dialogues are chosen among in memory. The order in which the
dialogues came does not matter.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from math import ceil
from typing import NamedTuple

from agent.trajectory import Step, Trajectory
from distill.filtering.near_duplicates import NearDuplicates, Signature, signature
from distill.filtering.record import FilterSettings
from distill.task import Split, Task

_FIRST_KEPT: tuple[Split, ...] = ("test", "validation", "train")
"""Of two near-duplicates in different splits, training gives way."""
_COUNTED_CALLS = ("plan", "product_search", "web_search")

AXES = ("category", "answer", "family", "world")


class Key(NamedTuple):
    """What is remembered of a dialogue that stands on its own."""

    task: str
    masked: bool
    steps: int
    characters: int
    place: int
    """Where it stands in the file of those that passed."""
    split: Split
    world: str
    axes: tuple[str, ...]
    """Its values on the axes of balance."""
    said: Signature


class Choice(NamedTuple):
    """Those that a stage lets pass, and how many it dropped by cause."""

    passed: list[Key]
    dropped: Counter[str]


def axes_of(task: Task) -> tuple[str, ...]:
    """A task's values on the axes; every world drawn at random is of one kind."""
    return (" > ".join(task.category), task.answer, task.family, task.world.partition(":")[0])


def said_in(task: Task, trajectory: Trajectory) -> Signature:
    """The signature of the question, the plan and the queries."""
    calls = (e.call for e in trajectory.entries if isinstance(e, Step) and e.call is not None)
    told = (str(c.arguments) for c in calls if c.name in _COUNTED_CALLS)
    return signature("\n".join((task.question, *told)))


def shortest(keys: Iterable[Key]) -> Choice:
    """One dialogue for each task: a success before a masked one, then the shortest."""
    best: dict[str, Key] = {}
    count = 0
    for key in keys:
        count += 1
        known = best.get(key.task)
        best[key.task] = key if known is None else min(key, known, key=_length)
    passed = sorted(best.values(), key=_order)
    return Choice(passed, Counter(not_shortest=count - len(passed)))


def without_near_duplicates(keys: Sequence[Key], settings: FilterSettings) -> Choice:
    """Those whose question, plan and queries are not nearly those of one before."""
    taken = NearDuplicates(settings.resemblance)
    passed = [key for key in keys if not taken.repeats(key.said)]
    return Choice(passed, Counter(near_duplicate=len(keys) - len(passed)))


def balanced(keys: Sequence[Key], settings: FilterSettings) -> Choice:
    """Those that leave no value of an axis with too much of its split, taken in an order drawn by seed."""
    caps = _caps(keys, settings.balance)
    taken: Counter[tuple[Split, str, str]] = Counter()
    dropped: Counter[str] = Counter()
    passed = []
    for key in sorted(keys, key=lambda k: _drawn(settings.seed, k)):
        full = next((v[1] for v in _values(key) if taken[v] >= caps[v]), "")
        if full:
            dropped[f"many_{full}"] += 1
        else:
            taken.update(_values(key))
            passed.append(key)
    return Choice(sorted(passed, key=_order), dropped)


def _order(key: Key) -> tuple[int, str, str]:
    """By world within a split, since a random world takes half a second to build."""
    return (_FIRST_KEPT.index(key.split), key.world, key.task)


def _length(key: Key) -> tuple[bool, int, int, int]:
    return (key.masked, key.steps, key.characters, key.place)


def _values(key: Key) -> list[tuple[Split, str, str]]:
    return [(key.split, axis, value) for axis, value in zip(AXES, key.axes, strict=True)]


def _caps(keys: Sequence[Key], balance: float) -> dict[tuple[Split, str, str], int]:
    """How many each value may have: its even share of the split, some times over."""
    sizes = Counter(key.split for key in keys)
    values = {value for key in keys for value in _values(key)}
    kinds = Counter((split, axis) for split, axis, _ in values)
    return {v: ceil(balance * sizes[v[0]] / kinds[v[0], v[1]]) for v in values}


def _drawn(seed: int, key: Key) -> bytes:
    return blake2b(f"{seed}:{key.task}".encode(), digest_size=8).digest()
