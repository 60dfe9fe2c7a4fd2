"""The phrasing files as records: what all families share, and each family of its own."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field

from index.product import Record

Layout = Literal["phrase", "say", "list", "tags"]
"""One sentence around the noun; a sentence a need; a list; noun and needs side by side."""

AmountStyle = Literal["glued", "blank", "words", "spelled", "comma"]
MoneyStyle = Literal["before", "after", "words", "spelled", "bare", "comma", "code"]
Frames = dict[str, tuple[str, ...]]
"""By kind of need."""


class MoneyWords(Record):
    """How people write one currency."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    one: str
    many: tuple[str, ...]


class Bank(Record):
    """What all families share."""

    wishes: tuple[str, ...]
    adjective_endings: tuple[str, ...]
    not_adjectives: tuple[str, ...]
    """Endings that look like an adjective's and follow a part ("case included")."""
    no_names: tuple[str, ...]
    """Words with which no name that can be talked of ends ("made of")."""
    cues: dict[str, tuple[str, ...]]
    """Words of which one stands wherever a low price or a good rating is wished for, by field."""
    money: dict[str, MoneyWords]
    parts: Frames
    """After the noun, in a sentence."""
    bits: Frames
    """On their own."""
    says: Frames
    """Whole sentences."""


class Family(Record):
    """One way of asking."""

    layout: Layout
    amounts: tuple[AmountStyle, ...]
    money: tuple[MoneyStyle, ...]
    openings: tuple[str, ...]
    closings: tuple[str, ...]
    glue: tuple[str, ...] = (" ",)
    """Between parts, sentences or tags."""
    last: tuple[str, ...] = (" and ",)
    """Before the last part of a phrase."""
    lead: str = " "
    """Between the noun and the parts of a phrase."""
    soft: tuple[str, ...]
    """What turns a limit into a wish."""
    bullets: tuple[str, ...] = ("- ",)
    inline: int = Field(default=3, ge=1)
    """Parts that the opening phrase holds."""
    fronts: int = Field(default=0, ge=0)
    """Words that may stand before the noun."""
    lower: bool = False
    bare: bool = False
    """Whether punctuation is left out."""
    capital: bool = False
    """Whether every part begins with a capital."""
    typos: float = Field(default=0.0, ge=0, lt=1)
    """Share of longer words that are mistyped."""
    parts: Frames = Field(default_factory=dict)
    """After the noun in a phrase, else on their own."""
    says: Frames = Field(default_factory=dict)


@cache
def bank() -> Bank:
    """What all families share, read once."""
    return Bank.model_validate(tomllib.loads(_text("common.toml")))


@cache
def families() -> dict[str, Family]:
    """Every phrasing family by its name."""
    folder = files("distill.phrasing").joinpath("families")
    names = sorted(e.name.removesuffix(".toml") for e in folder.iterdir() if e.name.endswith(".toml"))
    return {name: Family.model_validate(tomllib.loads(_text(f"families/{name}.toml"))) for name in names}


@cache
def follow_ups() -> Frames:
    """What people say after a report, by what it changes."""
    read: Frames = {k: tuple(v) for k, v in tomllib.loads(_text("follow_ups.toml")).items()}
    return read


def _text(name: str) -> str:
    return files("distill.phrasing").joinpath(name).read_text(encoding="utf-8")
