"""The records that everything else speaks of: products, offers, reviews, pages, events and prices seen.

Records are frozen and validate what comes from outside. They hold plain, already sanitized text; how a
record is stored, found or shown is left to the rest of the floor.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Judged = Literal["low", "high", "all", "any"]
"""Which end of a range a limit is held against; `all` asks the whole range to stay within it, `any` that some
variant of the product does."""

EventKind = Literal["order", "search", "view", "click", "cart", "return", "wish"]


class Record(BaseModel):
    """A frozen record that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def first_fault(error: ValidationError) -> str:
    """What is wrong first with what should be a record: at which of its fields, where it is one, and what."""
    fault = error.errors(include_url=False)[0]
    where = ".".join(map(str, fault["loc"]))
    return f"{where}: {fault['msg']}" if where else fault["msg"]


class Origin(Record):
    """Where a record was read, so that every fact can be traced to a file and a row."""

    source: str
    """Name of the source; a source is what `index remove --source` removes."""
    file: str
    """File name as imported, without its folder."""
    row: int
    """Row of the file, counted from 1."""
    seen: date
    """Day on which the source said this."""


class Attribute(Record):
    """One typed fact about a product; exactly one of number, flag or text decides comparisons."""

    name: str
    """Lower-case name with underscores, as on the catalogue card."""
    raw: str
    """The source's own text."""
    low: float | None = None
    """The number in `unit`, or the lower end of a range."""
    high: float | None = None
    """Equal to `low` for a single number."""
    judged: Judged = "all"
    unit: str = ""
    """Unit of `low` and `high` as `index.text.units` writes it; empty for a bare number."""
    flag: bool | None = None
    """Set for yes/no attributes."""
    words: tuple[str, ...] = ()
    """Casefolded parts of a text value ("Black / Red" gives black, red), for equality."""

    @property
    def at_most(self) -> float | None:
        """The number that must not exceed an upper limit."""
        return self.low if self.judged in ("low", "any") else self.high

    @property
    def at_least(self) -> float | None:
        """The number that must not fall below a lower limit."""
        return self.high if self.judged in ("high", "any") else self.low


class Price(Record):
    """An amount in one currency on one day."""

    amount: float = Field(ge=0)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    seen: date


def _is_empty(told: tuple[object, ...]) -> bool:
    # Left out of the JSON then: an offer without options is stored and hashed as if there were no such field.
    return not told


class Offer(Record):
    """What one seller asks for a product."""

    price: Price
    seller: str = ""
    url: str = ""
    availability: str = ""
    was: float | None = None
    """Amount before a reduction, in the same currency."""
    options: tuple[tuple[str, str], ...] = Field(default=(), exclude_if=_is_empty)
    """What tells this variant of the product from others, by attribute: (("size", "XL"),)."""


class Product(Record):
    """One product as one source describes it."""

    id: str
    """Stable across imports of the same source; never made from a price."""
    origin: Origin
    title: str
    brand: str = ""
    gtin: tuple[str, ...] = ()
    mpn: str = ""
    sku: str = ""
    asin: str = ""
    category: tuple[str, ...] = ()
    """Path from the broadest to the narrowest."""
    attributes: tuple[Attribute, ...] = ()
    offers: tuple[Offer, ...] = ()
    rating: float | None = Field(default=None, ge=0, le=5)
    """Mean on a scale to 5."""
    rating_count: int | None = Field(default=None, ge=0)
    description: str = ""
    bullets: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    """Web addresses, which nothing fetches, and absolute paths of files."""

    @property
    def price(self) -> Price | None:
        """The lowest asked price, or None where no offer is known."""
        return min((o.price for o in self.offers), key=lambda p: p.amount, default=None)

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name, or None where the source does not give it."""
        return next((a for a in self.attributes if a.name == name), None)


class Aspect(Record):
    """What a review says of one side of a product."""

    name: str
    polarity: Literal["positive", "negative", "mixed"]
    sentence: int | None = None
    """Index into the review's sentences, from 0."""


class Review(Record):
    """One person's opinion of one product."""

    id: str
    product_id: str
    origin: Origin
    rating: float | None = Field(default=None, ge=0, le=5)
    title: str = ""
    sentences: tuple[str, ...] = ()
    written: date | None = None
    verified: bool | None = None
    helpful: int | None = None
    aspects: tuple[Aspect, ...] = ()


class Page(Record):
    """A saved page or note, split into sentences."""

    id: str
    origin: Origin
    title: str
    url: str = ""
    sentences: tuple[str, ...] = ()


class Event(Record):
    """One thing that the person did; the raw material of their history."""

    id: str
    origin: Origin
    kind: EventKind
    at: datetime
    text: str = ""
    """Product title or search words."""
    product_id: str = ""
    quantity: int = 1
    price: Price | None = None
    category: str = ""


class PriceObservation(Record):
    """What a product cost on one day, kept for ever."""

    product_id: str
    origin: Origin
    price: Price
