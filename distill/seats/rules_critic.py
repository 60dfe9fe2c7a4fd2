"""The critic by rules: it holds a plan against the facets that the person set down, known from the task.

It stands in for what a model would judge of free language, so figures made with it are a simulation.
"""

from collections.abc import Iterator, Sequence

from agent.desk import Desk
from agent.ledger import Need
from agent.plan import bind, read_plan
from agent.report.assemble import assemble
from agent.report.draft import Draft, Finding
from agent.trajectory import ToolCall, Trajectory
from distill.judging.needs_matched import asks_the_same
from distill.judging.rubric_rules import judge_by_code
from distill.rubric import Rubric, Verdict
from distill.supervisor import Opinion
from distill.task import Task
from distill.told import known
from index.conditions import in_words


class RulesCritic:
    """Knows a task's facets; calls it leaves to the checks by code."""

    def __init__(self, task: Task, rubric: Rubric | None = None) -> None:
        """With a rubric, what code can decide of a report is judged; the worst word sends it back."""
        self._task = task
        self._rubric = rubric

    def plan(self, call: ToolCall, trajectory: Trajectory, desk: Desk) -> Opinion:
        """Facets that the plan lacks or takes for something else."""
        plan = read_plan(call.arguments, desk.reading.needs)
        card = next(c for c in desk.cards if c.tag == plan.category)
        planned = [bind(n, "", card, desk.index) for n in plan.needs]
        wanted = [bind(true.need, "", card, desk.index) for true in known(self._task, trajectory)]
        return Opinion(findings=tuple(_lacking(wanted, planned)))

    def call(self, call: ToolCall, trajectory: Trajectory, desk: Desk) -> Opinion:  # noqa: ARG002
        """Nothing to add."""
        return Opinion()

    def report(self, draft: Draft, trajectory: Trajectory, desk: Desk) -> Opinion:
        """The rubric's verdicts by code, on the report as it would be assembled now."""
        if self._rubric is None:
            return Opinion()
        # Assembling enters records; on the desk itself they would take tags from later searches.
        copy = Desk.restore(desk.index, desk.state(), desk.evidence)
        report = assemble(draft, copy, trajectory)
        verdicts = tuple(judge_by_code(self._rubric, report, copy, trajectory))
        return Opinion(findings=tuple(_worst(self._rubric, verdicts)), verdicts=verdicts)


def _worst(rubric: Rubric, verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    criteria = {c.id: c for c in rubric.criteria}
    for verdict in verdicts:
        criterion = criteria[verdict.criterion]
        if verdict.choice == criterion.choices[0]:
            hint = f"{criterion.asks} {verdict.reason}"
            yield Finding(code=f"rubric_{criterion.measure}", severity="warning", hint=hint)


def _lacking(wanted: Sequence[Need], planned: Sequence[Need]) -> Iterator[Finding]:
    for need in wanted:
        rivals = [p for p in planned if p.attribute == need.attribute]
        if any(asks_the_same(need, p) for p in rivals):
            continue
        code, verb = ("facet_misread", "says otherwise") if rivals else ("facet_missing", "lacks it")
        what = in_words(need.attribute if need.attribute != "other" else need.said)
        hint = f"The person spoke of {what}: {need.bound}; the plan {verb}."
        yield Finding(code=code, severity="error", hint=hint)
