"""Rubrics by rules: criteria of `rubric.toml` weighed by the question, and the verdicts that code can give.

A criterion with a measure is decided by code from the report, the desk and the trajectory; one without is
left to a model.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from random import Random
from typing import Literal

from pydantic import Field

from agent.desk import Desk
from agent.plan import PlanNeed
from agent.report.record import Report
from agent.trajectory import Trajectory
from distill.judging.measures import MEASURES
from distill.judging.report_view import View
from distill.rubric import DIMENSIONS, Criterion, Dimension, JudgeError, Rubric, Verdict
from distill.task import TrueNeed
from index.conditions import spaced
from index.product import Record

JITTER = 0.1
"""By how much the seed turns a criterion's weight, so that no two rubrics weigh quite alike."""


class BankedCriterion(Record):
    """A criterion of the bank, before it has a question."""

    id: str
    dimension: Dimension
    weight: float
    measure: str = ""
    needs: Literal["", "hard", "soft"] = ""
    asks: tuple[str, ...]
    choices: tuple[str, ...]


class Cue(Record):
    """What in a question turns the weights; every condition that is set must hold."""

    words: tuple[str, ...] = ()
    """One of them stands in the question."""
    least_needs: int = 0
    least_words: int = 0
    most_words: int = 0
    """0 for no limit."""
    raises: dict[Dimension, float]
    """Added to the weights of dimensions, before they are made to add up to one."""
    criteria: dict[str, float] = Field(default_factory=dict)
    """Factors on the weights of criteria."""

    def holds(self, question: str, needs: int) -> bool:
        """Whether it speaks in this question."""
        words = spaced(question)
        count = len(words.split())
        said = not self.words or any(f" {spaced(w)} " in f" {words} " for w in self.words)
        short = not self.most_words or count <= self.most_words
        return said and short and needs >= self.least_needs and count >= self.least_words


class Bank(Record):
    """The file `rubric.toml`."""

    weights: dict[Dimension, float]
    cues: tuple[Cue, ...]
    criteria: tuple[BankedCriterion, ...]


@cache
def bank() -> Bank:
    """The bank of criteria."""
    text = files("distill.judging").joinpath("rubric.toml").read_text(encoding="utf-8")
    return Bank.model_validate(tomllib.loads(text))


def make_rubric(question: str, needs: Sequence[TrueNeed], category: tuple[str, ...], rng: Random) -> Rubric:
    """The rubric of one question: criteria for its volunteered needs, and weights that follow its words."""
    volunteered = [n for n in needs if n.reveal == "volunteered"]
    cues = [cue for cue in bank().cues if cue.holds(question, len(volunteered))]
    weights = {d: bank().weights[d] + sum(cue.raises.get(d, 0.0) for cue in cues) for d in DIMENSIONS}
    total = sum(weights.values())
    kind = category[-1] if category else ""
    criteria = []
    for banked in bank().criteria:
        factor = rng.uniform(1 - JITTER, 1 + JITTER)
        for cue in cues:
            factor *= cue.criteria.get(banked.id, 1.0)
        criteria += [
            c.model_copy(update={"weight": round(c.weight * factor, 3)})
            for c in _drawn(banked, volunteered, kind, rng)
        ]
    rounded = {d: round(w / total, 3) for d, w in weights.items()}
    rounded["instruction_following"] = round(
        1 - sum(w for d, w in rounded.items() if d != "instruction_following"), 3
    )
    return Rubric(weights=rounded, criteria=tuple(criteria))


def _drawn(banked: BankedCriterion, needs: Sequence[TrueNeed], kind: str, rng: Random) -> Iterator[Criterion]:
    """A banked criterion, or one for each need that it is about."""
    asks = rng.choice(banked.asks)
    plain = Criterion(
        id=banked.id,
        dimension=banked.dimension,
        weight=banked.weight,
        asks=asks,
        choices=banked.choices,
        measure=banked.measure,
        about="" if banked.needs else kind,
    )
    if not banked.needs:
        yield plain
        return
    concerned = [n for n in needs if n.need.hard == (banked.needs == "hard")]
    for number, true in enumerate(concerned, start=1):
        update = {
            "id": f"{banked.id}_{number}",
            "asks": asks.replace("{need}", _in_words(true)),
            "about": true.need.model_dump_json(),
        }
        yield plain.model_copy(update=update)


def _in_words(true: TrueNeed) -> str:
    """The need as the person says it, else as a plan would."""
    need = true.need
    said = true.words or f"{need.on.replace('_', ' ')} {need.op} {need.value}"
    return re.sub(r"\s+", " ", said).strip(" .")


def decided_by_code(rubric: Rubric) -> Rubric:
    """The rubric without the criteria that only a model can judge."""
    return rubric.model_copy(update={"criteria": tuple(c for c in rubric.criteria if c.measure)})


def judge_by_code(rubric: Rubric, report: Report, desk: Desk, trajectory: Trajectory) -> list[Verdict]:
    """Verdicts on the criteria that have a measure; raises JudgeError for a measure that is not known."""
    facets = (PlanNeed.model_validate_json(c.about) for c in rubric.criteria if c.measure == "need_held")
    view = View(report, desk, trajectory, tuple(facets))
    return [_verdict(c, view) for c in rubric.criteria if c.measure]


def _verdict(criterion: Criterion, view: View) -> Verdict:
    measure = MEASURES.get(criterion.measure)
    if measure is None:
        known = ", ".join(sorted(MEASURES))
        raise JudgeError(f"{criterion.id}: there is no measure {criterion.measure!r}; there are {known}")
    measured = measure(view, criterion.about)
    # Half-way counts as the better choice only where it is reached: 2 of 3 are "some" of three choices.
    at = int(measured.share * (len(criterion.choices) - 1) + 1e-9)
    return Verdict(criterion=criterion.id, reason=measured.reason, choice=criterion.choices[at])
