"""Rubrics as data: weighted criteria under the four dimensions of RACE, and the verdicts given on them.

A verdict gives its reason before its word, and its word is one of the criterion's choices, ordered worst to
best. A malformed verdict is the judge's failure and never a score. Scores follow DeepResearch Bench (RACE).
"""

from collections.abc import Sequence
from typing import Annotated, Literal, get_args

from pydantic import Field, field_validator

from index.product import Record

Dimension = Literal["comprehensiveness", "depth", "instruction_following", "readability"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)


class JudgeError(Exception):
    """A judge failed to give a verdict that can be counted; never a score."""


class Criterion(Record):
    """One thing that a good report does."""

    id: str
    dimension: Dimension
    weight: float = Field(gt=0)
    """Within its dimension; the dimension's weights need not add up to one."""
    asks: str
    """What the judge is asked."""
    choices: tuple[str, ...] = Field(min_length=2, max_length=5)
    """Worst to best."""
    measure: str = ""
    """Name of the measure by which code decides it; empty where only a model can."""
    about: str = ""
    """What the measure looks at, such as an attribute."""


class Rubric(Record):
    """What a report on one question is held to."""

    weights: dict[Dimension, Annotated[float, Field(gt=0)]]
    """Of the four dimensions, adding up to one."""
    criteria: tuple[Criterion, ...]

    @field_validator("weights")
    @classmethod
    def _weighs_every_dimension(cls, weights: dict[Dimension, float]) -> dict[Dimension, float]:
        missing = [dimension for dimension in DIMENSIONS if dimension not in weights]
        if missing:
            raise ValueError(f"no weight is given to {', '.join(missing)}")
        return weights


class Verdict(Record):
    """A judge's word on one criterion."""

    criterion: str
    reason: str
    choice: str


def score(criterion: Criterion, verdict: Verdict) -> float:
    """A verdict from 0 to 10; raises JudgeError where its word is none of the choices."""
    if verdict.criterion != criterion.id or verdict.choice not in criterion.choices:
        raise JudgeError(f"{verdict.choice!r} is no verdict on {criterion.id}")
    return 10 * criterion.choices.index(verdict.choice) / (len(criterion.choices) - 1)


def dimension_scores(rubric: Rubric, verdicts: Sequence[Verdict]) -> dict[Dimension, float]:
    """S_d from 0 to 10 for every dimension that was judged; raises JudgeError for a missing verdict."""
    given = {v.criterion: v for v in verdicts}
    missing = [c.id for c in rubric.criteria if c.id not in given]
    if missing:
        raise JudgeError(f"no verdict on {', '.join(missing)}")
    scores: dict[Dimension, float] = {}
    for dimension in DIMENSIONS:
        criteria = [c for c in rubric.criteria if c.dimension == dimension]
        total = sum(c.weight for c in criteria)
        if criteria:
            scores[dimension] = sum(c.weight * score(c, given[c.id]) for c in criteria) / total
    return scores


def overall(rubric: Rubric, scores: dict[Dimension, float]) -> float:
    """S from 0 to 10: the dimensions' scores by their weights, over the dimensions that were judged."""
    weight = sum(rubric.weights[d] for d in scores)
    return sum(rubric.weights[d] * s for d, s in scores.items()) / weight
