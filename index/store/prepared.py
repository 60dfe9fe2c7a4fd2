"""A record as its tables take it: plain values, worked out once, which another process can hand over.

Here the columns are decided; writing them is left to `product_tables` and `record_tables`.
"""

from datetime import UTC, datetime
from typing import Literal, NamedTuple

from index.product import Event, Page, PriceObservation, Product, Review
from index.store import rows
from index.text.scripts import in_pairs

TextTable = Literal["reviews", "pages", "events"]


class PreparedPrice(NamedTuple):
    """A row of `prices`."""

    product_id: str
    seen: str
    currency: str
    amount: float
    source: str
    record: str

    @property
    def table(self) -> Literal["prices"]:
        """The table that it is written into."""
        return "prices"


class PreparedProduct(NamedTuple):
    """A product with its offers, attributes, identifiers, texts, and the prices that it tells."""

    id: str
    source: str
    seen: str
    digest: str
    text_digest: str
    category: str
    """Path; empty for none."""
    columns: tuple[str, str, float | None, int | None, str]
    """Title, casefolded brand, rating, how many rated, record."""
    offers: tuple[tuple[str, float], ...]
    """Currency and amount."""
    attributes: tuple[tuple[object, ...], ...]
    """Name, unit, at least, at most, flag, words."""
    identifiers: tuple[str, ...]
    text: tuple[str, ...]
    """The columns of `products_fts`."""
    prices: tuple[PreparedPrice, ...]

    @property
    def table(self) -> Literal["products"]:
        """The table that it is written into."""
        return "products"


class PreparedText(NamedTuple):
    """A review, a page or an event."""

    table: TextTable
    id: str
    source: str
    seen: str
    digest: str
    record: str
    joined: tuple[tuple[str, str], ...] = ()
    """Further columns, by name."""
    text: tuple[str, ...] = ()
    """The columns of `pages_fts`, for a page."""


Prepared = PreparedProduct | PreparedText | PreparedPrice


def prepared(record: rows.AnyRecord) -> Prepared:
    """What is written of a record."""
    if isinstance(record, Product):
        return prepared_product(record)
    if isinstance(record, PriceObservation):
        return prepared_price(record)
    return prepared_text(record)


def prepared_product(product: Product) -> PreparedProduct:
    """What is written of a product."""
    origin, text = product.origin, rows.indexed_text(product)
    return PreparedProduct(
        id=product.id,
        source=origin.source,
        seen=origin.seen.isoformat(),
        digest=rows.digest(product),
        text_digest=rows.text_digest(text),
        category=rows.category_path(product.category),
        columns=(
            product.title,
            product.brand.casefold(),
            product.rating,
            product.rating_count,
            product.model_dump_json(),
        ),
        offers=tuple((offer.price.currency, offer.price.amount) for offer in product.offers),
        attributes=tuple(
            (a.name, a.unit, a.at_least, a.at_most, a.flag, rows.padded_words(a.words))
            for a in product.attributes
        ),
        identifiers=tuple(sorted(rows.identifiers(product))),
        text=tuple(map(in_pairs, text)),
        prices=tuple(
            prepared_price(PriceObservation(product_id=product.id, origin=origin, price=offer.price))
            for offer in product.offers
        ),
    )


def prepared_price(observation: PriceObservation) -> PreparedPrice:
    """What is written of a price."""
    price = observation.price
    return PreparedPrice(
        product_id=observation.product_id,
        seen=price.seen.isoformat(),
        currency=price.currency,
        amount=price.amount,
        source=observation.origin.source,
        record=observation.model_dump_json(),
    )


def prepared_text(record: Review | Page | Event) -> PreparedText:
    """What is written of a review, a page or an event."""
    table: TextTable = "reviews"
    joined: tuple[tuple[str, str], ...] = ()
    text: tuple[str, ...] = ()
    if isinstance(record, Review):
        joined = (("product_id", record.product_id),)
    elif isinstance(record, Event):
        table, joined = "events", (("at", _sortable(record.at)),)
    else:
        table, text = "pages", page_text(record)
    return PreparedText(
        table=table,
        id=record.id,
        source=record.origin.source,
        seen=record.origin.seen.isoformat(),
        digest=rows.digest(record),
        record=record.model_dump_json(),
        joined=joined,
        text=text,
    )


def page_text(page: Page) -> tuple[str, str]:
    """The columns of `pages_fts`."""
    return in_pairs(page.title), in_pairs(" ".join(page.sentences))


def _sortable(at: datetime) -> str:
    """Moments of different time zones in one order; one without a zone is taken as it stands."""
    return (at.astimezone(UTC) if at.tzinfo else at).isoformat()
