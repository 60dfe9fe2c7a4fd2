"""What units measure, and how many of one make another; the units stand in `unit_measures.toml`.

A unit is a name of that file or an expression of several ("W/m²", "kg*m**2", "liters per hour"). How people
spell the names is left to `units`.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from index.product import Record

Naming = Callable[[str], str]
"""Gives the name of a unit as someone wrote it; raises KeyError."""

_SIGN = re.compile(r"\s*(/|·|(?<!\*)\*(?!\*)|\bper\b)\s*")
_RAISED = re.compile(r"(.*?)(?:(?:\*\*|\^)(-?[1-4])|([²³]))?")
_SUPERSCRIPTS = {"²": 2, "³": 3}


class Measure(NamedTuple):
    """A unit in base units."""

    factor: float
    dimension: Mapping[str, int]
    """Base units with their exponents, none of them 0."""
    zero: float = 0.0
    """What the unit's zero lies above the absolute one, in the unit."""


class _Table(Record):
    """The file of measures."""

    base: tuple[str, ...]
    zero: dict[str, float]
    measures: dict[str, str]


def unit_names() -> tuple[str, ...]:
    """The names that stand for a unit by themselves."""
    return (*_table().base, *_table().measures)


def measure(unit: str, naming: Naming) -> Measure:
    """What a name or an expression measures; raises KeyError for what is neither."""
    return _named(unit) if unit in _table().measures or unit in _table().base else _composed(unit, naming)


def converted(value: float, here: Measure, there: Measure) -> float:
    """A value of one measure in another of the same dimension."""
    if not here.zero and not there.zero:
        return value * (here.factor / there.factor)
    # Where two temperatures cancel, what is left of rounding would look like a very small temperature.
    return round((value + here.zero) * (here.factor / there.factor) - there.zero, 9)


@cache
def _named(name: str) -> Measure:
    if name in _table().base:
        return Measure(1.0, {name: 1})
    number, _, rest = _table().measures[name].partition(" ")
    of = _composed(rest, str) if rest else Measure(1.0, {})
    return Measure(float(number) * of.factor, of.dimension, _table().zero.get(name, 0.0))


def _composed(text: str, naming: Naming) -> Measure:
    """The product of an expression's units."""
    factor, dimension = 1.0, Counter[str]()
    for name, exponent in _factors(text, naming):
        one = _named(name)
        factor *= one.factor**exponent
        dimension.update({base: inner * exponent for base, inner in one.dimension.items()})
    return Measure(factor, {base: exponent for base, exponent in dimension.items() if exponent})


def _factors(text: str, naming: Naming) -> Iterator[tuple[str, int]]:
    """The units of an expression with their exponents; behind a stroke they are negative."""
    first, *others = _SIGN.split(text)
    for sign, part in (("*", first), *zip(others[::2], others[1::2], strict=True)):
        found = _RAISED.fullmatch(part)
        assert found is not None  # it matches everything
        written, raised, superscript = found.groups()
        exponent = int(raised) if raised else _SUPERSCRIPTS.get(superscript, 1)
        yield naming(written), exponent if sign in "*·" else -exponent


@cache
def _table() -> _Table:
    text = Path(__file__).with_name("unit_measures.toml").read_text(encoding="utf-8")
    return _Table.model_validate(tomllib.loads(text))
