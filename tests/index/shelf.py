"""Records for the tests of the catalogue: a small shop of lamps whose every field follows from a number."""

from datetime import UTC, date, datetime
from pathlib import Path

from index.catalog import Catalog
from index.product import Attribute, Event, Offer, Origin, Page, Price, PriceObservation, Product, Review

FIRST = date(2026, 3, 1)
LATER = date(2026, 3, 8)
COLOURS = ("Black", "Warm White", "Red", "Sea Green")


def origin(row: int = 1, seen: date = FIRST, source: str = "lamps", file: str = "lamps.jsonl") -> Origin:
    """Where a record of the shop was read."""
    return Origin(source=source, file=file, row=row, seen=seen)


def price(amount: float, seen: date = FIRST) -> Price:
    """A price in euro."""
    return Price(amount=amount, currency="EUR", seen=seen)


def lamp(
    number: int,
    *,
    seen: date = FIRST,
    amount: float | None = None,
    title: str = "",
    row: int | None = None,
    source: str = "lamps",
) -> Product:
    """Lamp `number` of the shop."""
    colour = COLOURS[number % len(COLOURS)]
    asked = 10.0 + number if amount is None else amount
    return Product(
        id=f"lamps:{number}",
        origin=origin(number + 1 if row is None else row, seen, source),
        title=title or f"Lamp {number} {colour}",
        brand="Glimmer" if number % 2 else "Hearth",
        mpn=f"GL-{number:04}",
        category=("Home", "Lamps", "Desk lamps" if number % 3 else "Floor lamps"),
        attributes=(
            Attribute(
                name="light_output", raw=f"{400 + number}", low=400 + number, high=400 + number, unit="lm"
            ),
            Attribute(name="colour", raw=colour, words=(colour.casefold(),)),
            Attribute(name="dimmable", raw="yes" if number % 2 else "no", flag=bool(number % 2)),
        ),
        offers=(Offer(price=price(asked, seen), seller="Shop"),),
        rating=(number % 50) / 10,
        rating_count=number,
        description=f"A lamp for room {number}.",
        bullets=("Steel arm",),
    )


def review(number: int, product: int) -> Review:
    """Review `number`, of lamp `product`."""
    return Review(
        id=f"review:{number}",
        product_id=f"lamps:{product}",
        origin=origin(number + 1, file="reviews.jsonl"),
        rating=4,
        sentences=(f"Bright enough for {number} pages.", "The switch clicks."),
    )


def page(number: int) -> Page:
    """Page `number`."""
    sentences = (f"Guide {number}.", "Reading needs five hundred lumen.")
    return Page(
        id=f"page:{number}", origin=origin(file="guide.html"), title=f"Guide {number}", sentences=sentences
    )


def event(number: int) -> Event:
    """Event `number`, an hour after the one before."""
    at = datetime(2026, 2, 1 + number // 24, number % 24, tzinfo=UTC)
    return Event(
        id=f"event:{number}", origin=origin(file="orders.csv"), kind="order", at=at, text=f"Lamp {number}"
    )


def observation(number: int, amount: float, seen: date) -> PriceObservation:
    """A price of lamp `number` on a day."""
    return PriceObservation(product_id=f"lamps:{number}", origin=origin(seen=seen), price=price(amount, seen))


def import_lamps(catalog: Catalog, lamps: int) -> None:
    """Import lamps 0 to `lamps` - 1, each with a review."""
    with catalog.importing("lamps", "lamps.jsonl", f"{lamps} lamps") as batch:
        for number in range(lamps):
            batch.add(lamp(number))
            batch.add(review(number, number))


def stocked(folder: Path, lamps: int) -> Catalog:
    """A catalogue in which that many lamps were imported."""
    catalog = Catalog.open(folder / "catalog.sqlite")
    import_lamps(catalog, lamps)
    return catalog
