"""What a gold question is, and the raw facts that its predicate may ask of a row.

A predicate states in code what a question's hard needs are, over the rows as published and with none of the
product's own reading of them, so that it can judge that reading. The questions are in `questions_*`.
"""

import gzip
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

Row = dict[str, JsonValue]
"""One line of the published file."""

PARTS_FILE = Path("pc-parts") / "pc_parts.jsonl.gz"
"""Where the rows lie below the folder of shared data."""


@dataclass(frozen=True)
class GoldQuestion:
    """One shopping question with its true hard needs."""

    id: str
    text: str
    category: str
    """Value of the rows' `category`; a row of another category never fits."""
    fits: Callable[[Row], bool]
    """Whether a row of the category meets every hard need; an unknown value meets none."""
    ordering: tuple[str, Literal["low", "high"]] | None = None
    """Attribute whose lowest or highest value among the rows that fit the first pick must have."""
    note: str = ""
    """Begins with the size of the gold set ("12 fit."), then how the words were read."""


def load_rows(data_dir: Path) -> list[Row]:
    """Read the published rows below the folder of shared data."""
    with gzip.open(data_dir / PARTS_FILE, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def gold_set(question: GoldQuestion, rows: Iterable[Row]) -> list[Row]:
    """Return the rows that fit, in file order; a row that the file repeats word for word counts once."""
    fitting = (row for row in rows if row["category"] == question.category and question.fits(row))
    return list({json.dumps(row, sort_keys=True): row for row in fitting}.values())


def best_rows(question: GoldQuestion, gold: Iterable[Row]) -> list[Row]:
    """Return the rows of a gold set that may come first: all of them where the question asks for no best."""
    rows = list(gold)
    if question.ordering is None or not rows:
        return rows
    attribute, end = question.ordering
    best = (min if end == "low" else max)(number(row, attribute) for row in rows)
    return [row for row in rows if number(row, attribute) == best]


def number(row: Row, attribute: str) -> float:
    """Return a number, the last of a list (the upper end of a range), or NaN, which meets no limit."""
    value = row.get(attribute)
    if isinstance(value, list):
        value = value[-1]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value)


def pair(row: Row, attribute: str) -> tuple[float, float]:
    """Return both numbers of a two-number value (width and height, count and size), or NaN twice."""
    match row.get(attribute):
        case [int() | float() as first, int() | float() as second]:
            return float(first), float(second)
        case _:
            return math.nan, math.nan


def price(row: Row) -> float:
    """Return the price in USD, NaN where the row has none."""
    return number(row, "price")


def words(row: Row, attribute: str) -> str:
    """Return a text value, empty where unknown."""
    value = row.get(attribute)
    return value if isinstance(value, str) else ""


def made_by(row: Row, *brands: str) -> bool:
    """Say whether the name begins with one of the brands, letter case included."""
    return words(row, "name").startswith(tuple(f"{brand} " for brand in brands))


def has_colour(row: Row, colour: str) -> bool:
    """Say whether the colour is one of the parts of a value such as "Black / Red"."""
    return colour in words(row, "color").split(" / ")


def lacks_colour(row: Row, colour: str) -> bool:
    """Say whether the row names its colours and this is none of them."""
    return words(row, "color") != "" and not has_colour(row, colour)
