"""A policy decides the next step of a session; the loop does not know whether it is a model or rules."""

from collections.abc import Generator
from typing import Protocol

from agent.desk import Desk
from agent.trajectory import Compaction, Step, Trajectory


class PolicyError(Exception):
    """The policy wrote something that is no step; the message is fed back to it and counted."""


class Policy(Protocol):
    """Whoever takes the steps: a model, rules, or a script in the tests."""

    @property
    def author(self) -> str:
        """Who the report says wrote it."""
        ...

    def compaction(self, trajectory: Trajectory, desk: Desk) -> Compaction | None:
        """A new beginning of the context, where the policy needs one before its next step."""
        ...

    def next(self, trajectory: Trajectory, desk: Desk) -> Generator[str, None, Step]:
        """Decide the next step, yielding its text as it comes into being; raises PolicyError."""
        ...


def step_of(writing: Generator[str, None, Step]) -> Step:
    """The step that a policy comes to, for whoever does not look on; raises PolicyError."""
    while True:
        try:
            next(writing)
        except StopIteration as end:
            step: Step = end.value
            return step
