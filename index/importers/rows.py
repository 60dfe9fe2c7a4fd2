"""One row of a file as named cells, whatever the format was; and a row that could not be read.

Nested objects become dotted columns here, so that a column schema names every cell the same way.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from index.importers.faults import RowError
from index.text.sanitize import plain

Cell = str | int | float | bool | None | list["Cell"]

MAX_COLUMNS = 500
MAX_LIST = 200
MAX_VARIANTS = 2_500
_OPTIONS = "options"
"""The member of a variant that holds what tells it from others; without it every attribute does."""
_DEEPEST = 8
_NAME_LIMIT = 120


@dataclass(frozen=True)
class Row:
    """A row that could be read."""

    number: int
    """Counted from 1; the header of a table is row 1."""
    cells: Mapping[str, Cell]
    options: tuple[str, ...] = ()
    """Cells that the row itself names as what tells a variant from others."""
    variants: tuple["Row", ...] = ()
    """Variants that the record holds, each with the number of the row itself."""


@dataclass(frozen=True)
class Rejected:
    """A row that could not be read or become a record."""

    number: int
    reason: str
    text: str
    """The row as it stood, cut to a bounded length."""


@dataclass(frozen=True)
class Nesting:
    """How nested values become columns."""

    unwrap: Collection[str] = ()
    """Objects whose members count as columns of the row itself."""
    spread: Collection[str] = ()
    """Lists of objects whose members each become a list of their own."""
    variants: Collection[str] = ()
    """Lists of objects, or objects of objects, that are the record's variants."""
    named_by: Mapping[str, str] = field(default_factory=dict)
    """Lists of objects, and the member that names each: `fat_100g` is the member `100g` of one named fat."""


def row_of(number: int, record: Mapping[str, object], nesting: Nesting) -> Row:
    """The row of a nested record, with its variants; raises RowError for a hostile one."""
    held = [(name, variants) for name in nesting.variants if (variants := _variants(record.get(name)))]
    if not held:
        return Row(number, flatten(record, nesting))
    names = {name for name, _ in held}
    rest = {key: value for key, value in record.items() if key not in names}
    rows = tuple(_variant_row(number, variant, nesting) for _, variants in held for variant in variants)
    return Row(number, flatten(rest, nesting), variants=rows)


def _variants(value: object) -> list[Mapping[str, object]]:
    """The records of a list or of an object by key; none where it holds anything else."""
    records = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        return []
    return records[:MAX_VARIANTS]


def _variant_row(number: int, record: Mapping[str, object], nesting: Nesting) -> Row:
    options = record.get(_OPTIONS)
    if not isinstance(options, dict):
        cells = flatten(record, nesting)
        return Row(number, cells, options=tuple(cells))
    named = flatten(options, nesting)
    rest = flatten({key: value for key, value in record.items() if key != _OPTIONS}, nesting)
    return Row(number, {**named, **rest}, options=tuple(named))


def flatten(record: Mapping[str, object], nesting: Nesting | None = None) -> dict[str, Cell]:
    """Cells of a nested record: members of objects as `outer.inner`; raises RowError for a hostile one."""
    cells: dict[str, Cell] = {}
    _flatten_into(cells, record, "", nesting or _PLAIN_NESTING, 0)
    if len(cells) > MAX_COLUMNS:
        raise RowError(f"it has {len(cells)} fields, more than {MAX_COLUMNS}")
    return cells


def _flatten_into(
    cells: dict[str, Cell], record: Mapping[str, object], prefix: str, nesting: Nesting, depth: int
) -> None:
    if depth > _DEEPEST:
        raise RowError(f"its objects are nested more than {_DEEPEST} deep")
    for key, value in record.items():
        name = prefix + _name(key)
        if value is None or isinstance(value, str | int | float):
            cells.setdefault(name, value)
            continue
        inner = "" if name in nesting.unwrap else f"{name}."
        if isinstance(value, list) and (by := nesting.named_by.get(name)):
            _flatten_into(cells, _named_members(value, by), "", nesting, depth + 1)
        elif isinstance(value, dict):
            # A list of one name and value comes without the list out of formats that know none.
            members = (_named_values([value]) if not inner else {}) or value
            _flatten_into(cells, members, inner, nesting, depth + 1)
        elif isinstance(value, list) and (members := _members(value, spread=name in nesting.spread)):
            _flatten_into(cells, members, inner, nesting, depth + 1)
        else:
            told = _in_one_language(value)
            cells.setdefault(name, _cell(value if told is None else told, depth))


@lru_cache(maxsize=2 * MAX_COLUMNS)
def _name(key: str) -> str:
    return plain(key, _NAME_LIMIT)


def _members(values: list[object], *, spread: bool) -> dict[str, object]:
    """A list of objects as one object, where it is one by its form or by the schema; else empty."""
    return _spread(values) if spread else _named_values(values)


def _spread(values: list[object]) -> dict[str, object]:
    """`[{"large": "a"}, {"large": "b"}]` as `{"large": ["a", "b"]}`."""
    lists: dict[str, list[object]] = {}
    for value in values[:MAX_LIST]:
        if isinstance(value, dict):
            for key, item in value.items():
                lists.setdefault(key, []).append(item)
    return dict(lists)


def _named_values(values: list[object]) -> dict[str, object]:
    """`[{"name": "colour", "value": "red"}]` as a mapping; empty for any other list."""
    pairs: dict[str, object] = {}
    for value in values:
        if not isinstance(value, dict):
            return {}
        keys = next((keys for keys in _NAME_AND_VALUE if value.keys() >= {*keys}), None)
        if keys is None or not isinstance(value[keys[0]], str):
            return {}
        pairs[value[keys[0]]] = value[keys[1]]
    return pairs


def _named_members(values: list[object], by: str) -> dict[str, object]:
    """`[{"name": "fat", "100g": 3, "unit": "g"}]` by `name` as `{"fat_100g": 3, "fat_unit": "g"}`."""
    return {
        f"{value[by]}_{member}": said
        for value in values[:MAX_LIST]
        if isinstance(value, dict) and isinstance(value.get(by), str)
        for member, said in value.items()
        if member != by
    }


def _in_one_language(value: object) -> str | None:
    """The text of `[{"lang": "en", "text": "Lamp"}]`, that of `main` first; None for anything else."""
    if not isinstance(value, list) or not value:
        return None
    texts: dict[str, str] = {}
    for item in value:
        if not isinstance(item, dict) or item.keys() != {"lang", "text"} or not isinstance(item["text"], str):
            return None
        texts.setdefault(str(item["lang"]), item["text"])
    return texts.get("main", next(iter(texts.values())))


def _cell(value: object, depth: int) -> Cell:
    if value is None or isinstance(value, str | int | float):
        return value
    if depth > _DEEPEST:
        raise RowError(f"its lists are nested more than {_DEEPEST} deep")
    if isinstance(value, list):
        return [_cell(item, depth + 1) for item in value[:MAX_LIST]]
    if isinstance(value, dict):
        words = [str(item) for item in value.values() if isinstance(item, str | int | float)]
        return "; ".join(words)
    raise RowError(f"it holds a {type(value).__name__}")


_PLAIN_NESTING = Nesting()
_NAME_AND_VALUE = (("name", "value"), ("attribute_name", "attribute_value"))
"""Keys of the objects that lists of attributes are made of."""
