"""What the screen shows, as plain records that the worker threads make: nothing of it has to be worked out.

They name no class of the floors below at run time, so that the app can be painted before those are imported.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from agent.report.facts import Cite

Verdict = Literal["met", "unmet", "unknown", ""]


@dataclass(frozen=True)
class NeedShown:
    """A need of the ledger, with how many products of the category meet it."""

    tag: str
    text: str
    written: str
    """As it can be typed again ("price <= 60 EUR")."""
    hard: bool
    met: int | None = None
    """None where records cannot decide it."""


@dataclass(frozen=True)
class Ledger:
    """All needs, and what they leave."""

    needs: tuple[NeedShown, ...] = ()
    fitting: int | None = 0
    """Products known to meet every hard need; None where there is no catalogue to count in."""
    products: int = 0
    """Products of the category."""
    category: str = ""
    """What kind of thing it is ("Kettles")."""


@dataclass(frozen=True)
class Claim:
    """Something that the report says, with what it rests on."""

    text: str
    cites: tuple["Cite", ...] = ()
    tag: str = ""
    """The product that it is about (P3); empty for none or several."""
    mark: str = ""
    """What stands before it in the margin ("Best fit")."""
    note: str = ""
    """What else is to be known of it, such as why it was left out."""

    @property
    def source(self) -> str:
        """The claim as text to be copied, with where it stands."""
        where = [f"[{c.tag}] {c.file} row {c.row}, seen {c.seen}, record {c.record_id}" for c in self.cites]
        return "\n".join([self.text, *where])


@dataclass(frozen=True)
class Heading:
    """The title of a section."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Entry:
    """A cell of a matrix."""

    text: str
    verdict: Verdict
    cites: tuple["Cite", ...]


@dataclass(frozen=True)
class Matrix:
    """A table with one product a column."""

    corner: str
    columns: tuple[tuple[str, str], ...]
    """Tags and titles."""
    rows: tuple[tuple[str, tuple[Entry, ...]], ...]
    """Names, and a cell for each column."""


Block = Claim | Heading | Matrix


@dataclass(frozen=True)
class Choice:
    """An option of a question to the person."""

    text: str
    left: int | None
    """Products that it would leave; None where code reads no need in it."""
    answer: str
    """What it answers ("colour white")."""
    closes: bool = False
    """Whether it is the last word, however many tabs follow."""


@dataclass(frozen=True)
class QuizTab:
    """One thing that a question asks about."""

    title: str
    """The attribute; empty where the question is about one thing alone."""
    choices: tuple[Choice, ...]
    span: str = ""
    """What there is of it ("1 to 3 kg"), for own words."""


@dataclass(frozen=True)
class Passage:
    """A record that a claim rests on, as it stood when it was seen, and what was checked of it now."""

    title: str
    lines: tuple[str, ...]
    """What the record says, the passage that is meant first."""
    source: str
    """File, row and day."""
    checks: tuple[tuple[bool, str], ...]
    """Sentences, each with whether it holds."""


@dataclass(frozen=True)
class Meter:
    """What the model costs just now."""

    model: str
    rate: float = 0.0
    """Tokens a second of the last writing; 0 where nothing was written."""
    used: int = 0
    size: int = 0
    """Tokens in the context, and how many fit it; 0 without a model."""

    @property
    def line(self) -> str:
        """In a few words; the name comes last, because a narrow terminal cuts it short there."""
        rate = f"{self.rate:.0f} tok/s · " if self.rate else ""
        share = f"context {self.used / self.size:.0%} · " if self.size else ""
        return f"{rate}{share}{self.model.removesuffix('.gguf')}"
