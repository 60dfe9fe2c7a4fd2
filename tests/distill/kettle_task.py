"""A task over the tiny shop, and a person who answers from a list, for every test of the dialogue."""

from collections.abc import Sequence

from agent.plan import PlanNeed
from distill.rubric import DIMENSIONS, Criterion, Rubric
from distill.seats.oracle import oracle
from distill.seats.roles import Brief, History
from distill.seats.rules_critic import RulesCritic
from distill.stage import Cast
from distill.supervisor import Supervision
from distill.task import Persona, Task, TrueNeed
from tests.agent.shop import PATH, QUESTION

RUBRIC = Rubric(
    weights=dict.fromkeys(DIMENSIONS, 0.25),
    criteria=(
        Criterion(
            id="reviews",
            dimension="depth",
            weight=1.0,
            asks="Are reviews quoted?",
            choices=("no", "yes"),
        ),
    ),
)
NEEDS = (
    TrueNeed(need=PlanNeed(on="price", op="<", value="60 EUR"), words="under 60 EUR"),
    TrueNeed(need=PlanNeed(on="capacity", op=">=", value="1500 ml"), words="at least 1.5 liters"),
    TrueNeed(need=PlanNeed(on="colour", op="!=", value="red"), words="not red"),
    TrueNeed(need=PlanNeed(on="noise_level", op="low", hard=False), words="quiet"),
)


def kettle_task(
    number: int = 1, needs: Sequence[TrueNeed] = NEEDS, question: str = QUESTION, **more: object
) -> Task:
    """Somebody looks for a kettle."""
    return Task(
        id=f"kettle-{number}",
        world="home",
        seed=number,
        split="train",
        family="plain",
        persona=Persona(user="u1", summary="Drinks tea."),
        category=PATH,
        question=question,
        needs=tuple(needs),
        answer="many",
        fitting=4,
        rubric=RUBRIC,
    ).model_copy(update=more)


class ListedUser:
    """A user seat that answers every question with the same words."""

    name = "listed"

    def __init__(self, answer: str = "") -> None:
        self._answer = answer
        self.asked: list[str] = []

    def persona(self, history: History, known: Persona) -> Persona:  # noqa: ARG002
        return known

    def question(self, brief: Brief, persona: Persona) -> str:  # noqa: ARG002
        return QUESTION

    def rubric(self, question: str, needs: Sequence[TrueNeed], rubric: Rubric) -> Rubric:  # noqa: ARG002
        return rubric

    def answer(
        self,
        task: Task,  # noqa: ARG002
        needs: Sequence[TrueNeed],  # noqa: ARG002
        question: str,
        options: Sequence[str],  # noqa: ARG002
    ) -> str:
        self.asked.append(question)
        return self._answer


def rules_cast(task: Task, user: ListedUser | None = None, supervision: Supervision | None = None) -> Cast:
    """Rules in every seat."""
    return Cast(
        user=user or ListedUser(),
        research=oracle(task),
        critic=RulesCritic(task),
        supervision=supervision or Supervision(),
    )
