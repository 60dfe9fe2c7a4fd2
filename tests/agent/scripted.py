"""A policy that reads its steps from a list, and a person who says what the test wants."""

from collections.abc import Generator, Sequence

from agent.desk import Desk
from agent.ledger import Need
from agent.moves import Wish
from agent.policy import PolicyError
from agent.trajectory import Compaction, Step, ToolCall, Trajectory

Scripted = Step | str
"""A step, or what a fault says."""


def call(thought: str, name: str, **arguments: object) -> Step:
    """A step that calls a tool."""
    return Step(thought=thought, call=ToolCall.model_validate({"name": name, "arguments": arguments}))


class ScriptedPolicy:
    """Takes the steps of a list in turn; the last one again and again."""

    author = "script"

    def __init__(self, steps: Sequence[Scripted]) -> None:
        self._steps = list(steps)
        self.taken = 0

    def compaction(self, trajectory: Trajectory, desk: Desk) -> Compaction | None:  # noqa: ARG002
        return None

    def next(self, trajectory: Trajectory, desk: Desk) -> Generator[str, None, Step]:  # noqa: ARG002
        step = self._steps[min(self.taken, len(self._steps) - 1)]
        self.taken += 1
        if isinstance(step, str):
            raise PolicyError(step)
        yield step.thought
        return step


class ScriptedPerson:
    """Approves with these edits, wishes these things before the steps, answers always the same."""

    def __init__(
        self,
        edits: Sequence[Wish] = (),
        wishes: Sequence[Sequence[Wish]] = (),
        said: str = "",
    ) -> None:
        self._edits = list(edits)
        self._wishes = [list(w) for w in wishes]
        self._said = said

    def approve(self, needs: Sequence[Need]) -> Sequence[Wish]:  # noqa: ARG002
        edits, self._edits = self._edits, []
        return edits

    def answer(self, question: str, options: tuple[str, ...]) -> str:  # noqa: ARG002
        return self._said

    def wishes(self) -> Sequence[Wish]:
        return self._wishes.pop(0) if self._wishes else ()
