"""The units of `units.toml`, by their stored name."""

import tomllib
from functools import cache
from importlib.resources import files

from index.product import Record


class UnitWords(Record):
    """How people write one unit."""

    glued: tuple[str, ...]
    blank: tuple[str, ...]
    one: tuple[str, ...]
    many: tuple[str, ...]
    other: tuple[str, ...] = ()
    """Stored names of units in which people think of the same thing."""
    plain: str = ""
    """How a plan writes it, where nobody writes the stored name."""


def unit_words(unit: str) -> UnitWords:
    """The words of a unit; one that the file does not know is written as stored."""
    known = _units().get(unit)
    return known or UnitWords(glued=(f" {unit}",), blank=(unit,), one=(unit,), many=(unit,))


@cache
def _units() -> dict[str, UnitWords]:
    text = files("distill.phrasing").joinpath("units.toml").read_text(encoding="utf-8")
    return {unit: UnitWords.model_validate(words) for unit, words in tomllib.loads(text).items()}
