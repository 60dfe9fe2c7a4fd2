"""Rows of one file that name the same product.

Rows that differ only in what is asked for the product are its offers; equal rows are one; a row that says
something else about the same id is rejected, so that no import depends on the order of its rows.
"""

from collections.abc import Iterable, Iterator, Set

from index.columns import ColumnSchema
from index.importers.faults import RowError
from index.product import Product


def repeated(ids: Iterable[str]) -> Set[str]:
    """The ids that occur more than once."""
    seen: set[int] = set()
    again: set[str] = set()
    for product_id in ids:
        # Eight bytes an id; two ids with one hash only mean that one row more is held back.
        folded = hash(product_id)
        if folded in seen:
            again.add(product_id)
        seen.add(folded)
    return again


class Repeats:
    """Products whose id occurs more than once in the file, merged until its end is reached."""

    def __init__(self, schema: ColumnSchema, ids: Set[str]) -> None:
        self._ids = ids
        self._held: dict[str, Product] = {}
        columns = [schema.columns, *(category.columns for category in schema.categories.values())]
        self._follow_price = {
            column.name or name for group in columns for name, column in group.items() if column.follows_price
        }

    def holds(self, product: Product) -> bool:
        """Whether the product must wait for its other rows."""
        return product.id in self._ids

    def add(self, product: Product) -> bool:
        """Take a row of such a product, true where it is the first; raises RowError where they disagree."""
        first = self._held.get(product.id)
        if first is None:
            self._held[product.id] = product
            return True
        if self._content(first) != self._content(product):
            raise RowError(f"row {first.origin.row} has the same id {product.id} and says something else")
        self._held[product.id] = _merged(first, product)
        return False

    def products(self) -> Iterator[Product]:
        """The merged products, in the order of their first rows."""
        yield from self._held.values()

    def _content(self, product: Product) -> Product:
        kept = tuple(a for a in product.attributes if a.name not in self._follow_price)
        origin = product.origin.model_copy(update={"row": 0})
        return product.model_copy(update={"origin": origin, "offers": (), "attributes": kept})


def _merged(first: Product, second: Product) -> Product:
    """The cheaper row, to which the lowest price is traced, with the offers of both."""
    offers = tuple(dict.fromkeys((*first.offers, *second.offers)))
    dearer = second.price is None or (first.price is not None and first.price.amount <= second.price.amount)
    return (first if dearer else second).model_copy(update={"offers": offers})
