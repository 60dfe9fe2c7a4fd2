"""Tasks over the tiny shop of the agent's tests, whose answers can be counted on the fingers of one hand."""

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

from agent.loop import Reported, Research
from agent.moves import Wish
from agent.opening import begin
from agent.plan import PlanNeed
from agent.policy import Policy
from distill.evaluate.run import Run
from distill.judging.rubric_rules import make_rubric
from distill.stage import Nowhere
from distill.task import Persona, Reveal, Task, TrueNeed
from index.search import Index
from tests.agent.scripted import ScriptedPerson
from tests.agent.shop import PATH

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def true(on: str, op: str, value: str = "", *, hard: bool = True, reveal: Reveal = "volunteered") -> TrueNeed:
    """One true need."""
    need = PlanNeed.model_validate({"on": on, "op": op, "value": value, "hard": hard})
    return TrueNeed(need=need, reveal=reveal, words=f"{on.replace('_', ' ')} {op} {value}".strip())


QUIET = (
    true("price", "<=", "60 EUR"),
    true("capacity", ">=", "1.5 L"),
    true("colour", "!=", "red"),
    true("noise_level", "low", hard=False),
)
"""Fitted by numbers 1, 2, 3 and 8 of the shop."""
CHEAP = (true("price", "<", "10 EUR"),)
"""Fitted by nothing."""


def task(name: str, question: str, needs: Sequence[TrueNeed]) -> Task:
    """A task over the shop."""
    return Task(
        id=name,
        world="home",
        seed=1,
        split="test",
        family="plain",
        persona=Persona(user="u1", summary="Someone who drinks tea."),
        category=PATH,
        question=question,
        needs=tuple(needs),
        answer="many",
        fitting=0,
        rubric=make_rubric(question, needs, PATH, Random(name)),
    )


QUIET_TASK = task("quiet", "a quiet kettle of at least 1.5 liters under 60 EUR, not red", QUIET)
CHEAP_TASK = task("cheap", "a kettle for less than 10 EUR", CHEAP)
RIDDLE_TASK = task("riddle", "sth for tea that wont wake the house, 3 pints or so, sixty tops. kettle", QUIET)
"""Its needs can hardly be read from its words."""


def run_of(task: Task, index: Index, policy: Policy, wishes: Sequence[Sequence[Wish]] = ()) -> Run:
    """One run of a policy, as the evaluation makes it."""
    trajectory, desk = begin(task.question, index, policy.author, 1, NOW)
    research = Research(policy, ScriptedPerson(wishes=wishes), Nowhere(), trajectory, desk)
    report = next(e.report for e in research.run() if isinstance(e, Reported))
    return Run(task, research.trajectory, desk, report, "reported", seconds=0.5)
