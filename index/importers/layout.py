"""A column schema made ready for reading rows: which columns mean what in each category, worked out once.

`RowReader` is one row seen through it; what a kind of record takes from a row is left to the readers.
"""

import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from index.columns import Column, ColumnSchema, Role
from index.importers.attributes import AttributeReader
from index.importers.cells import day_of, is_missing, leading_number, number_of, text_of
from index.importers.faults import RowError
from index.importers.identity import Naming
from index.importers.rows import Cell, Row
from index.importers.unfolding import Unfolding
from index.product import Attribute
from index.text.money import currency_code, parse_price
from index.text.numerals import NoPriceError

_MINUS = re.compile(r"(?:^|[^\w\s]\s?|\b[A-Z]{3}\s)[-\u2212][^\w\s]{0,2}\s?$")

_SHOWN, _MOST_SHOWN, _OTHERS = 40, 100, "other texts"


@dataclass(frozen=True)
class _CategoryLayout:
    columns: Mapping[str, Column]
    roles: Mapping[Role, tuple[str, ...]]
    attributes: AttributeReader
    naming: Naming


class Layout:
    """The columns of a file in each of its categories."""

    def __init__(self, schema: ColumnSchema) -> None:
        self.schema = schema
        self.unfolding = Unfolding(schema)
        self.no_prices: Counter[str] = Counter()
        """What stood where prices stand and is none, the first few of them, each with how often."""
        self.brands: dict[str, tuple[str, ...]] = {}
        """Known brands by their casefolded first word, the longest first."""
        for brand in sorted(schema.brand.known, key=len, reverse=True):
            first = brand.casefold().split()[0]
            self.brands[first] = (*self.brands.get(first, ()), brand)
        self._category_columns = tuple(schema.with_roles("category"))
        self._general = _layout(schema, schema.columns)
        self._special = {name: _layout(schema, schema.columns_of(name)) for name in schema.categories}

    def read(self, row: Row) -> "RowReader":
        """One row, seen through the columns of its category; raises RowError for a wrong cell."""
        row = self.unfolding.unfolded(row)
        cells = (row.cells[name] for name in self._category_columns if name in row.cells)
        written = text_of(next(cells, None))
        layout = self._special.get(written, self._general)
        return RowReader(self, row, written, layout)

    def note_no_price(self, cell: Cell) -> None:
        """Remember what is no price."""
        said = text_of(cell, _SHOWN)
        known = said in self.no_prices or len(self.no_prices) < _MOST_SHOWN
        self.no_prices[said if known else _OTHERS] += 1


@dataclass(frozen=True)
class RowReader:
    """One row: finds cells by what they mean."""

    layout: Layout
    row: Row
    written_category: str
    """The category as the file writes it."""
    category: _CategoryLayout

    @property
    def columns(self) -> Mapping[str, Column]:
        """The columns that the category's rows have."""
        return self.category.columns

    @property
    def schema(self) -> ColumnSchema:
        """What the file's columns mean."""
        return self.layout.schema

    def cells(self, role: Role) -> list[tuple[Column, Cell]]:
        """The filled cells of a role, in the schema's order."""
        names = self.category.roles.get(role)
        if names is None:
            return []
        cells = self.row.cells
        return [
            (self.category.columns[name], cells[name])
            for name in names
            if name in cells and not is_missing(cells[name])
        ]

    def cell(self, role: Role) -> Cell:
        """The first filled cell of a role, or None."""
        filled = self.cells(role)
        return filled[0][1] if filled else None

    def text(self, role: Role) -> str:
        """The first filled cell of a role as inert text, or nothing."""
        return text_of(self.cell(role)) if role in self.category.roles else ""

    def joined(self, role: Role) -> str:
        """All filled cells of a role as they stand, one below the other."""
        if role not in self.category.roles:
            return ""
        items = (
            item for _, cell in self.cells(role) for item in (cell if isinstance(cell, list) else [cell])
        )
        return "\n".join(map(str, items))

    def day(self, role: Role) -> date | None:
        """The first filled cell of a role as a day, or None."""
        return next((day_of(cell, column.formats) for column, cell in self.cells(role)), None)

    def is_in_force(self, column: Column, day: date) -> bool:
        """Whether a price holds on a day, by the columns that bound it; a bound that is no date is none."""
        if not column.starts and not column.ends:
            return True
        first, last = text_of(self.row.cells.get(column.starts)), text_of(self.row.cells.get(column.ends))
        if "/" in first:
            first, _, last = first.partition("/")
        with suppress(RowError):
            begins = day_of(first.strip(), column.formats)
            if begins and day < begins:
                return False
        with suppress(RowError):
            ends = day_of(last.strip(), column.formats)
            if ends and day > ends:
                return False
        return True

    def attributes(self) -> tuple[Attribute, ...]:
        """The attributes that the row gives; raises QuantityError for a number beyond all measure."""
        return self.category.attributes.read(self.row.cells)

    def product_id(self) -> str:
        """The id of the product that the row is about."""
        return self.category.naming.product_id(self.row.cells)

    def currency(self) -> str:
        """ISO code that the row or the schema says; empty where neither does."""
        return currency_code(self.text("currency"), self.schema.currency)

    def rating(self) -> float | None:
        """Rating on a scale to 5; raises RowError where it lies outside its scale."""
        for column, cell in self.cells("rating"):
            rating = leading_number(cell)
            if rating is None:
                continue
            if not 0 <= rating <= column.scale:
                raise RowError(f"its rating {text_of(cell)[:40]} is not between 0 and {column.scale:g}")
            return round(rating * 5 / column.scale, 4)
        return None


def amount_of(column: Column, cell: Cell, currency: str) -> tuple[float, str]:
    """Amount, maybe below zero, and currency of a price cell; raises NoPriceError where it holds none."""
    if isinstance(cell, str):
        amount, found = parse_price(cell, currency, column.decimal)
        return (-amount if _is_negative(cell) else amount), found
    number = number_of(cell)
    if number is None or not currency:
        raise NoPriceError("the price names no currency")
    return number, currency


def _is_negative(price: str) -> bool:
    """Whether a minus stands before the first digit ("-$5", "US$ -5") and ends no word ("Deal - 5")."""
    before = price[: next((place for place, c in enumerate(price) if c.isdigit()), 0)]
    return _MINUS.search(before) is not None


def _layout(schema: ColumnSchema, columns: Mapping[str, Column]) -> _CategoryLayout:
    roles: dict[Role, tuple[str, ...]] = {}
    for name, column in columns.items():
        roles[column.role] = (*roles.get(column.role, ()), name)
    return _CategoryLayout(columns, roles, AttributeReader(columns), Naming(schema, columns))
