"""The filter's records: its settings, a dialogue that was kept, and the funnel that tells what was not."""

from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import Field

from distill.dialogue import Dialogue
from distill.task import Task
from index.product import Record

Stage = Literal[
    "schema",
    "replay",
    "predicates",
    "citations",
    "rubric",
    "length",
    "shortest",
    "near_duplicates",
    "balance",
]
STAGES: tuple[Stage, ...] = get_args(Stage)


class FilterSettings(Record):
    """What a dialogue is held to."""

    seed: int = 0
    """Of the choice where one value of an axis has too many."""
    rubric: float = Field(default=6.0, ge=0, le=10)
    """Least overall score by the code's judge."""
    least_steps: int = Field(default=5, ge=1)
    """Steps that stood, the report included; the paper drops what has too few rounds and gives no number."""
    most_steps: int = Field(default=40, ge=1)
    most_characters: int = Field(default=120_000, ge=1)
    """Of everything that stood; about 30,000 tokens."""
    resemblance: float = Field(default=0.8, gt=0, le=1)
    """Share of common shingles of question, plan and queries from which two dialogues count as one."""
    balance: float = Field(default=1.5, ge=1)
    """A value of an axis may take at most this many times its even share of a split."""


class Kept(Record):
    """A dialogue worth learning from."""

    task: Task
    dialogue: Dialogue
    reports: tuple[str, ...]
    """The report that stands for each question, whole, in the form a researcher writes."""
    mask_report: bool = False
    """The process is sound and the report is poor: the report's text is not learned."""
    score: float | None = None
    """Overall score by the code's judge, 0 to 10; None where the report was not judged."""


class StageCount(Record):
    """What one stage did."""

    stage: Stage
    entered: int
    passed: int
    dropped: Mapping[str, int]
    """By cause."""
    masked: Mapping[str, int] = {}
    """By cause, those that passed with their report masked."""


class Funnel(Record):
    """How many dialogues went in, what became of them stage by stage, and how many are left."""

    entered: int
    kept: int
    masked: int
    """Of the kept ones, those whose report is masked."""
    stages: tuple[StageCount, ...]
