"""The id of a product: its source and what names it there, never its price.

Files about products (reviews, price histories) reach the same id from the same identity columns.
"""

import json
from collections.abc import Mapping
from hashlib import blake2b

from index.columns import EVERYTHING, Column, ColumnSchema, Role
from index.importers.cells import is_missing, number_text
from index.importers.faults import RowError
from index.importers.rows import Cell
from index.text.sanitize import plain

_STABLE: frozenset[Role] = frozenset(
    {"attribute", "title", "brand", "category", "gtin", "mpn", "sku", "asin", "id", "product"}
)
_NAMING: tuple[Role, ...] = ("product", "id", "asin", "gtin", "sku", "mpn")
_ID_LIMIT = 120
_IN_ORDER = json.JSONEncoder(sort_keys=True)


class Naming:
    """What names the product in rows of one set of columns, worked out once for all of them."""

    def __init__(self, schema: ColumnSchema, columns: Mapping[str, Column]) -> None:
        self._about = schema.about
        self._must_name = schema.kind in ("reviews", "prices") and not schema.identity
        self._naming = (
            () if schema.identity else tuple(n for role in _NAMING for n in schema.with_roles(role))
        )
        self._wanted = frozenset(schema.identity or (EVERYTHING,))
        self._alone = "" if len(self._wanted) > 1 or EVERYTHING in self._wanted else schema.identity[0]
        self._left_out = frozenset(name for name, column in columns.items() if not _is_stable(column))

    def product_id(self, cells: Mapping[str, Cell]) -> str:
        """The id of the product that a row is about; raises RowError where the row names none."""
        for name in self._naming:
            if not is_missing(cells.get(name)):
                return f"{self._about}:{plain(_canonical(cells[name]), _ID_LIMIT)}"
        if self._must_name:
            raise RowError("it names no product")
        naming = {
            name: _canonical(cell)
            for name, cell in cells.items()
            if self._names(name) and not is_missing(cell)
        }
        if not naming:
            raise RowError("every column that names the product is empty")
        if self._alone:
            return f"{self._about}:{plain(naming[self._alone], _ID_LIMIT)}"
        return f"{self._about}:{hashed(_IN_ORDER.encode(naming))}"

    def _names(self, name: str) -> bool:
        if EVERYTHING in self._wanted:
            return name in self._wanted or name not in self._left_out
        return name in self._wanted


def hashed(text: str) -> str:
    """Sixteen hexadecimal digits: a million of them collide once in thirty million catalogues."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _is_stable(column: Column) -> bool:
    return column.role in _STABLE and not column.follows_price


def _canonical(cell: Cell) -> str:
    """One text for one value, whether the file gives it as JSON number, JSON text or table cell."""
    if isinstance(cell, str):
        return " ".join(cell.split())
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return number_text(cell)
    if isinstance(cell, list):
        return _IN_ORDER.encode([_canonical(item) for item in cell])
    return " ".join(str(cell).split())
