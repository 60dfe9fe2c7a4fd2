"""Which rows of a file are variants of one product, so that they can be read together.

It is learned in passes over the file before the import. Rows of a product that stand together are passed on
as they come; of one whose rows are scattered they are held until its last row is met.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from index.column_groups import Variants
from index.columns import attribute_name
from index.importers.cells import is_missing, text_of
from index.importers.rows import Rejected, Row
from index.importers.unfolding import named_values
from index.text.sanitize import plain

MAX_ROWS = 5_000
"""Rows of one product; shops allow some 2,000 variants, and a picture may have a row of its own."""
MAX_HELD = 100_000
"""Rows that wait for others of their product."""
_VALUE_LIMIT = 200

Options = tuple[tuple[str, str], ...]
"""What tells a variant from others, by attribute."""


@dataclass
class Family:
    """The rows of one product."""

    key: str
    rows: list[Row] = field(default_factory=list)
    parent: Row | None = None
    """The row that describes the product itself, where there is one."""
    options: dict[int, Options] = field(default_factory=dict)
    """What the product's row says of its variants, by the numbers of their rows."""


class Families:
    """Asked for the families of a file once they have been learned from it."""

    def __init__(self, variants: Variants) -> None:
        self._variants = variants
        self._keys: dict[str, str] = {}
        """Of everything by which variants name the row of their product, the product's key."""
        self._children: dict[str, tuple[str, Options]] = {}
        """Of every variant that a product's row lists, the key of the product and what is said there."""
        self._apart: Mapping[int, int] = {}
        """How many rows a product has whose rows do not stand together, by the hash of its key."""

    def learn(self, rows: Callable[[], Iterator[Row]]) -> None:
        """Find out which rows name each other, and which products have their rows apart."""
        if self._variants.parent or self._variants.children:
            self._learn_names(rows)
        counted: dict[int, int] = {}
        apart: set[int] = set()
        last = ""
        for row in rows():
            key = self._key(row)
            if key:
                # Eight bytes a key; two keys with one hash only mean that some rows more are held.
                hashed = hash(key)
                if key != last and hashed in counted:
                    apart.add(hashed)
                counted[hashed] = counted.get(hashed, 0) + 1
            last = key
        self._apart = {hashed: counted[hashed] for hashed in apart}

    def gathered(self, rows: Iterable[Row | Rejected]) -> Iterator[Row | Rejected | Family]:
        """The rows, those of one product as one family, which comes where its last row stands."""
        together: Family | None = None
        waiting: dict[str, Family] = {}
        held = 0
        left = dict(self._apart)
        for row in rows:
            key = "" if isinstance(row, Rejected) else self._key(row)
            hashed = hash(key)
            if together and key and together.key != key:
                yield together
                together = None
            if isinstance(row, Rejected) or not key:
                yield row
            elif hashed not in left:
                together = together or Family(key)
                yield from self._take(together, row)
            elif held >= MAX_HELD:
                yield Rejected(row.number, f"too many rows stand apart from others of {key[:60]}", "")
            else:
                held, left[hashed] = held + 1, left[hashed] - 1
                yield from self._take(waiting.setdefault(key, Family(key)), row)
                if not left[hashed]:
                    held -= len(waiting[key].rows)
                    yield waiting.pop(key)
        yield from [together] if together else []
        yield from waiting.values()

    def _take(self, family: Family, row: Row) -> Iterator[Rejected]:
        if len(family.rows) >= MAX_ROWS:
            yield Rejected(row.number, f"{family.key[:60]} has more than {MAX_ROWS:,} rows", "")
            return
        family.rows.append(row)
        if family.parent is None and self._is_parent(row):
            family.parent = row
        _, family.options[row.number] = self._children.get(_name(row, self._variants.child), ("", ()))

    def _key(self, row: Row) -> str:
        for column in (*self._variants.group, *self._variants.parent):
            if name := _name(row, column):
                return self._keys.get(name, name)
        for name in self._names(row):
            if name in self._keys:
                return self._keys[name]
        return self._children.get(_name(row, self._variants.child), ("", ()))[0]

    def _is_parent(self, row: Row) -> bool:
        named = any(_name(row, column) for column in self._variants.parent)
        return not named and any(name in self._keys for name in self._names(row))

    def _names(self, row: Row) -> list[str]:
        """Everything by which a variant could mean this row."""
        ids = self._variants.ids.items()
        return [f"{before}{name}" for column, before in ids if (name := _name(row, column))]

    def _learn_names(self, rows: Callable[[], Iterator[Row]]) -> None:
        meant: set[str] = set()
        for row in rows():
            meant.update(name for column in self._variants.parent if (name := _name(row, column)))
            children, names = row.cells.get(self._variants.children), self._names(row)
            if names and isinstance(children, str) and not is_missing(children):
                self._keys.setdefault(names[0], names[0])
                self._learn_children(self._keys[names[0]], children)
        for row in rows() if meant else ():
            if not any(_name(row, column) for column in self._variants.parent):
                called = [name for name in self._names(row) if name in meant]
                self._keys.update(dict.fromkeys(called, called[0]) if called else {})

    def _learn_children(self, key: str, cell: str) -> None:
        for entry in cell.split("|")[:MAX_ROWS]:
            pairs = dict(named_values(entry, ",", "="))
            child = pairs.pop(self._variants.child, "")
            if child and child != key:
                told = tuple((attribute_name(n), plain(value, _VALUE_LIMIT)) for n, value in pairs.items())
                self._children.setdefault(child, (key, told))


def _name(row: Row, column: str) -> str:
    return " ".join(text_of(row.cells.get(column)).split()) if column else ""
