"""Who looks over the researcher's shoulder: the reviewer that the loop asks before it takes a step.

Live, code alone reviews. In distillation the supervisor does, with the same checks first.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from agent.checks.call import check_call
from agent.checks.plan import check_plan
from agent.checks.report import check_report
from agent.desk import Desk
from agent.report.draft import Draft, Finding
from agent.report.verify import prune
from agent.trajectory import Compaction, Feedback, Step, ToolCall, Trajectory

_TOO_LITTLE = frozenset({"stopped_early", "left_out", "no_verdict", "no_picks"})
"""What is found of a report that leaving something out does not mend."""


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
    """The checks by code alone; a plan is sent back once, since the person can still mend it.

    A report is written anew only where leaving out what is false would leave a hole: it takes as long as the
    first time, and of a sentence less nobody would know (docs/experiments.md).
    """

    report_rounds = 2

    def call(self, call: ToolCall, trajectory: Trajectory, desk: Desk) -> Sequence[Finding]:
        """A plan that lacks what was said, once; a call that was made before, always.

        What else is wrong with a call the tool itself says in its observation.
        """
        if call.name == "plan":
            again = any(s.call is not None and s.call.name == "plan" for s in sent_back(trajectory))
            return [] if again else check_plan(call, trajectory, desk)
        return [f for f in check_call(call, trajectory, desk) if f.code.startswith("repeated")]

    def report(self, draft: Draft, trajectory: Trajectory, desk: Desk) -> Sequence[Finding]:
        """Everything that is found, where the verdict or the best pick would go or too little is there."""
        found = check_report(draft, trajectory, desk)
        return found if _leaves_a_hole(draft, found) else []


def _leaves_a_hole(draft: Draft, found: list[Finding]) -> bool:
    kept, _ = prune(draft, found)
    verdict = bool(draft.verdict) and not kept.verdict
    best = _has_best(draft) and not _has_best(kept)
    return verdict or best or not _TOO_LITTLE.isdisjoint(f.code for f in found)


def _has_best(draft: Draft) -> bool:
    return any(pick.role == "best" for pick in draft.picks or ())


def sent_back(trajectory: Trajectory) -> Iterator[Step]:
    """The steps that were sent back since one was taken, the latest first; what is no step does not count."""
    for entry in reversed(trajectory.entries):
        if isinstance(entry, Step):
            yield entry
        elif not isinstance(entry, Feedback | Compaction):
            return


def feedback(findings: Sequence[Finding]) -> str:
    """What the policy reads of findings on a step."""
    return "\n".join(f.hint for f in findings)
