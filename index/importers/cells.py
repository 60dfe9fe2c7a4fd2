"""Reads a single cell as text, number, yes/no or date, whatever type the file gave it."""

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

from index.importers.faults import RowError
from index.importers.rows import Cell
from index.text.numerals import QuantityError, parse_number
from index.text.sanitize import LINE_LIMIT, plain

_MISSING = frozenset(
    {"", "-", "--", "–", "—", "n/a", "na", "n.a.", "null", "nil", "nan", "unknown", "tbd"}
    | {"not available", "not applicable", "does not apply"}
)
_LONGEST_MISSING = max(map(len, _MISSING))
_YES = frozenset({"yes", "true", "y", "ja", "oui", "sí"})
_NO = frozenset({"no", "false", "nein", "non"})
_FIRST_NUMBER = re.compile(r"[+\-]?\d+(?:[.,]\d+)*")


def is_missing(cell: Cell) -> bool:
    """Whether the cell says nothing: empty, "Not Available", "n/a"."""
    if isinstance(cell, str):
        said = cell.strip()
        return len(said) <= _LONGEST_MISSING and said.casefold() in _MISSING
    return cell is None or cell == [] or (isinstance(cell, float) and math.isnan(cell))


def text_of(cell: Cell, limit: int = LINE_LIMIT) -> str:
    """The cell as inert text; empty where it says nothing, list items joined by commas."""
    if is_missing(cell):
        return ""
    if isinstance(cell, list):
        return plain(", ".join(filter(None, (text_of(item) for item in cell))), limit)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | float):
        return number_text(cell)
    return plain(str(cell), limit)


def number_text(number: float) -> str:
    """A number as people write it: 10 and not 10.0."""
    if isinstance(number, int):
        return f"{number:.6g}" if abs(number) >= 1e15 else str(number)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def texts_of(cell: Cell, separator: str = "") -> tuple[str, ...]:
    """The items of a list, or of a text cut at the separator, as inert text."""
    items: list[Cell] = cell if isinstance(cell, list) else [cell]
    if separator and isinstance(cell, str):
        items = list(cell.split(separator))
    return tuple(filter(None, (text_of(item) for item in items)))


def number_of(cell: Cell, decimal: str = "") -> float | None:
    """The number, or None where the cell says nothing; raises QuantityError where it is none."""
    if is_missing(cell):
        return None
    if cell is None or isinstance(cell, bool | list):
        raise QuantityError(f"{text_of(cell)[:40]!r} is not a number")
    if isinstance(cell, str):
        return parse_number(cell, decimal)
    return finite(cell)


def finite(number: float) -> float:
    """The number as a float; raises QuantityError where it is beyond what anything could measure."""
    try:
        value = float(number)
    except OverflowError:
        value = math.inf
    if not abs(value) < 1e300:
        raise QuantityError("a number is too large")
    return value


def leading_number(cell: Cell) -> float | None:
    """The first number of "4.5 out of 5" or "1,234 ratings"; None where there is none."""
    if isinstance(cell, str) and not is_missing(cell):
        found = _FIRST_NUMBER.search(cell[:LINE_LIMIT])
        return parse_number(found[0]) if found else None
    return number_of(cell)


def flag_of(cell: Cell) -> bool | None:
    """Yes or no, or None where the cell is neither."""
    if isinstance(cell, bool):
        return cell
    word = cell.strip().casefold() if isinstance(cell, str) else ""
    return True if word in _YES else False if word in _NO else None


def moment_of(cell: Cell, formats: Sequence[str] = ()) -> datetime | None:
    """The moment in UTC, or None where the cell says nothing; raises RowError for what is no date."""
    if is_missing(cell):
        return None
    try:
        return _moment(cell, formats)
    except (ValueError, OverflowError, OSError, QuantityError) as error:
        raise RowError(f"{text_of(cell)[:40]!r} is no date") from error


def day_of(cell: Cell, formats: Sequence[str] = ()) -> date | None:
    """The day in UTC, or None where the cell says nothing; raises RowError for what is no date."""
    moment = moment_of(cell, formats)
    return moment.date() if moment else None


def _moment(cell: Cell, formats: Sequence[str]) -> datetime:
    if isinstance(cell, str) and not cell.strip().replace(".", "", 1).isdigit():
        read = _written_moment(cell.strip(), formats)
    else:
        seconds = number_of(cell) or 0.0
        # Unix times come in seconds and in milliseconds; in seconds, 1e11 is the year 5138.
        read = datetime.fromtimestamp(seconds / 1000 if abs(seconds) > 1e11 else seconds, UTC)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def _written_moment(text: str, formats: Sequence[str]) -> datetime:
    for form in formats:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return datetime.fromisoformat(text)
