"""Who looks over the researcher's shoulder: the reviewer that the loop asks before it takes a step.

Live, code alone reviews. In distillation the supervisor does, with the same checks first.
"""

from collections.abc import Sequence
from typing import Protocol

from agent.checks.call import check_call
from agent.checks.plan import check_plan
from agent.checks.report import check_report
from agent.desk import Desk
from agent.report.draft import Draft, Finding
from agent.trajectory import Feedback, Step, ToolCall, Trajectory


class Reviewer(Protocol):
    """Decides whether a step may be taken; what it finds is fed back to the policy."""

    @property
    def report_rounds(self) -> int:
        """Reports written at most, the first one included."""
        ...

    def call(self, call: ToolCall, trajectory: Trajectory, desk: Desk) -> Sequence[Finding]:
        """What must be mended before a call is carried out; empty where it may be."""
        ...

    def report(self, draft: Draft, trajectory: Trajectory, desk: Desk) -> Sequence[Finding]:
        """What is worth mending in a report; empty where it may stand."""
        ...


class LiveReviewer:
    """The checks by code alone; a plan is sent back once, since the person can still mend it."""

    report_rounds = 2

    def call(self, call: ToolCall, trajectory: Trajectory, desk: Desk) -> Sequence[Finding]:
        """A plan that lacks what was said, once; a call that was made before, always.

        What else is wrong with a call the tool itself says in its observation.
        """
        if call.name == "plan":
            return [] if sent_back(trajectory) else check_plan(call, trajectory, desk)
        return [f for f in check_call(call, trajectory, desk) if f.code.startswith("repeated")]

    def report(self, draft: Draft, trajectory: Trajectory, desk: Desk) -> Sequence[Finding]:
        """Everything that the checks find."""
        return check_report(draft, trajectory, desk)


def sent_back(trajectory: Trajectory) -> int:
    """How many steps in a row were sent back just now."""
    count = 0
    entries = trajectory.entries
    while len(entries) >= 2 and isinstance(entries[-1], Feedback) and isinstance(entries[-2], Step):
        entries = entries[:-2]
        count += 1
    return count


def feedback(findings: Sequence[Finding]) -> str:
    """What the policy reads of findings on a step."""
    return "\n".join(f.hint for f in findings)
