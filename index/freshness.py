"""How long what a source said may be believed: which of a product's fields are stale on a day.

The days stand in `freshness.toml`; today is passed in. Stale values are marked and never left out.
"""

import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import Field

from index.prices.sentences import age, day_count
from index.product import Product, Record

LONGEST = 36_500
"""Days that a person may set at most: a century."""


class Freshness(Record):
    """Days after which each field is stale."""

    price: int = Field(ge=1, le=LONGEST)
    availability: int = Field(ge=1, le=LONGEST)
    rating: int = Field(ge=1, le=LONGEST)


class Stale(Record):
    """A field that was last seen too long ago."""

    field: str
    seen: date
    days: int


@cache
def shipped() -> Freshness:
    """The days that hold where the person set none."""
    text = files("index").joinpath("freshness.toml").read_text(encoding="utf-8")
    return Freshness.model_validate(tomllib.loads(text))


def stale(product: Product, today: date, freshness: Freshness) -> tuple[Stale, ...]:
    """What of a product is stale: its lowest asked price, whether that offer can be had, its rating."""
    return tuple(
        Stale(field=field, seen=seen, days=age(seen, today))
        for field, seen, days in _dated(product, freshness)
        if age(seen, today) > days
    )


def stale_lines(product: Product, today: date, freshness: Freshness) -> tuple[str, ...]:
    """The same in words, a line for each day: "price and availability seen 2024-03-02, 634 days ago"."""
    by_day: dict[date, list[Stale]] = {}
    for each in stale(product, today, freshness):
        by_day.setdefault(each.seen, []).append(each)
    return tuple(
        f"{' and '.join(each.field for each in old)} seen {seen}, {day_count(old[0].days)} ago"
        for seen, old in by_day.items()
    )


def _dated(product: Product, freshness: Freshness) -> Iterator[tuple[str, date, int]]:
    cheapest = min(product.offers, key=lambda offer: offer.price.amount, default=None)
    if cheapest is not None:
        yield "price", cheapest.price.seen, freshness.price
        if cheapest.availability:
            yield "availability", cheapest.price.seen, freshness.availability
    if product.rating is not None:
        yield "rating", product.origin.seen, freshness.rating
