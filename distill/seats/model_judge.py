"""The judge, played by a model: a reason, then one of the criterion's words; anything else is its failure."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, Field, create_model

from distill.rubric import Criterion, Verdict
from distill.seats.asking import Teacher, ask, seed_of
from index.product import Record

SEAT = "judge"
TOGETHER = 4
"""Criteria that are judged in one answer: what is shown is read once for all of them."""
_LONGEST_REASON = 240


class ModelJudge:
    """A `Judge` taken by a model."""

    def __init__(self, teacher: Teacher) -> None:
        self._teacher = teacher

    @property
    def name(self) -> str:
        """The model's name."""
        return self._teacher.writer.name

    def judge(self, question: str, shown: str, criteria: Sequence[Criterion]) -> list[Verdict]:
        """One verdict a criterion, in their order."""
        return [
            verdict
            for at in range(0, len(criteria), TOGETHER)
            for verdict in self._some(question, shown, criteria[at : at + TOGETHER])
        ]

    def _some(self, question: str, shown: str, criteria: Sequence[Criterion]) -> list[Verdict]:
        fields = {
            "question": question,
            "shown": shown,
            "criteria": "\n".join(
                f"v{n}. {c.id}: {c.asks} Choices, worst to best: {' / '.join(c.choices)}"
                for n, c in enumerate(criteria, start=1)
            ),
        }
        seed = seed_of("judge", question, shown, *(c.id for c in criteria))
        answer = ask(self._teacher, SEAT, "judge", fields, verdict_form(criteria), seed)
        given: Mapping[str, Mapping[str, str]] = answer.model_dump()
        return [Verdict(**given[f"v{n}"]) for n in range(1, len(criteria) + 1)]


def verdict_form(criteria: Sequence[Criterion]) -> type[BaseModel]:
    """A record with a field `v1`, `v2`, … a criterion: its id, the reason, then one of its choices."""
    fields = {f"v{n}": (_one_form(criterion), ...) for n, criterion in enumerate(criteria, start=1)}
    form: type[BaseModel] = create_model("Verdicts", __base__=Record, **fields)  # type: ignore[call-overload]
    return form


def _one_form(criterion: Criterion) -> type[BaseModel]:
    fields = {
        "criterion": (Literal.__getitem__((criterion.id,)), ...),
        "reason": (str, Field(min_length=3, max_length=_LONGEST_REASON)),
        "choice": (Literal.__getitem__(criterion.choices), ...),
    }
    form: type[BaseModel] = create_model(  # type: ignore[call-overload]
        f"Verdict_{criterion.id}", __base__=Record, **fields
    )
    return form
