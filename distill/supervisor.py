"""The supervisor: Check Plan, Check Toolcall, Check Report (paper section 2), code first, then a critic.

It sees the trajectory and its desk. Where everything that code can decide is in order, a critic is asked
what code cannot. What is found is fed back as text until the step is approved, within a limit a state.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from agent.checks.call import check_call
from agent.checks.plan import check_plan
from agent.checks.report import check_report
from agent.desk import Desk
from agent.report.draft import Draft, Finding
from agent.review import sent_back
from agent.trajectory import ToolCall, Trajectory
from distill.dialogue import Ruling, State
from distill.rubric import Verdict
from index.product import Record

STATES: frozenset[State] = frozenset({"plan", "call", "report"})


class UnapprovedError(Exception):
    """A step was sent back as often as its state allows."""


class Supervision(Record):
    """How strictly a dialogue is supervised."""

    states: frozenset[State] = STATES
    """States that are checked; steps of the others pass unseen."""
    plan_rounds: int = 3
    call_rounds: int = 3
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
        self._opinions: dict[Draft, Opinion] = {}

    @property
    def report_rounds(self) -> int:
        """Reports written at most; one where reports are not checked."""
        return self._supervision.report_rounds if "report" in self._supervision.states else 1

    def call(self, call: ToolCall, trajectory: Trajectory, desk: Desk) -> Sequence[Finding]:
        """Check Plan or Check Toolcall; raises UnapprovedError."""
        if call.name == "plan":
            limit = self._supervision.plan_rounds
            return self._rule("plan", limit, call, trajectory, desk, check_plan, self._critic.plan)
        limit = self._supervision.call_rounds
        return self._rule("call", limit, call, trajectory, desk, check_call, self._critic.call)

    def report(self, draft: Draft, trajectory: Trajectory, desk: Desk) -> Sequence[Finding]:
        """Check Report; a draft is judged once."""
        if "report" not in self._supervision.states:
            return ()
        return self._opinion(draft, trajectory, desk).findings

    def verdicts(self, draft: Draft) -> tuple[Verdict, ...]:
        """The critic's verdicts on a report that was checked."""
        return self._opinions[draft].verdicts if draft in self._opinions else ()

    def _opinion(self, draft: Draft, trajectory: Trajectory, desk: Desk) -> Opinion:
        if draft not in self._opinions:
            found = tuple(check_report(draft, trajectory, desk))
            opinion = Opinion(findings=found) if found else self._critic.report(draft, trajectory, desk)
            self._opinions[draft] = opinion
        return self._opinions[draft]

    def _rule(
        self,
        state: State,
        limit: int,
        call: ToolCall,
        trajectory: Trajectory,
        desk: Desk,
        check: Callable[[ToolCall, Trajectory, Desk], Sequence[Finding]],
        judge: Callable[[ToolCall, Trajectory, Desk], Opinion],
    ) -> Sequence[Finding]:
        if state not in self._supervision.states:
            return ()
        found = tuple(check(call, trajectory, desk))
        opinion = Opinion(findings=found) if found else judge(call, trajectory, desk)
        attempt = sent_back(trajectory) + 1
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
        if opinion.findings and attempt >= limit:
            raise UnapprovedError(f"The {state} was sent back {attempt} times: {opinion.findings[0].hint}")
        return opinion.findings
