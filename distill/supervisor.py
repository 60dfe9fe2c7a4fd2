"""The supervisor: Check Plan, Check Toolcall, Check Report (paper section 2), code first, then a critic.

It sees the trajectory and its desk. Where everything that code can decide is in order, a critic is asked
what code cannot. What is found is fed back as text until the step is approved, within a limit a state.
"""

from collections.abc import Sequence
from typing import Protocol

from agent.checks.call import check_call
from agent.checks.plan import check_plan
from agent.checks.report import check_report
from agent.desk import Desk
from agent.report.draft import Draft, Finding
from agent.review import sent_back
from agent.trajectory import Feedback, Step, ToolCall, Trajectory
from distill.dialogue import Ruling, State, state_of
from distill.rubric import Verdict
from index.product import Record

STATES: frozenset[State] = frozenset({"plan", "call", "report"})
ATTEMPTS = 3
"""At a plan or a call, the first included."""


class UnapprovedError(Exception):
    """A step was sent back as often as its state allows."""


class Supervision(Record):
    """How strictly a dialogue is supervised."""

    states: frozenset[State] = STATES
    """States that are checked; steps of the others pass unseen."""
    report_rounds: int = 2
    """The paper's gain lies between rounds one and two; later ones lose criteria that were met."""


class Opinion(Record):
    """What a critic makes of a step that code finds in order."""

    findings: tuple[Finding, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


class Critic(Protocol):
    """Judges what code cannot decide; may raise SeatError."""

    def plan(self, call: ToolCall, trajectory: Trajectory, desk: Desk) -> Opinion:
        """Whether every facet of what was asked is covered."""
        ...

    def call(self, call: ToolCall, trajectory: Trajectory, desk: Desk) -> Opinion:
        """Whether the call follows from what was asked and seen."""
        ...

    def report(self, draft: Draft, trajectory: Trajectory, desk: Desk) -> Opinion:
        """How the report stands to the rubric."""
        ...


class Supervisor:
    """An `agent.review.Reviewer` that keeps its rulings on plans and calls and its opinions of reports."""

    def __init__(self, critic: Critic, supervision: Supervision) -> None:
        self._critic = critic
        self._supervision = supervision
        self.rulings: list[Ruling] = []
        self._opinions: dict[tuple[Draft, int], Opinion] = {}
        """By the draft and how much had been heard and seen when it was judged."""

    @property
    def report_rounds(self) -> int:
        """Reports written at most; one where reports are not checked."""
        return self._supervision.report_rounds if "report" in self._supervision.states else 1

    def call(self, call: ToolCall, trajectory: Trajectory, desk: Desk) -> Sequence[Finding]:
        """Check Plan or Check Toolcall; raises UnapprovedError."""
        state: State = "plan" if call.name == "plan" else "call"
        if state not in self._supervision.states:
            return ()
        opinion = self._opinion_of_call(call, trajectory, desk)
        attempt = 1 + sum(state_of(step) == state for step in sent_back(trajectory))
        self.rulings.append(
            Ruling(
                at=len(trajectory.entries),
                state=state,
                round=attempt,
                approved=not opinion.findings,
                findings=opinion.findings,
                verdicts=opinion.verdicts,
            )
        )
        if opinion.findings and attempt >= ATTEMPTS:
            raise UnapprovedError(f"The {state} was sent back {attempt} times: {opinion.findings[0].hint}")
        return opinion.findings

    def report(self, draft: Draft, trajectory: Trajectory, desk: Desk) -> Sequence[Finding]:
        """Check Report; a draft is judged once, until more was heard or seen."""
        if "report" not in self._supervision.states:
            return ()
        judged = (draft, _known(trajectory))
        if judged not in self._opinions:
            self._opinions[judged] = self._opinion_of_report(draft, trajectory, desk)
        return self._opinions[judged].findings

    def verdicts(self, draft: Draft, trajectory: Trajectory) -> tuple[Verdict, ...]:
        """The critic's verdicts on a report that was checked at this point of a trajectory."""
        return self._opinions[draft, _known(trajectory)].verdicts

    def _opinion_of_call(self, call: ToolCall, trajectory: Trajectory, desk: Desk) -> Opinion:
        plans = call.name == "plan"
        found = (check_plan if plans else check_call)(call, trajectory, desk)
        if found:
            return Opinion(findings=tuple(found))
        return (self._critic.plan if plans else self._critic.call)(call, trajectory, desk)

    def _opinion_of_report(self, draft: Draft, trajectory: Trajectory, desk: Desk) -> Opinion:
        found = check_report(draft, trajectory, desk)
        return Opinion(findings=tuple(found)) if found else self._critic.report(draft, trajectory, desk)


def _known(trajectory: Trajectory) -> int:
    """How much was heard and seen so far; what the researcher and the supervisor say adds nothing to it."""
    return sum(not isinstance(entry, Step | Feedback) for entry in trajectory.entries)
