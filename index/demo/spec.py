"""What a shop's specification may say: categories, attributes, aspects, brands and phrase banks.

This module reads and validates that of the demo (the files of `world`); others may be drawn. Drawing products
and writing texts from one is left to the other `demo` modules.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from index.product import Judged, Record
from index.text.units import canonical_unit

WORLD = Path(__file__).parent / "world"
_BANKS = ("brands", "phrases", "shared", "voices", "general")

Bank = dict[str, tuple[str, ...]]
"""Texts of the demo grammar by the name of what they are for."""


class Case(Record):
    """Other numbers or values where another attribute has a certain value."""

    attribute: str
    value: str
    range: tuple[float, float] | None = None
    choices: tuple[float, ...] = ()
    values: dict[str, float] = Field(default_factory=dict)
    chance: tuple[float, float] | None = None
    absent: bool = False
    """There is no such attribute then: a thing with a cord has no battery."""


class AttributeSpec(Record):
    """How one attribute is drawn, written in listings and spoken of."""

    name: str
    kind: Literal["number", "range", "flag", "text"]
    unit: Annotated[str, AfterValidator(lambda unit: canonical_unit(unit) if unit else "")] = ""
    range: tuple[float, float] | None = None
    """Numbers at drive 0 and at drive 1."""
    width: tuple[float, float] = (0, 0)
    """Least and greatest width of a range."""
    judged: Judged = "all"
    choices: tuple[float, ...] = ()
    """The only numbers that occur, from drive 0 to drive 1."""
    step: float = 1
    values: dict[str, float] = Field(default_factory=dict)
    """Text values and their weights."""
    graded: bool = False
    """Whether the text values stand in the order of what they cost."""
    chance: tuple[float, float] = (0.5, 0.5)
    """Probability of yes at drive 0 and at drive 1."""
    by: tuple[Case, ...] = ()
    drive: str = "tier"
    """`tier`, the name of an aspect (its hidden quality), or empty for chance alone."""
    pull: float = 0.65
    """How strongly the drive decides, 0 to 1."""
    variant: bool = False
    """Whether it varies within a product line."""
    worth: float = 0
    """Logarithm of what the upper end (or yes) adds to the price."""
    dear: dict[str, float] = Field(default_factory=dict)
    """The same for single text values."""
    coverage: float = 0.9
    raw: tuple[str, ...] = ()
    """How sellers write it, `{}` being the number."""
    spoken: str = "{}"
    """How people write it in a sentence."""
    tag: str = ""
    """How it stands in a title."""
    say: tuple[str, ...] = ()
    """Sentences for descriptions, `{}` being the spoken value; `?!x:` opens those that deny a flag."""
    also: tuple[str, ...] = ()
    low_words: tuple[str, ...] = ()
    high_words: tuple[str, ...] = ()
    aliases: dict[str, str] = Field(default_factory=dict)
    better: Literal["", "low", "high"] = ""
    order: tuple[str, ...] = ()
    """Text values from the worst to the best, where the shop tells people so."""


class AspectSpec(Record):
    """What people say of one side of a product when it is good and when it is bad."""

    weight: float = 1
    label: tuple[str, ...] = ()
    """Noun phrases for it; its own name where empty."""
    good: tuple[str, ...]
    bad: tuple[str, ...]


class Guide(Record):
    """A short page, written sentence by sentence."""

    title: str
    text: tuple[str, ...]


class CategorySpec(Record):
    """One category of a shop."""

    code: str
    path: tuple[str, ...]
    group: str
    noun: str
    plural: bool = False
    also: tuple[str, ...] = ()
    share: float = 1
    price: tuple[float, float]
    drift: float = 0
    """Logarithm of the yearly change of prices."""
    names: tuple[str, ...]
    """What the product is called in titles."""
    facts: tuple[str, ...]
    """Attributes that titles mention, most usual first."""
    uses: tuple[str, ...]
    places: tuple[str, ...]
    olds: tuple[str, ...]
    """What people had before."""
    hooks: tuple[str, ...]
    extras: tuple[str, ...]
    """Sentences about contents, care and small features."""
    chat: tuple[str, ...]
    """Sentences of reviews that judge nothing."""
    shared: tuple[str, ...]
    attributes: tuple[AttributeSpec, ...]
    aspects: dict[str, AspectSpec]
    guides: tuple[Guide, ...] = ()


class BrandSpec(Record):
    """An invented brand and its character."""

    name: str
    groups: tuple[str, ...]
    tier: float
    style: str
    voice: str
    weight: float = 1
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    ending: float = 0.99
    story: tuple[str, ...] = ()


class ShopSpec(Record):
    """Who sells, and how much is known."""

    source: str
    """Name of the source; every id begins with it."""
    site: str
    """Where its guides are said to stand; a host that does not exist."""
    sku: str
    """What its article numbers begin with."""
    currency: str
    paid: tuple[str, str]
    """How reviewers write an amount, more and less often; `{}` is the number."""
    sellers: tuple[str, ...]
    reviews: int
    """Reviews for each product, on average."""
    observed: tuple[int, int]
    """Least and greatest number of days with a price."""
    offered: float
    """Share of products that somebody offers; the others have no price."""


class WorldSpec(Record):
    """Everything that a shop is made from."""

    shop: ShopSpec
    categories: tuple[CategorySpec, ...]
    brands: tuple[BrandSpec, ...]
    styles: dict[str, tuple[str, ...]]
    """Names of product lines for each naming style."""
    phrases: Bank
    voices: Bank
    guides: tuple[Guide, ...]


class Banks(Record):
    """What any shop may say, whatever it sells."""

    shared: dict[str, AspectSpec]
    phrases: Bank
    voices: Bank


@lru_cache(maxsize=1)
def read_banks() -> Banks:
    """Read the texts that belong to no single category."""
    return Banks.model_validate({name: _read(name) for name in Banks.model_fields})


@lru_cache(maxsize=1)
def read_world() -> WorldSpec:
    """Read the demo world; shared aspects are merged into the categories that name them."""
    banks = {name: _read(name) for name in _BANKS}
    files = sorted(p for p in WORLD.glob("*.toml") if p.stem not in _BANKS)
    categories = []
    for path in files:
        category = _read(path.stem)
        category["aspects"] |= {n: banks["shared"][n] for n in category["shared"]}
        categories.append(CategorySpec.model_validate(category))
    return WorldSpec.model_validate(
        {
            "shop": banks["general"]["shop"],
            "categories": categories,
            "brands": banks["brands"]["brands"],
            "styles": banks["brands"]["styles"],
            "phrases": banks["phrases"],
            "voices": banks["voices"],
            "guides": banks["general"]["guides"],
        }
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((WORLD / f"{name}.toml").read_text(encoding="utf-8"))
