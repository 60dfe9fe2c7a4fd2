"""What is measured of whom: a model that was retrained so many times, told of the past or not."""

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from distill.evaluate.figures import Figure
from models.usable import Model

Values = Mapping[str, Mapping[str, float]]
"""By name of the figure and by task."""
CONTEXT, SEED = 8192, 5
THREADS = len(os.sched_getaffinity(0))
"""Cores that the study may use, so that two of them, each on one (`taskset`), do not wait for each other."""


class Setting(NamedTuple):
    """One row of the table."""

    model: str
    retrained: int
    """How often, 0 for the model that came with the product."""
    told: bool
    """Whether the past stands in the prompt."""

    @property
    def name(self) -> str:
        """As the table says it."""
        return f"{self.model}, {'past in the prompt' if self.told else 'past not told'}"


class Exam(Protocol):
    """What an owner's models are asked."""

    many: int

    @property
    def figures(self) -> Sequence[Figure]:
        """What is measured."""

    def sat(self, model: Model, setting: Setting) -> Values:
        """What a model did in a setting, run or remembered."""
