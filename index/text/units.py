"""Quantities and units as shops and people write them.

Spellings stand in `unit_names.toml`; a word that is none of them is no unit, so "has" is no hectoarcsecond.
What a unit measures is left to `measures`, money to `money`, bare numbers to `numerals`.
"""

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path

from index.product import Record
from index.text.measures import Measure, converted, measure, unit_names
from index.text.money import parse_price
from index.text.numerals import NUMBER, NoPriceError, QuantityError, parse_number

__all__ = [
    "NoPriceError",
    "Quantity",
    "QuantityError",
    "UnitError",
    "canonical_unit",
    "convert",
    "parse_number",
    "parse_price",
    "parse_quantity",
]

_LONGEST = 200
"""No quantity is longer; more text is prose, and prose is not searched for numbers."""

_NUMBER = re.compile(rf"(?<![\w.,]){NUMBER}")
_BETWEEN = re.compile(r"\s*(?:-|\u2013|\u2014|\.\.\.?|…|~|to|bis|à|and|,)\s*", re.IGNORECASE)
_TIMES = re.compile(r"\s*[x×*]\s*", re.IGNORECASE)
_LEAD = re.compile(
    r"\s*(?:(?:up to|at most|at least|min\.?|max\.?|about|approx\.?|approximately|ca\.?|circa|from|over|"
    r"under|less than|more than|bis zu|[<>≤≥~≈±=]=?)\s*)*",
    re.IGNORECASE,
)


class UnitError(ValueError):
    """Two units cannot be converted into each other, or one is unknown."""


class Quantity(Record):
    """A number or a range in one unit."""

    low: float
    high: float
    """Equal to `low` for a single number."""
    unit: str = ""
    """Canonical name as in `unit_names.toml`; empty for a bare number."""
    raw: str


def parse_quantity(text: str, unit: str = "", decimal: str = "") -> Quantity:
    """Read "30 h", "1,5 kg", '27"', "[0, 29] dB", "5-9 h" or "12 x 30 cm"; `unit` is that of bare numbers.

    Several sides give the range from the shortest to the longest. Raises QuantityError where the text is no
    quantity, UnitError where its unit is unknown.
    """
    raw = text.strip()
    if len(raw) > _LONGEST:
        raise QuantityError(f"{raw[:40]!r}… is too long for a quantity")
    body = raw.strip("[](){}") if raw[:1] in "[({" else raw
    body = raw[1:].replace("]", " ").replace(")", " ") if raw[:1] in ("[", "(") else body
    parts = _parts(body, decimal)
    given = [named for _, named in parts if named]
    if len(set(given)) > 1:
        shared = given[-1]
        values = [convert(value, named or shared, shared) for value, named in parts]
    else:
        shared = given[0] if given else unit
        values = [value for value, _ in parts]
    return Quantity(low=min(values), high=max(values), unit=shared, raw=raw)


def convert(value: float, from_unit: str, to_unit: str) -> float:
    """Give `value` in another unit; raises UnitError where the two do not measure the same."""
    if from_unit == to_unit:
        return value
    if not from_unit or not to_unit:
        raise UnitError(f"{from_unit or 'a bare number'} cannot be converted to {to_unit or 'a bare number'}")
    here, there = _measure(from_unit), _measure(to_unit)
    if here is None or there is None or here.dimension != there.dimension:
        raise UnitError(f"{from_unit} cannot be converted to {to_unit}")
    # 2 TB are 2000 GB and not 2000.0000000000002.
    return float(f"{converted(value, here, there):.12g}")


def canonical_unit(text: str) -> str:
    """The stored name of a unit as someone wrote it; raises UnitError where nobody knows it."""
    written = " ".join(text.split())
    exact, folded = _spellings()
    found = exact.get(written) or folded.get(written.casefold()) or folded.get(written.casefold().rstrip("."))
    if found:
        return found
    if _measure(written) is None:
        raise UnitError(f"{text[:40]!r} is not a unit")
    return written


def dimension(unit: str) -> str:
    """What a stored unit measures, one text for all units that convert into each other; empty for none."""
    found = _measure(unit) if unit else None
    return (
        "" if found is None else "*".join(f"{base}^{n}" for base, n in sorted(found.dimension.items())) or "1"
    )


def unit_text(unit: str) -> str:
    """A stored unit as people read it: `m**2` is m²."""
    return unit.replace("**2", "²").replace("**3", "³").replace("*", "·")


def spellings_of(unit: str) -> tuple[str, ...]:
    """How people write a stored unit ("W": "watt", "watts")."""
    return (unit, *_spelled().get(unit, ()))


def _parts(body: str, decimal: str) -> list[tuple[float, str]]:
    """Numbers with their units: one, the two ends of a range, or the sides of "12 x 30 cm"."""
    position = _LEAD.match(body).end()  # type: ignore[union-attr]  # it matches nothing too
    parts: list[tuple[float, str]] = []
    while found := _NUMBER.match(body, position):
        position = found.end()
        named, position = _unit_at(body, position)
        parts.append((parse_number(found[0], decimal), named))
        between = _TIMES.match(body, position) or _BETWEEN.match(body, position)
        if len(parts) >= 4 or not between or not _NUMBER.match(body, between.end()):
            break
        position = between.end()
    if not parts or body[position:].strip(" .;"):
        raise QuantityError(f"{body[:60]!r} is not a quantity")
    return parts


def _unit_at(body: str, position: int) -> tuple[str, int]:
    """The unit that starts at `position` ("-inch" too) and where it ends; empty before a separator."""
    start = re.compile(r"[\s\-]?\s*").match(body, position).end()  # type: ignore[union-attr]
    written = re.compile(r"[^\d\s\[\](),;:x×\-\u2013\u2014…][^\d\[\],;:×\u2013\u2014…]*[²³]?").match(
        body, start
    )
    if not written:
        return "", position
    words = written[0]
    while words:
        try:
            return canonical_unit(words), start + len(words)
        except UnitError:
            shorter = re.search(r"[\s\-/(]+[^\s\-/(]*$", words)
            words = words[: shorter.start()] if shorter else ""
    if _BETWEEN.match(body, position) or _TIMES.match(body, position):
        return "", position
    raise UnitError(f"{written[0].strip()[:40]!r} is not a unit")


@cache
def _spelled() -> dict[str, list[str]]:
    text = Path(__file__).with_name("unit_names.toml").read_text(encoding="utf-8")
    spellings: dict[str, list[str]] = tomllib.loads(text)["spellings"]
    return spellings


@cache
def _spellings() -> tuple[dict[str, str], dict[str, str]]:
    """Spellings as written and casefolded; a name stands before another's casefolded spelling."""
    exact: dict[str, str] = {}
    for name, spellings in _spelled().items():
        exact.update(dict.fromkeys((*spellings, name), name))
    folded: dict[str, str] = {}
    for spelling, name in exact.items():
        # A letter that stands for a longer name counts in its own case: "3D" is not three days.
        if len(spelling) > 1 or len(name) == 1:
            folded.setdefault(spelling.casefold(), name)
    return exact | {name: name for name in unit_names()}, folded


@lru_cache(maxsize=4096)
def _measure(unit: str) -> Measure | None:
    """What a unit or an expression of several measures; None for a word that is neither."""
    try:
        return measure(unit, _spellings()[0].__getitem__)
    except KeyError:
        return None
