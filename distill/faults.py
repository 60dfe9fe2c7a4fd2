"""The fault injector: a researcher that now and then does what weak researchers do, with a label for each.

It wraps a policy that knows better and spoils single steps of it; after feedback it takes the step as it
should have been. The supervisor's checks never see this module nor its labels.
"""

from collections.abc import Callable, Generator, Sequence
from random import Random
from typing import Literal, get_args

from agent.desk import Desk
from agent.policy import Policy
from agent.trajectory import Compaction, Feedback, Step, Trajectory
from distill.spoiling import (
    Sound,
    cite_nothing,
    drop_need,
    forget_budget,
    miss_unit,
    recommend_unknown,
    repeat_search,
    stop_early,
    trust_one_review,
)
from index.product import Record

Fault = Literal[
    "drop_need",
    "forget_budget",
    "miss_unit",
    "repeat_search",
    "stop_early",
    "cite_nothing",
    "trust_one_review",
    "recommend_unknown",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)

Spoil = Callable[[Sound], Step | None]
"""The step with a fault in it; None where the fault cannot be made of this step."""

SPOILING: dict[Fault, Spoil] = {
    "drop_need": drop_need,
    "forget_budget": forget_budget,
    "miss_unit": miss_unit,
    "repeat_search": repeat_search,
    "stop_early": stop_early,
    "cite_nothing": cite_nothing,
    "trust_one_review": trust_one_review,
    "recommend_unknown": recommend_unknown,
}


class Label(Record):
    """A fault that was planted, kept apart from the dialogue."""

    at: int
    """Index of the step among the trajectory's entries."""
    fault: Fault


class Faulty:
    """A policy that makes mistakes on purpose."""

    def __init__(self, inner: Policy, faults: Sequence[Fault], seed: str) -> None:
        self._inner = inner
        self._waiting = list(faults)
        self._random = Random(f"{seed}:faults")
        self.labels: list[Label] = []

    @property
    def author(self) -> str:
        """The policy's own name."""
        return self._inner.author

    def compaction(self, trajectory: Trajectory, desk: Desk) -> Compaction | None:
        """As the policy has it."""
        return self._inner.compaction(trajectory, desk)

    def next(self, trajectory: Trajectory, desk: Desk) -> Generator[str, None, Step]:
        """The policy's step, or a spoiled form of it; a step after feedback is never spoiled."""
        step = yield from self._inner.next(trajectory, desk)
        if isinstance(trajectory.entries[-1], Feedback):
            return step
        for fault in self._waiting:
            spoiled = SPOILING[fault](Sound(step, trajectory, desk, self._random))
            if spoiled is not None:
                self._waiting.remove(fault)
                self.labels.append(Label(at=len(trajectory.entries), fault=fault))
                return spoiled
        return step


def draw_faults(share: float, most: int, seed: str) -> tuple[Fault, ...]:
    """Kinds of faults for one dialogue: none with `1 - share`, else one to `most` different ones."""
    random = Random(f"{seed}:draw")
    if random.random() >= share:
        return ()
    return tuple(random.sample(FAULTS, random.randint(1, most)))
