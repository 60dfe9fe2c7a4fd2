"""The record of one dialogue: the trajectory with every rejected step, and what the supervisor said of each.

A rejected step stands in the trajectory followed by the feedback on it and by no observation. How a dialogue
is held is left to `stage`; this file only says what remains of it.
"""

from typing import Literal

from agent.report.draft import Finding
from agent.trajectory import Step, Trajectory
from distill.rubric import Verdict
from index.product import Record

State = Literal["plan", "call", "report"]

Stop = Literal["reported", "unapproved", "faults", "steps", "teacher", "failed"]
"""How a dialogue ended: only `reported` is a finished trajectory.

`unapproved`: a state's limit of rejections was reached. `faults`: the researcher wrote too much that is no
step. `steps`: no report within the step budget. `teacher`: a model seat failed beyond its retries.
`failed`: an error of ours.
"""


def state_of(step: Step) -> State:
    """In which of its states the supervisor looks at a step."""
    if step.call is None:
        return "report"
    return "plan" if step.call.name == "plan" else "call"


class Ruling(Record):
    """The supervisor's word on one step."""

    at: int
    """Index of the step among the trajectory's entries."""
    state: State
    round: int
    """1 for the first attempt."""
    approved: bool
    findings: tuple[Finding, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


class Seats(Record):
    """Who sat where: `rules` or a model's name."""

    user: str = "rules"
    research: str = "rules"
    supervisor: str = "rules"


class Dialogue(Record):
    """One task talked through to its end."""

    task: str
    """Id of the task."""
    seats: Seats
    trajectory: Trajectory
    rulings: tuple[Ruling, ...]
    stop: Stop
    cause: str = ""
    """What went wrong, in a sentence; empty where nothing did."""
    final: str = ""
    """The report of the last question as it stands after its edits, in the form a researcher writes.

    Empty where the researcher wrote none, or was stopped before it might stand."""
    earlier: tuple[str, ...] = ()
    """The reports that stood for the questions before, in the same form."""
    picks: tuple[str, ...] = ()
    """Record ids of the products that the verified report picks, best first."""

    def ruling(self, at: int) -> Ruling | None:
        """The ruling on the step at this entry."""
        return next((r for r in self.rulings if r.at == at), None)

    def rejected(self, at: int) -> bool:
        """Whether the entry is a step that the supervisor sent back."""
        ruling = self.ruling(at)
        return ruling is not None and not ruling.approved

    @property
    def steps(self) -> int:
        """Steps that the researcher took, rejected ones included."""
        return sum(isinstance(e, Step) for e in self.trajectory.entries)
