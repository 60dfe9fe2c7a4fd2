"""The critic by a model: what code finds in order is shown to a judge under standing criteria and the rubric.

Plans, searches, questions to the person and reports are judged; whether a product may be opened or compared
is a matter of code alone.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from agent.compaction import compact
from agent.desk import Desk
from agent.report.draft import Draft, Finding, render_draft
from agent.trajectory import ToolCall, Trajectory
from agent.wire import call_json
from distill.rubric import Criterion, Rubric, Verdict
from distill.seats.roles import Judge
from distill.supervisor import Opinion

_WORDED = ("product_search", "web_search", "ask_user")
"""Calls in which the researcher puts words together."""


class ModelCritic:
    """Turns a judge's worst verdicts into findings, its reason being the hint."""

    def __init__(self, judge: Judge, rubric: Rubric) -> None:
        self._judge = judge
        self._rubric = rubric

    def plan(self, call: ToolCall, trajectory: Trajectory, desk: Desk) -> Opinion:
        """Whether the plan covers every facet and no other."""
        cards = "\n".join(f"{card.tag} {' > '.join(card.path)}" for card in desk.cards)
        return self._opinion(trajectory, f"{cards}\n{call_json(call)}", standing("plan"))

    def call(self, call: ToolCall, trajectory: Trajectory, desk: Desk) -> Opinion:
        """Whether a call made of words follows from the question."""
        if call.name not in _WORDED:
            return Opinion()
        shown = f"{compact(trajectory, desk).text}\n{call_json(call)}"
        return self._opinion(trajectory, shown, standing("call"))

    def report(self, draft: Draft, trajectory: Trajectory, desk: Desk) -> Opinion:
        """How the report stands to what only a reader can judge."""
        shown = f"{compact(trajectory, desk).text}\n\n{render_draft(draft)}"
        own = tuple(c for c in self._rubric.criteria if not c.measure)
        return self._opinion(trajectory, shown, (*standing("report"), *own))

    def _opinion(self, trajectory: Trajectory, shown: str, criteria: Sequence[Criterion]) -> Opinion:
        distinct = tuple({c.id: c for c in criteria}.values())
        verdicts = self._judge.judge(trajectory.said, shown, distinct)
        return Opinion(findings=_findings(distinct, verdicts), verdicts=tuple(verdicts))


def _findings(criteria: Sequence[Criterion], verdicts: Sequence[Verdict]) -> tuple[Finding, ...]:
    worst = {c.id: c.choices[0] for c in criteria}
    return tuple(
        Finding(code=f"judged_{v.criterion}", severity="error", hint=v.reason)
        for v in verdicts
        if worst.get(v.criterion) == v.choice
    )


@cache
def standing(state: str) -> tuple[Criterion, ...]:
    """The criteria of a state that stand for every question."""
    text = files("distill.seats").joinpath("standing.toml").read_text(encoding="utf-8")
    return tuple(Criterion.model_validate(entry) for entry in tomllib.loads(text)[state])
