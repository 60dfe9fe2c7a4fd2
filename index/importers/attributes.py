"""Typed attributes out of one cell, as its column says: numbers with units, ranges, yes/no, words.

Nothing is guessed beyond the column: a bare number takes the column's unit, a quantity in another unit is
converted to it, and what is no quantity stays text.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from index.columns import Column, Part, attribute_name
from index.importers.cells import finite, flag_of, is_missing, number_text, text_of
from index.importers.rows import Cell
from index.product import Attribute
from index.text.numerals import QuantityError
from index.text.sanitize import plain
from index.text.units import UnitError, convert, parse_quantity

MAX_ATTRIBUTES = 200
_MAX_WORDS = 24
_WORD_LIMIT = 100
_RAW_LIMIT = 400
_MOST_KNOWN = 20_000
"""Cells, with what they give: about 20 MB."""
_LONGEST_KNOWN = 200
"""Characters of a cell that is remembered; longer ones seldom repeat, and would fill the memory."""
_SEPARATORS = re.compile(r"\s+/\s+|[,;|]\s+|\s+[|;]\s+|\n")
_PAIR = re.compile(r"\s*[,;x×/]\s*")
_PLAIN_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")
_STARTS_LIKE_A_NUMBER = re.compile(
    r"\s*(?:[\[(<>≤≥~±+\-\u2212.]|up to |about |approx|ca\.? )?\s*\d", re.IGNORECASE
)


class AttributeReader:
    """Every attribute that a row gives under one set of columns.

    What a cell gives depends on nothing but its column, and the cells of a file repeat: each is worked out
    once, as far as the memory for it reaches.
    """

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns
        self._told_when_missing = [name for name, column in columns.items() if column.when_missing]
        self._known: dict[tuple[object, ...], tuple[Attribute, ...]] = {}

    def read(self, cells: Mapping[str, Cell]) -> tuple[Attribute, ...]:
        """The attributes of a row; of two with one name the first stands. Raises QuantityError."""
        made: dict[str, Attribute] = {}
        for name, cell in cells.items():
            for attribute in self._given(name, cell):
                made.setdefault(attribute.name, attribute)
        for name in self._told_when_missing:
            if name not in cells:
                for attribute in self._given(name, None):
                    made.setdefault(attribute.name, attribute)
        return tuple(islice(made.values(), MAX_ATTRIBUTES))

    def _given(self, name: str, cell: Cell) -> tuple[Attribute, ...]:
        column = self._columns.get(name, _PLAIN)
        if column.role != "attribute":
            return ()
        kind = cell.__class__  # 1, 1.0 and True are equal, and not the same
        said = repr(cell) if kind is list else cell
        if isinstance(said, str) and len(said) > _LONGEST_KNOWN:
            return _told(name, column, cell)
        known = self._known.get((name, kind, said))
        if known is None:
            known = _told(name, column, cell)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[name, kind, said] = known
        return known


def _told(name: str, column: Column, cell: Cell) -> tuple[Attribute, ...]:
    return tuple(each for each in column_attributes(name, column, cell) if each.name)


def column_attributes(header: str, column: Column, cell: Cell) -> Iterator[Attribute]:
    """The attributes that one cell gives under its column."""
    name = attribute_name(column.name or header)
    if cell is None or is_missing(cell):
        if column.when_missing:
            yield Attribute(name=name, raw="no", flag=False, words=("no",))
    elif column.kind == "flag" or isinstance(cell, bool):
        yield from _flag_attributes(name, column, cell)
    elif isinstance(cell, list):
        yield from _list_attributes(name, column, cell)
    elif isinstance(cell, str) and (column.join or column.parts or column.product) and (pair := _pair(cell)):
        yield from _list_attributes(name, column, pair)
    elif isinstance(cell, str):
        yield from _text_attributes(name, column, cell)
    elif column.kind == "text":
        yield _words(name, column, number_text(cell))
    elif column.numbers:
        yield from _worded_number(name, column, column.numbers, cell)
    else:
        yield _number(name, column, cell)


def _flag_attributes(name: str, column: Column, cell: Cell) -> Iterator[Attribute]:
    flag = flag_of(cell)
    if flag is None:
        # "Yes, two of them" and 1 mean yes; 0 and "none" mean no.
        flag = text_of(cell).casefold() not in ("0", "none", "without", "not included")
    word = column.when_false if flag is False and column.when_false else ("yes" if flag else "no")
    words = (word.casefold(),) if column.when_false else ()
    yield Attribute(name=name, raw=word, flag=flag, words=words)


def _text_attributes(name: str, column: Column, cell: str) -> Iterator[Attribute]:
    flag = flag_of(cell)
    if column.kind == "" and flag is not None:
        yield from _flag_attributes(name, column, flag)
        return
    if column.kind != "text" and _STARTS_LIKE_A_NUMBER.match(cell):
        part = column.numbers or column
        try:
            attribute = _quantity(
                attribute_name(part.name) if column.numbers else name, part, cell, column.decimal
            )
        except (QuantityError, UnitError):
            yield _words(name, column, cell)
            return
        if column.numbers and column.when_number:
            yield _words(name, column, column.when_number)
        yield attribute
        return
    yield _words(name, column, cell)


def _pair(cell: str) -> list[Cell]:
    """The numbers of "2,8" or "2560x1440", as tables write a list; empty where there is no such list."""
    items = _PAIR.split(cell.strip().strip("[]()"))
    if len(items) < 2 or not all(_PLAIN_NUMBER.fullmatch(item) for item in items):
        return []
    return [float(item) if "." in item else int(item) for item in items]


def _list_attributes(name: str, column: Column, cell: list[Cell]) -> Iterator[Attribute]:
    if column.join:
        yield _words(name, column, column.join.join(filter(None, map(text_of, cell))))
    for part, item in zip(column.parts, cell, strict=False):
        if part.name and not is_missing(item):
            yield _number_or_words(part, item)
    numbers = [finite(item) for item in cell if isinstance(item, int | float) and not isinstance(item, bool)]
    every = len(numbers) == len(cell) and bool(numbers)
    if column.product and every:
        total = 1.0
        for number in numbers:
            total *= number
        yield _number(attribute_name(column.product.name), column.product, total)
    if column.join or column.parts or column.product:
        return
    if column.range and every:
        yield Attribute(
            name=name,
            raw="-".join(number_text(item) for item in (min(numbers), max(numbers))),
            low=min(numbers),
            high=max(numbers),
            judged=column.judged,
            unit=column.unit,
        )
    else:
        yield _words(name, column, *map(text_of, cell))


def _number_or_words(part: Part, item: Cell) -> Attribute:
    name = attribute_name(part.name)
    if isinstance(item, int | float) and not isinstance(item, bool):
        return _number(name, part, item)
    text = text_of(item)
    try:
        return _quantity(name, part, text, "")
    except (QuantityError, UnitError):
        return _words(name, _PLAIN, text)


def _worded_number(name: str, column: Column, part: Part, number: float) -> Iterator[Attribute]:
    if column.when_number:
        yield _words(name, column, column.when_number)
    yield _number(attribute_name(part.name), part, number)


def _number(name: str, part: Part, number: float) -> Attribute:
    value = finite(number)
    return Attribute(
        name=name, raw=number_text(number), low=value, high=value, judged=part.judged, unit=part.unit
    )


def _quantity(name: str, part: Part, text: str, decimal: str) -> Attribute:
    read = parse_quantity(text, part.unit, decimal)
    low, high, unit = finite(read.low), finite(read.high), read.unit
    if part.unit and unit != part.unit:
        low, high, unit = convert(low, unit, part.unit), convert(high, unit, part.unit), part.unit
    return Attribute(
        name=name, raw=plain(text, _RAW_LIMIT), low=low, high=high, judged=part.judged, unit=unit
    )


def _words(name: str, column: Column, *texts: str) -> Attribute:
    raw = plain(", ".join(texts), _RAW_LIMIT)
    words = [plain(word, _WORD_LIMIT).casefold() for text in texts for word in _SEPARATORS.split(text)]
    for held, further in column.value_words.items():
        if any(f" {held.casefold()} " in f" {word} " for word in words):
            words += [word.casefold() for word in further]
    return Attribute(
        name=name,
        raw=raw,
        flag=True if column.when_false else None,
        words=tuple(dict.fromkeys(filter(None, words)))[:_MAX_WORDS],
    )


_PLAIN = Column()
