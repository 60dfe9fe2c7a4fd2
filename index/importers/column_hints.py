"""What a column's name and first values show: its unit, a range, the currency, how categories are cut.

Only hints, from a sample: the person sees what follows from them before anything counts.
"""

import re
from collections import Counter
from collections.abc import Mapping

from index.columns import Column
from index.importers.cells import text_of
from index.importers.rows import Cell, Row
from index.text.money import parse_price
from index.text.numerals import NoPriceError, QuantityError
from index.text.units import UnitError, canonical_unit, convert, parse_quantity

MOSTLY = 0.6
"""Share of a sample that makes something true of the column."""

_UNIT_IN_BRACKETS = re.compile(r"(.+?)\s*[(\[]\s*([^)\]]+)\s*[)\]]\s*$")
_UNIT_AT_END = re.compile(r"(.+?)(?:[\s_,]+|(?<=[a-z])(?=[A-Z]))([A-Za-z°%µ/²³]{2,5}|[ghWLVw%])$")


def unit_in_name(name: str) -> tuple[str, str]:
    """A name without its unit ("weight_kg", "Weight (kg)"), and the unit."""
    for pattern in (_UNIT_IN_BRACKETS, _UNIT_AT_END):
        found = pattern.match(name)
        if found:
            try:
                return found[1], canonical_unit(found[2])
            except UnitError:
                continue
    return name, ""


def unit_of_values(texts: list[str]) -> str:
    """The unit in which most texts are quantities, or nothing."""
    units: Counter[str] = Counter()
    for text in texts:
        try:
            units[parse_quantity(text).unit] += 1
        except (QuantityError, UnitError):
            continue
    commonest = units.most_common(1)[0][0] if units else ""
    alike = sum(count for unit, count in units.items() if _converts(unit, commonest))
    return commonest if alike > MOSTLY * len(texts) else ""


def _converts(unit: str, target: str) -> bool:
    try:
        convert(1.0, unit, target)
    except UnitError:
        return False
    return True


def is_number(value: Cell) -> bool:
    """Whether a text cell holds nothing but a number."""
    return isinstance(value, str) and re.fullmatch(r"\s*-?[\d.,]+\s*", value) is not None


def is_range(value: Cell) -> bool:
    """Whether a cell is a list of two numbers."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(item, int | float) and not isinstance(item, bool) for item in value)
    )


def common_currency(columns: Mapping[str, Column], rows: list[Row]) -> str:
    """The currency that most price texts name."""
    found: Counter[str] = Counter()
    for name in (name for name, column in columns.items() if column.role == "price"):
        for row in rows:
            cell = row.cells.get(name)
            if isinstance(cell, str):
                try:
                    found[parse_price(cell)[1]] += 1
                except NoPriceError:
                    continue
    return found.most_common(1)[0][0] if found else ""


def path_separator(columns: Mapping[str, Column], rows: list[Row]) -> str:
    """What cuts the categories of this file: ">" or "|" wherever it stands, "/" only where most have it."""
    names = [name for name, column in columns.items() if column.role == "category"]
    written = [text for row in rows for name in names if (text := text_of(row.cells.get(name)))]
    for separator in (">", "|"):
        if any(separator in text for text in written):
            return separator
    slashed = sum("/" in text and " / " not in text for text in written)
    return "/" if written and slashed > MOSTLY * len(written) else ">"
