"""The cells of a row as its column schema names them: names made alike, and cells that hold several values
taken apart into columns of their own.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from index.column_groups import ColumnPair
from index.columns import Column, ColumnSchema
from index.importers.cells import is_missing, text_of
from index.importers.faults import RowError
from index.importers.rows import Cell, Row, flatten
from index.text.sanitize import plain

_NAME_LIMIT = 120
_CELL_LIMIT = 200_000
_MOST_PAIRS = 300
_PREFIX = re.compile(r"^[a-z][\w.-]{0,20}:", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[\W_]+")


def loose_name(name: str) -> str:
    """A column's name by its letters and digits, without a prefix: "g:Image Link" gives imagelink."""
    return _PUNCTUATION.sub("", _PREFIX.sub("", name.strip()).casefold())


class Unfolding:
    """What a schema makes of the cells of its rows."""

    def __init__(self, schema: ColumnSchema) -> None:
        self._schema = schema
        self._holding = {name: column for name, column in schema.columns.items() if column.holds}
        self._names = {loose_name(name): name for name in schema.columns} if schema.loose_names else {}
        self._pairs = [(_numbered(pair.name, loose=schema.loose_names), pair) for pair in schema.pairs]
        self._values = [_numbered(pair.value, loose=schema.loose_names) for pair in schema.pairs]
        self._options = [name for name, column in schema.columns.items() if column.option]
        self._ignored = tuple(name[:-1] for name in schema.columns if name.endswith(".*"))
        self._is_plain = not (
            self._holding
            or self._names
            or self._pairs
            or self._options
            or self._ignored
            or schema.others == "ignore"
        )

    def renamed(self, row: Row) -> Row:
        """The row with its columns named as in the schema."""
        if not self._names:
            return row
        columns = self._schema.columns
        cells: dict[str, Cell] = {}
        for name, cell in row.cells.items():
            known = name if name in columns else self._names.get(loose_name(name), name)
            if known not in cells or is_missing(cells[known]):
                cells[known] = cell
        return replace(row, cells=cells)

    def unfolded(self, row: Row) -> Row:
        """The row with every value under a name of its own; raises RowError for a wrong cell."""
        if self._is_plain:
            return row
        row = self.renamed(row)
        made: dict[str, Cell] = {}
        options: list[str] = []
        for pair, name, value in self._paired(row.cells):
            made.setdefault(name, value)
            options += [name] if pair.option else []
        for name, column in self._holding.items():
            for inner, value in _held(column, row.cells.get(name)).items():
                made.setdefault(inner, value)
                options += [inner] if column.option else []
        columns = self._schema.columns
        cells = {name: cell for name, cell in row.cells.items() if self._is_read(name)}
        options += [name for name in self._options if name in cells and not columns[name].holds]
        # A value may be named like a column that means something else; it is no title because of that.
        taken = {name for name in made if name in columns and columns[name].role != "attribute"}
        told = {name: cell for name, cell in cells.items() if name not in made or not is_missing(cell)}
        cells = {**{name: value for name, value in made.items() if name not in taken}, **told}
        return replace(row, cells=cells, options=tuple(dict.fromkeys(n for n in options if n not in taken)))

    def is_paired_value(self, name: str) -> bool:
        """Whether a column holds the value of a pair of columns."""
        header = loose_name(name) if self._names else name
        return any(pattern.fullmatch(header) for pattern in self._values)

    def _is_read(self, name: str) -> bool:
        if name in self._schema.columns:
            return not self._schema.columns[name].holds
        return self._schema.others == "attribute" and not name.startswith(self._ignored)

    def _paired(self, cells: Mapping[str, Cell]) -> Iterator[tuple[ColumnPair, str, Cell]]:
        if not self._pairs:
            return
        loosely = {loose_name(name): name for name in cells} if self._schema.loose_names else {}
        for header, cell in cells.items():
            for pattern, pair in self._pairs:
                wanted = pattern.fullmatch(loose_name(header) if loosely else header)
                if wanted is None or is_missing(cell):
                    continue
                sought = pair.value.replace("#", wanted[1])
                value = cells.get(loosely.get(loose_name(sought), "") if loosely else sought)
                if not is_missing(value):
                    yield pair, plain(text_of(cell), _NAME_LIMIT), value


def named_values(text: str, between: str, equals: str) -> Iterator[tuple[str, str]]:
    """The pairs of `name=value,name=value`; a piece without a name goes on with the value before it.

    Of `section:name:value` the section is left out.
    """
    name, value = "", ""
    for piece in text[:_CELL_LIMIT].split(between)[: _MOST_PAIRS * 4]:
        before, sign, after = piece.partition(equals)
        if sign and before.strip():
            if name:
                yield name, value
            inner, second, last = after.partition(equals) if equals == ":" else ("", "", "")
            name, value = (inner.strip(), last.strip()) if second else (before.strip(), after.strip())
        elif name:
            value += between + piece
    if name:
        yield name, value


def _held(column: Column, cell: Cell) -> dict[str, Cell]:
    if cell is None or isinstance(cell, bool | int | float) or is_missing(cell):
        return {}
    texts = [text for text in (cell if isinstance(cell, list) else [cell]) if isinstance(text, str)]
    if column.holds == "pairs":
        pairs = [pair for text in texts for pair in named_values(text, column.between, column.equals)]
        within = column.within
        return {
            plain(name, _NAME_LIMIT): list(value.split(within)) if within and within in value else value
            for name, value in pairs[:_MOST_PAIRS]
        }
    made: dict[str, Cell] = {}
    for text in texts:
        try:
            record = json.loads(text[:_CELL_LIMIT])
        except (ValueError, RecursionError) as error:
            raise RowError("a cell that should hold JSON holds none") from error
        made.update(flatten(record) if isinstance(record, dict) else {})
    return made


def _numbered(name: str, *, loose: bool) -> re.Pattern[str]:
    before, _, after = name.partition("#")
    parts = (loose_name(before), loose_name(after)) if loose else (before, after)
    return re.compile(r"(\d{1,3})".join(map(re.escape, parts)))
