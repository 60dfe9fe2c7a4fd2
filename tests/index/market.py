"""A tiny market for the tests of search: made-up goods of four categories, and an index over them."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from index.catalog import Catalog
from index.meanings import Meaning
from index.product import Attribute, Judged, Offer, Origin, Page, Price, Product
from index.search import Index
from index.vectors import Vectors
from tests.index.hash_embedder import embed

DAY = date(2026, 5, 4)
TENTS = ("Outdoor", "Tents")
PEGS = ("Outdoor", "Tent pegs")
STOVES = ("Outdoor", "Camp stoves")
LAMPS = ("Home", "Lamps & Lanterns")


def origin(row: int = 1) -> Origin:
    """Where a record of the market was read."""
    return Origin(source="market", file="market.jsonl", row=row, seen=DAY)


def number(
    name: str, low: float, high: float | None = None, unit: str = "", judged: Judged = "all"
) -> Attribute:
    """A number or a range."""
    return Attribute(
        name=name, raw=f"{low}", low=low, high=low if high is None else high, unit=unit, judged=judged
    )


def flag(name: str, value: bool) -> Attribute:
    """A yes or no."""
    return Attribute(name=name, raw="yes" if value else "no", flag=value)


def text(name: str, *words: str) -> Attribute:
    """A text value of these parts."""
    return Attribute(name=name, raw=" / ".join(words), words=tuple(word.casefold() for word in words))


def offer(amount: float, currency: str = "EUR") -> Offer:
    """What one seller asks."""
    return Offer(price=Price(amount=amount, currency=currency, seen=DAY))


def goods() -> list[Product]:
    """Forty tents, six bags of pegs, eight stoves and two lamps."""
    return [*map(_tent, range(40)), *map(_pegs, range(6)), *map(_stove, range(8)), *map(_lamp, range(2))]


def _tent(place: int) -> Product:
    colours = (("green",), ("red", "grey"), ("sand",))
    return Product(
        id=f"tent-{place}",
        origin=origin(place + 1),
        title=f"{'Alder' if place % 2 else 'Birch'} tent {place}",
        brand="Alder & Sons" if place % 2 else "Birch",
        mpn=f"TN-{place:05}",
        category=TENTS,
        attributes=(
            number("weight", 1000 + 50 * place, unit="g"),
            number("sleeps", 1 + place % 4, 2 + place % 4),
            flag("freestanding", place % 3 == 0),
            text("colour", *colours[place % 3]),
        ),
        offers=(offer(60 + 5 * place),) if place % 4 else (),
        rating=3 + (place % 5) / 4 if place % 2 else None,
    )


def _pegs(place: int) -> Product:
    return Product(
        id=f"pegs-{place}",
        origin=origin(100 + place),
        title=f"Bag of {6 + place} pegs for a tent",
        category=PEGS,
        attributes=(number("count", 6 + place),),
        offers=(offer(4 + place),),
    )


def _stove(place: int) -> Product:
    fuels = ("Gas", "Wood", "Spirit", "Gas / Wood")
    return Product(
        id=f"stove-{place}",
        origin=origin(200 + place),
        title=f"Kestrel stove {place}",
        brand="Kestrel",
        category=STOVES,
        attributes=(
            text("fuel", *fuels[place % 4].split(" / ")),
            number("boiling_time", 3 + place, unit="min")
            if place % 2
            else number("boiling_time", 200, unit="s"),
            number("weight", 0.3 + place / 10, unit="kg"),
        ),
        offers=(offer(30 + place, "USD"), offer(40 - place, "EUR")),
    )


def _lamp(place: int) -> Product:
    return Product(
        id=f"lamp-{place}",
        origin=origin(300 + place),
        title=("Camping lantern", "Reading lamp")[place],
        category=LAMPS,
        attributes=(number("light", 200 + place, unit="lm"),),
        description="Bright and quiet; a 캠핑 등불.",
    )


def pages() -> list[Page]:
    """Two saved guides."""
    return [
        Page(
            id="guide-1",
            origin=origin(),
            title="How to choose a tent",
            sentences=("Weather comes first.", "A freestanding tent needs no pegs.", "Sleep well."),
        ),
        Page(id="guide-2", origin=origin(), title="Fuel", sentences=("Gas is clean.", "Wood is free.")),
    ]


def open_market(
    home: Path,
    products: Sequence[Product] | None = None,
    also: Iterable[tuple[tuple[str, ...], Meaning]] = (),
) -> Index:
    """An index over the goods and pages, without vectors."""
    with (
        Catalog.open(home / "catalog.sqlite") as catalog,
        catalog.importing("market", "market.jsonl", str(len(products or ()))) as batch,
    ):
        for product in goods() if products is None else products:
            batch.add(product)
        for page in pages():
            batch.add(page)
        for category, meaning in also:
            batch.describe(category, "", meaning)
    return Index.open(home)


def make_vectors(home: Path) -> None:
    """Give every product a vector, made by the tests' own embedder."""
    with Catalog.open(home / "catalog.sqlite") as catalog:
        Vectors.open(home / "chroma", embed).drain(catalog, lambda _done, _total: None)
