"""The catalogue as one leafs through it: categories with their counts, and what is found in pages of rows.

Nothing here knows of a screen; how the rows are drawn is left to `tui.widgets.product_list`.
"""

from dataclasses import dataclass
from typing import NamedTuple

from agent import observe
from index.card import CardAttribute
from index.conditions import BUILT_IN, in_words, spaced
from index.product import Product
from index.search import LEG_DEPTH, Index, SearchRequest
from index.text.sanitize import plain
from tui.filters import Asked, card_of, search_request
from tui.told import UsageError

PAGE = 100
"""Rows that are read at once: 10 ms of 10,000 products, 30 ms where they are sorted by price."""
MOST_FOUND = 3 * LEG_DEPTH
"""What the legs of a search can name together; beyond that only filters find more."""
FACTS = 5
FACT = 40
"""Facts in a row, and their characters."""


class Row(NamedTuple):
    """One product as a row shows it, in inert text."""

    id: str
    title: str
    brand: str
    price: str
    rating: str
    facts: str


@dataclass(frozen=True)
class Found:
    """The beginning of what was found."""

    request: SearchRequest
    rows: int
    """All that can be leafed through."""
    total: int
    """Products that pass the filters."""
    first: tuple[Row, ...]
    """The first pages."""
    notes: tuple[str, ...]


class Branch(NamedTuple):
    """A category with its products, those below it included."""

    path: tuple[str, ...]
    products: int


def find(index: Index, asked: Asked) -> Found:
    """Search and count; raises what reading the filters raises."""
    card = card_of(index, asked) if asked.where or asked.max_price or asked.category else None
    request = search_request(asked, card)
    foreign = next((c.attribute for c in request.conditions if c.attribute not in BUILT_IN), "")
    if foreign and not asked.category and not asked.query.strip():
        raise UsageError(
            f"Choose a category or type what you look for, so that {in_words(foreign)} is known."
        )
    limit = MOST_FOUND + 1 if asked.query.strip() else PAGE
    result = index.search(request.model_copy(update={"limit": limit}))
    first = tuple(_row(hit.product) for hit in result.hits)
    rows = len(first) if len(first) < limit else result.total
    return Found(request, rows, result.total, first, result.notes)


def read_page(index: Index, request: SearchRequest, number: int) -> tuple[Row, ...]:
    """One page of rows, counted from 0."""
    result = index.search(request.model_copy(update={"limit": PAGE, "offset": number * PAGE}))
    return tuple(_row(hit.product) for hit in result.hits)


def branches(index: Index) -> list[Branch]:
    """All categories, each after the one that it stands in."""
    return [Branch(path, products) for path, products in index.category_sizes().items()]


def orders(index: Index, category: tuple[str, ...]) -> list[tuple[str, tuple[str, bool]]]:
    """How the products of a category can be sorted beside what is built in: by their numbers."""
    if not category:
        return []
    numbers = [a for a in index.card_for(category).attributes if a.kind == "number"]
    return [(_order_name(a, down), (a.name, down)) for a in numbers for down in _ways(a)]


def _order_name(attribute: CardAttribute, down: bool) -> str:
    return f"{plain(in_words(attribute.name), FACT)}, {'highest' if down else 'lowest'} first"


def _ways(attribute: CardAttribute) -> tuple[bool, bool]:
    """The better end first."""
    return (False, True) if attribute.better == "low" else (True, False)


def _row(product: Product) -> Row:
    facts = (f"{spaced(a.name)} {observe.attribute_text(a)}" for a in product.attributes[:FACTS])
    return Row(
        id=product.id,
        title=plain(product.title),
        brand=plain(product.brand),
        price=observe.price_text(product) if product.price else "",
        rating=observe.rating_text(product) if product.rating is not None else "",
        facts="; ".join(plain(observe.shorten(fact, FACT)) for fact in facts),
    )
