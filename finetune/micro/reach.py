"""What a learner can reach: an oracle's plan without the amendments that the learner would not find itself.

An oracle knows what nobody can tell from a question. A learner that is taught all of it learns that there is
nearly always something to amend, guesses what, and is wrong more often than right wherever it was not
trained. So it is asked first, and of the oracle's amendments those are kept that are its own as well: the
right ones of what it writes today. What code read stands, right or wrong, unless the learner mends it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import ValidationError

from agent.desk import Desk
from agent.ledger import Need
from agent.model_policy import ModelPolicy
from agent.plan import PlanNeed, bind, read_plan
from agent.policy import PolicyError, step_of
from agent.trajectory import Step
from distill.judging.needs_matched import same_need
from distill.stage import opened
from distill.task import Task
from index.search import Index
from models.engine import Engine, Sampling
from models.llama import LlamaEngine
from models.template import ChatTemplate

CONTEXT = 8192


class Learner:
    """An agent that is asked for first plans, greedily."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._template = ChatTemplate.from_source(engine.chat_template)

    @classmethod
    def open(cls, path: Path) -> "Learner":
        """The agent of a GGUF file; raises EngineError."""
        return cls(LlamaEngine.open(path, context_size=CONTEXT, threads=1))

    def reaches(self, task: Task, index: Index, plan: Step, desk: Desk) -> Step:
        """The oracle's plan of a task on a desk, without what the learner does not find."""
        assert plan.call is not None
        read = desk.reading.needs
        whole = read_plan(plan.call.arguments, read)
        card = index.card_for(task.category)
        needs = within_reach(
            whole.needs, read, self._plan(task, index), lambda need: bind(need, "", card, index)
        )
        reached = whole.model_copy(update={"needs": tuple(needs)})
        call = plan.call.model_copy(update={"arguments": reached.arguments(read)})
        return plan.model_copy(update={"call": call})

    def _plan(self, task: Task, index: Index) -> Sequence[PlanNeed]:
        """The needs that the learner plans for; those that code read where it writes no sound plan."""
        trajectory, desk = opened(task, index, self._engine.name)
        self._engine.reset()
        writing = ModelPolicy(self._engine, self._template, Sampling()).next(trajectory, desk)
        try:
            call = step_of(writing).call
            assert call is not None  # before a plan nothing else is allowed
            return read_plan(call.arguments, desk.reading.needs).needs
        except (PolicyError, ValidationError):
            return desk.reading.needs


def within_reach(
    true: Sequence[PlanNeed],
    read: Sequence[PlanNeed],
    found: Sequence[PlanNeed],
    bound: Callable[[PlanNeed], Need],
) -> list[PlanNeed]:
    """What code read but what the learner rightly leaves out, and what it rightly adds."""
    wanted, known, planned = ([bound(need) for need in needs] for needs in (true, read, found))
    kept = [
        need
        for need, meant in zip(read, known, strict=True)
        if _among(meant, wanted) or _among(meant, planned)
    ]
    added = [
        need
        for need, meant in zip(true, wanted, strict=True)
        if not _among(meant, known) and _among(meant, planned)
    ]
    return [*kept, *added]


def _among(need: Need, needs: Sequence[Need]) -> bool:
    return any(same_need(need, other) for other in needs)
