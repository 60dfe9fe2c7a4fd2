"""One row of a file as named cells, whatever the format was; and a row that could not be read.

Nested objects become dotted columns here, so that a column schema names every cell the same way.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from index.importers.faults import RowError
from index.text.sanitize import plain

Cell = str | int | float | bool | None | list["Cell"]

MAX_COLUMNS = 500
MAX_LIST = 200
_DEEPEST = 8
_NAME_LIMIT = 120


@dataclass(frozen=True)
class Row:
    """A row that could be read."""

    number: int
    """Counted from 1; the header of a table is row 1."""
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Rejected:
    """A row that could not be read or become a record."""

    number: int
    reason: str
    text: str
    """The row as it stood, cut to a bounded length."""


def flatten(record: Mapping[str, object], unwrap: Collection[str] = ()) -> dict[str, Cell]:
    """Cells of a nested record: members of objects as `outer.inner`, those of `unwrap` objects as `inner`."""
    cells: dict[str, Cell] = {}
    _flatten_into(cells, record, "", unwrap, 0)
    if len(cells) > MAX_COLUMNS:
        raise RowError(f"it has {len(cells)} fields, more than {MAX_COLUMNS}")
    return cells


def _flatten_into(
    cells: dict[str, Cell], record: Mapping[str, object], prefix: str, unwrap: Collection[str], depth: int
) -> None:
    if depth > _DEEPEST:
        raise RowError(f"its objects are nested more than {_DEEPEST} deep")
    for key, value in record.items():
        name = prefix + plain(key, _NAME_LIMIT)
        if isinstance(value, dict):
            inner = "" if name in unwrap else f"{name}."
            _flatten_into(cells, value, inner, unwrap, depth + 1)
        elif isinstance(value, list) and (pairs := _named_values(value)):
            _flatten_into(cells, pairs, f"{name}.", unwrap, depth + 1)
        else:
            cells.setdefault(name, _cell(value, depth))


def _named_values(values: list[object]) -> dict[str, object]:
    """`[{"name": "colour", "value": "red"}]` as a mapping; empty for any other list."""
    pairs: dict[str, object] = {}
    for value in values:
        if (
            not isinstance(value, dict)
            or not {"name", "value"} <= value.keys()
            or not isinstance(value["name"], str)
        ):
            return {}
        pairs[value["name"]] = value["value"]
    return pairs


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
