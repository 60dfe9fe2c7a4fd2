"""What a dialogue is about: who asks, what they truly need, and the words in which they say it.

A task is drawn answer first: its needs are fixed so that the products that satisfy them are known in code,
and the texts are written around them. Drawing stands in `drawing.tasks`, its truth over an index in `truth`.
"""

from typing import Literal, get_args

from pydantic import Field

from agent.moves import Wish
from agent.plan import PlanNeed
from distill.rubric import Rubric
from index.product import Record

Reveal = Literal["volunteered", "asked", "hidden"]
"""Whether a need is said in the question, told when asked, or only to be seen in the history."""

Answer = Literal["none", "one", "many"]
Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

HOME = "home"
"""The world of tasks over the person's own catalogue."""


class Persona(Record):
    """Who asks, as far as the history tells it."""

    user: str
    """Id of the history's owner; splits hold users apart."""
    summary: str
    """One to three sentences about the person."""
    history: tuple[str, ...] = ()
    """The past, a line an event, oldest first; of a task what the researcher is told."""
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    """Bought again and again, most often first."""
    spending: Literal["low", "middle", "high", ""] = ""
    """Beside others' spending on the same kinds of things; empty where the history gives no prices."""


class TrueNeed(Record):
    """One thing that the person truly needs, as a perfect plan would hold it."""

    need: PlanNeed
    reveal: Reveal = "volunteered"
    words: str = ""
    """How the person says it, in the question or as an answer."""


class Change(Record):
    """A change of mind while the research runs."""

    after: int = Field(ge=1)
    """Observations after which it is said."""
    wish: Wish
    """Its target is written as `need:K`, the K-th of the task's needs from 0, until the desk gives tags."""
    needs: tuple[TrueNeed, ...]
    """All needs from then on."""


class FollowUp(Record):
    """A question after the report."""

    text: str
    needs: tuple[TrueNeed, ...]
    """All needs from then on."""


class Task(Record):
    """One shopping question with its hidden truth."""

    id: str
    world: str
    """`home`, or `random:SEED` for a world drawn from that seed."""
    seed: int
    split: Split
    family: str
    """Phrasing family of the question; splits hold families apart."""
    persona: Persona
    category: tuple[str, ...]
    question: str
    needs: tuple[TrueNeed, ...]
    answer: Answer
    fitting: int
    """Products that satisfy every hard need of the question."""
    rubric: Rubric
    change: Change | None = None
    follow_up: FollowUp | None = None

    @property
    def last_needs(self) -> tuple[TrueNeed, ...]:
        """What the person needs once everything has been said."""
        if self.follow_up is not None:
            return self.follow_up.needs
        return self.change.needs if self.change is not None else self.needs
