"""What an index sells, category by category and light enough to keep: the stock from which tasks are drawn.

Whole records stay in the catalogue; the truth of needs is asked of the index and never of a shelf.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.product import Product
from index.search import Index

Path = tuple[str, ...]

FEWEST = 8
"""Products below which a category is too small to ask about."""


@dataclass(frozen=True, slots=True)
class Goods:
    """One product as a shelf knows it."""

    id: str
    title: str
    brand: str
    amount: float | None
    """Its price; None where it has none in the currency of the shelf's card."""
    facts: int
    """How many attributes its record gives."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The products of one category, in the catalogue's order."""

    path: Path
    goods: tuple[Goods, ...]

    @property
    def by_price(self) -> list[Goods]:
        """Those with a price, cheapest first."""
        return sorted((g for g in self.goods if g.amount is not None), key=lambda g: (g.amount, g.id))


@dataclass(frozen=True, slots=True)
class Shelves:
    """Every category that is large enough to ask about."""

    by_path: Mapping[Path, Shelf]
    today: date
    """The last day of which the catalogue speaks."""

    def __getitem__(self, path: Path) -> Shelf:
        return self.by_path[path]

    @property
    def paths(self) -> Sequence[Path]:
        """The categories, sorted."""
        return sorted(self.by_path)


def read_shelves(index: Index) -> Shelves:
    """Read the catalogue once, product by product."""
    found: defaultdict[Path, list[tuple[Goods, str]]] = defaultdict(list)
    today = date.min
    for product in index.catalog.all_products():
        today = max(today, product.origin.seen)
        if product.category:
            found[product.category].append((_goods(product), product.price.currency if product.price else ""))
    large = {path: stock for path, stock in sorted(found.items()) if len(stock) >= FEWEST}
    shelves = {p: _shelf(p, stock, index.card_for(p).currency) for p, stock in large.items()}
    return Shelves(shelves, today)


def _shelf(path: Path, stock: Sequence[tuple[Goods, str]], currency: str) -> Shelf:
    """A shelf of goods that stand with the currency of their price; amounts of another are left out."""
    return Shelf(path, tuple(g if own == currency else replace(g, amount=None) for g, own in stock))


def _goods(product: Product) -> Goods:
    price = product.price
    return Goods(
        id=product.id,
        title=product.title,
        brand=product.brand,
        amount=price.amount if price else None,
        facts=len(product.attributes),
    )
