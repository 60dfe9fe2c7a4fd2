"""The catalogue as one leafs through it: categories with their counts, and what is found in pages of rows.

Nothing here knows of a screen; how the rows are drawn is left to `tui.widgets.product_list`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from agent import observe
from index.card import CardAttribute
from index.conditions import BUILT_IN, in_words, spaced
from index.product import Product
from index.search import Index, Listing
from index.text.sanitize import plain
from tui.ages import Today
from tui.filters import Asked, card_of, search_request
from tui.told import UsageError

PAGE = 50
"""Rows that are read at once."""
FACTS = 5
FACT = 40
"""Facts in a row, and their characters."""
STALE = "†"
"""Stands behind a price that was seen too long ago."""


class Row(NamedTuple):
    """One product as a row shows it, in inert text."""

    id: str
    title: str
    brand: str
    price: str
    rating: str
    facts: str


GONE = Row("", "(no longer in the catalogue)", "", "", "", "")


@dataclass(frozen=True)
class Found:
    """All that was found, and the rows that it begins with."""

    listing: Listing
    first: tuple[Row, ...]


class Branch(NamedTuple):
    """A category with its products, those below it included."""

    path: tuple[str, ...]
    products: int


def find(index: Index, asked: Asked, today: Today) -> Found:
    """Search and count; raises what reading the filters raises."""
    card = card_of(index, asked) if asked.where or asked.max_price or asked.category else None
    request = search_request(asked, card)
    foreign = next((c.attribute for c in request.conditions if c.attribute not in BUILT_IN), "")
    if foreign and not asked.category and not asked.query.strip():
        raise UsageError(
            f"Choose a category or type what you look for, so that {in_words(foreign)} is known."
        )
    listing = index.listing(request)
    return Found(listing, rows_of(index, page_of(listing.keys, 0), today))


def page_of(keys: Sequence[int], number: int) -> Sequence[int]:
    """The keys of one page, counted from 0."""
    return keys[number * PAGE : (number + 1) * PAGE]


def rows_of(index: Index, keys: Sequence[int], today: Today) -> tuple[Row, ...]:
    """The rows of these products, in their order."""
    rows = {key: _row(product, today) for key, product in index.listed(keys)}
    return tuple(rows.get(key, GONE) for key in keys)


def found_text(listing: Listing) -> tuple[str, str]:
    """How many there are; and what search says of itself, on lines of its own."""
    rows = len(listing.keys)
    many = f"{rows:,} product{'s' * (rows != 1)}"
    if not rows:
        many = "Nothing fits; search in other words, or loosen a filter."
    elif rows < listing.total:
        many += f", the best of {listing.total:,}"
    return many, "".join(f"\n{plain(note)}" for note in listing.notes)


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


def _row(product: Product, today: Today) -> Row:
    """A stale price bears a mark, and the facts begin with what is stale."""
    known = (f"{spaced(a.name)} {observe.attribute_text(a)}" for a in product.attributes[:FACTS])
    facts = (*today.stale(product), *known)
    mark = STALE if product.price and today.is_stale(product.price) else ""
    return Row(
        id=product.id,
        title=plain(product.title),
        brand=plain(product.brand),
        price=f"{observe.price_text(product)}{mark}" if product.price else "",
        rating=observe.rating_text(product) if product.rating is not None else "",
        facts="; ".join(plain(observe.shorten(fact, FACT)) for fact in facts),
    )
