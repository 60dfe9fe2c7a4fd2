"""What was ordered under which number, for rows that name an order and not the thing: returns and refunds.

Order numbers are kept in memory for the length of one import and are stored nowhere.
"""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from index.columns import ColumnSchema, Role
from index.importers.cells import text_of
from index.importers.events import total_of
from index.importers.layout import Layout, RowReader
from index.importers.lines import SourceFile
from index.importers.opening import recognize
from index.importers.proposals import propose
from index.importers.row_sources import RowSource
from index.importers.rows import Cell, Row

_MOST: Final = 500_000
"""Rows of orders that are remembered; nobody orders more."""
_NEAR: Final = 0.01
"""Two amounts that differ less are one."""


class _Thing(NamedTuple):
    product: str
    title: Cell
    paid: float | None


class Orders:
    """The orders of one source in the files of an import, and which of them a file said came back."""

    def __init__(self, source: str, files: Iterable[Path]) -> None:
        self._things: dict[str, dict[str, _Thing]] = {}
        self._told: set[tuple[str, str]] = set()
        self._read = sha256()
        self._left = _MOST
        self.unknown = 0
        """Rows whose order no file told of, or that do not say which thing of an order they mean."""
        for path in files:
            file = recognize(path)
            schema, _ = propose(file, {})
            if schema.kind == "events" and source in (schema.source, schema.joins):
                self._learn(file, schema)
        self.unknown = 0

    @property
    def digest(self) -> bytes:
        """Hash of all that was learned."""
        return self._read.digest()

    def completed(self, reader: RowReader) -> Row | None:
        """The row with the thing that its order was for; None where none tells it or it was told before."""
        place = self._place(reader)
        if place is None or place in self._told:
            return None
        thing = self._things[place[0]][place[1]]
        cells = dict(reader.row.cells)
        named: tuple[tuple[Role, Cell], ...] = (("product", thing.product), ("title", thing.title))
        for role, cell in named:
            cells |= dict.fromkeys(reader.category.roles.get(role, ())[:1], cell)
        return replace(reader.row, cells=cells)

    def _place(self, reader: RowReader) -> tuple[str, str] | None:
        """The order's number and the thing of it that a row is about; counted where nothing tells it."""
        number, named = reader.text("order"), reader.text("product")
        things = self._things.get(number, {})
        if named:
            meant = [product for product in things if product == named]
        elif len(things) > 1:
            paid = total_of(reader)
            meant = [t.product for t in things.values() if paid and t.paid and abs(t.paid - paid) < _NEAR]
        else:
            meant = list(things)
        if len(meant) != 1:
            self.unknown += 1
            return None
        return number, meant[0]

    def _learn(self, file: SourceFile, schema: ColumnSchema) -> None:
        layout = Layout(schema)
        for row in RowSource(file, schema.nesting):
            if not isinstance(row, Row) or not self._left:
                continue
            self._left -= 1
            reader = layout.read(row)
            number, product = reader.text("order"), reader.text("product")
            if schema.joins:
                place = self._place(reader)
                self._told |= {place} if place else set()
            elif number and product:
                thing = _Thing(product, text_of(reader.cell("title")), total_of(reader))
                self._things.setdefault(number, {})[product] = thing
            self._read.update(repr((schema.joins, number, product)).encode())
