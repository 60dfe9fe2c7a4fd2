"""A tiny shop for the agent's tests: eight kettles with their reviews, prices and a page."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from index.catalog import Catalog
from index.meanings import Meaning
from index.product import (
    Aspect,
    Attribute,
    Offer,
    Origin,
    Page,
    Price,
    PriceObservation,
    Product,
    Review,
)
from index.search import Index

SEEN = date(2026, 10, 1)
PATH = ("Kitchen", "Kettles")
QUESTION = "a quiet kettle of at least 1.5 liters under 60 EUR, not red"


def origin(row: int, file: str = "kettles.jsonl") -> Origin:
    """Where a record of the shop was read."""
    return Origin(source="kettles", file=file, row=row, seen=SEEN)


def kettle(
    number: int,
    title: str,
    amount: float | None,
    capacity: float,
    noise: float | None,
    colour: str,
    rating: float | None = 4.0,
    description: str = "",
) -> Product:
    """One kettle."""
    attributes = [
        Attribute(name="capacity", raw=f"{capacity} L", low=capacity, high=capacity, unit="liter"),
        Attribute(name="colour", raw=colour, words=(colour.casefold(),)),
        Attribute(name="cordless", raw="yes" if number % 2 else "no", flag=bool(number % 2)),
    ]
    if noise is not None:
        attributes.append(Attribute(name="noise_level", raw=f"{noise}", low=noise, high=noise, unit="dB"))
    price = Price(amount=amount or 0, currency="EUR", seen=SEEN)
    return Product(
        id=f"kettles:{number}",
        origin=origin(number),
        title=title,
        brand=title.split()[0],
        category=PATH,
        attributes=tuple(attributes),
        offers=(Offer(price=price, seller="Shop"),) if amount is not None else (),
        rating=rating,
        rating_count=None if rating is None else 10 * number,
        description=description,
    )


KETTLES = (
    kettle(1, "Brissa Calm 17", 49.9, 1.7, 58, "White", 4.6),
    kettle(2, "Brissa Calm 15", 39.9, 1.5, 62, "Black", 4.2),
    kettle(3, "Tolva Rapid", 55.0, 1.7, 75, "Steel", 4.4),
    kettle(4, "Tolva Rapid Red", 52.0, 1.7, 74, "Red", 4.5),
    kettle(5, "Ondel Mini", 25.0, 0.8, 60, "White", 4.1),
    kettle(6, "Ondel Grand", 89.0, 2.0, 55, "Steel", 4.8),
    kettle(7, "Ondel Quiet", None, 1.7, 52, "White", 4.7),
    kettle(8, "Marn Basic", 19.0, 1.7, None, "Black", None),
)
REVIEWS = tuple(
    Review(
        id=f"review:{number}:{n}",
        product_id=f"kettles:{number}",
        origin=origin(10 * number + n, "reviews.jsonl"),
        rating=5 if n else 2,
        sentences=(f"Boils softly, no trouble in room {number}.", f"The lid of number {number} sticks."),
        written=date(2026, 5, n + 1),
        verified=bool(n),
        aspects=(
            Aspect(name="noise", polarity="positive", sentence=0),
            Aspect(name="lid", polarity="negative", sentence=1),
        ),
    )
    for number in (1, 2, 3, 6)
    for n in (0, 1)
)
PAGES = (
    Page(
        id="page:1",
        origin=origin(1, "guide.html"),
        title="How to choose a kettle",
        sentences=("A kettle under 60 decibel is quiet.", "Descale kettles once a month."),
    ),
)
PRICES = tuple(
    PriceObservation(
        product_id="kettles:1",
        origin=origin(month, "prices.jsonl"),
        price=Price(amount=amount, currency="EUR", seen=date(2026, month, 1)),
    )
    for month, amount in ((3, 59.0), (5, 45.0), (8, 55.0))
)


def open_shop(home: Path, more: Sequence[Product | Review | PriceObservation] = ()) -> Index:
    """The shop in a new home, without vectors."""
    home.mkdir(parents=True, exist_ok=True)
    with (
        Catalog.open(home / "catalog.sqlite") as catalog,
        catalog.importing("kettles", "kettles.jsonl", f"shop{len(more)}") as batch,
    ):
        batch.describe(PATH, "", Meaning(also=("water boiler",)))
        quiet = Meaning(also=("noise", "loudness"), low_words=("quiet", "silent"), better="low")
        batch.describe(PATH, "noise_level", quiet)
        for record in (*KETTLES, *REVIEWS, *PAGES, *PRICES, *more):
            batch.add(record)
    return Index.open(home)
