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


def product_id(schema: ColumnSchema, cells: Mapping[str, Cell], columns: Mapping[str, Column]) -> str:
    """The id of the product that a row is about; raises RowError where the row names none."""
    if not schema.identity:
        for role in _NAMING:
            for name in schema.with_roles(role):
                if not is_missing(cells.get(name)):
                    return f"{schema.about}:{plain(_canonical(cells[name]), _ID_LIMIT)}"
        if schema.kind in ("reviews", "prices"):
            raise RowError("it names no product")
    naming = _identity_cells(schema, cells, columns)
    if not naming:
        raise RowError("every column that names the product is empty")
    if len(schema.identity) == 1 and schema.identity[0] != EVERYTHING:
        return f"{schema.about}:{plain(naming[schema.identity[0]], _ID_LIMIT)}"
    return f"{schema.about}:{hashed(_IN_ORDER.encode(naming))}"


def hashed(text: str) -> str:
    """Sixteen hexadecimal digits: a million of them collide once in thirty million catalogues."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _identity_cells(
    schema: ColumnSchema, cells: Mapping[str, Cell], columns: Mapping[str, Column]
) -> dict[str, str]:
    wanted = schema.identity or (EVERYTHING,)
    everything = EVERYTHING in wanted
    return {
        name: _canonical(cell)
        for name, cell in cells.items()
        if (name in wanted or (everything and _is_stable(columns.get(name)))) and not is_missing(cell)
    }


def _is_stable(column: Column | None) -> bool:
    return column is None or (column.role in _STABLE and not column.follows_price)


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
