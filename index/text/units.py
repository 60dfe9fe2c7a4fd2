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
from index.text.written import plain_quantity

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
_NEXT_NUMBER = re.compile(NUMBER)
"""A number after a separator or a unit, of which "2x16" and "1h30min" leave no blank before it."""
_UNIT = re.compile(
    r"[^\d\s\[\](),;:x×+\-\u2013\u2014…]"
    r"(?:(?<=min)-1\b|[^\d\[\],;:×+\u2013\u2014…]|(?<=[A-Za-z])\^?[23](?!\d))*"
)
_BETWEEN = re.compile(
    r"\s*(?:-|\u2013|\u2014|\.\.\.?|…|~|〜|to\b|bis\b|à\b|and\b|und\b|et\b|y\b|,)\s*", re.IGNORECASE
)
_TIMES = re.compile(r"\s*[x×*]\s*", re.IGNORECASE)
_LEAD = re.compile(
    r"\s*(?:(?:up to|at most|at least|min(?:imum)?\b\.?|max(?:imum|imal)?\b\.?|about|approx\.?|"
    r"approximately|ca\.?|circa|from|over|under|less than|more than|between|bis zu|mindestens|höchstens|"
    r"zwischen|etwa|rund|jusqu['’]à|environ|env\.|au moins|au plus|entre|hasta|al menos|como máximo|"
    r"최대|최소|약|[<>≤≥~≈±=]=?)\s*)*",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s*(?:\+|or (?:more|less)|max(?:imum|imal)?\b\.?|und mehr|ou plus|o más|이상|이하|"
    r"AC\b|DC\b|⎓|~)?[\s.;]*",
    re.IGNORECASE,
)
_AGAIN = re.compile(r"(?P<first>.*\S)\s*(?:\((?P<inner>[^()]+)\)|\s/\s(?P<other>[^/]+))\s*")
_SAME = 0.05
"""Share by which a quantity may miss its repetition in another unit: "30 cm (12 in)"."""
_PARTED = {
    ("ft", "in"),
    ("lb", "oz"),
    ("day", "h"),
    ("h", "min"),
    ("min", "s"),
    ("year", "month"),
    ("m", "cm"),
}
"""Units that are said one after the other of one quantity: "5 ft 11 in"."""
_SIDES = {"m^1", "px^1", "m^1*px^1"}
"""What the two numbers of "12 x 30 cm" measure each; "2 x 16 GB" is so many of a thing."""
_COUNTED = {"bit^1", "kg^1", "m^3", "A^1*s^1"}


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
    plain = plain_quantity(raw)
    try:
        low, high, named = _read(plain, unit, decimal)
    except (QuantityError, UnitError):
        low, high, named = _said_again(plain, unit, decimal)
    return Quantity(low=low, high=high, unit=named, raw=raw)


def _said_again(plain: str, unit: str, decimal: str) -> tuple[float, float, str]:
    """The first of two quantities that say the same in two units; raises what reading the whole raised."""
    found = _AGAIN.fullmatch(plain)
    if not found:
        return _read(plain, unit, decimal)
    first = _read(found["first"], unit, decimal)
    low, high, named = _read(found["inner"] or found["other"], unit, decimal)
    for mine, its in ((first[0], low), (first[1], high)):
        if abs(convert(its, named, first[2]) - mine) > _SAME * abs(mine):
            raise QuantityError(f"{plain[:60]!r} says two things")
    return first


def _read(plain: str, unit: str, decimal: str) -> tuple[float, float, str]:
    """The lowest and the highest number of a text, and their unit."""
    body = plain.strip("[](){}") if plain[:1] in "[({" else plain
    body = plain[1:].replace("]", " ").replace(")", " ") if plain[:1] in ("[", "(") else body
    parts = _parts(body, decimal)
    given = [named for _, named in parts if named]
    if len(set(given)) > 1:
        shared = given[-1]
        values = [convert(value, named or shared, shared) for value, named in parts]
    else:
        shared = given[0] if given else unit
        values = [value for value, _ in parts]
    return min(values), max(values), shared


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
    number, multiplied, tight = _NUMBER, False, False
    while found := number.match(body, position):
        value, named, position = _one(body, found, decimal)
        parts.append((value, named))
        times = _TIMES.match(body, position)
        between = times or _BETWEEN.match(body, position)
        if len(parts) >= 4 or not between or not _NEXT_NUMBER.match(body, between.end()):
            break
        multiplied, tight = multiplied or times is not None, tight or not between[0].count(" ")
        position, number = between.end(), _NEXT_NUMBER
    if not parts or _TAIL.match(body, position).end() < len(body):  # type: ignore[union-attr]
        raise QuantityError(f"{body[:60]!r} is not a quantity")
    return _counted(parts, body, tight=tight) if multiplied else parts


def _one(body: str, found: re.Match[str], decimal: str) -> tuple[float, str, int]:
    """The number that was found, with its unit and the smaller parts that follow, and where it ends."""
    plus = body[found.end() : found.end() + 1] == "+"
    value, (named, position) = parse_number(found[0], decimal), _unit_at(body, found.end() + plus)
    while (
        further := re.compile(rf"\s*(?:and |und |et )?\s*({NUMBER})").match(body, position) if named else None
    ):
        try:
            smaller, end = _unit_at(body, further.end())
        except UnitError:
            break
        if (named, smaller) not in _PARTED or further[1][0] in "+-":
            break
        value = float(f"{value + convert(parse_number(further[1], decimal), smaller, named):.12g}")
        position = end
    return value, named, position


def _counted(parts: list[tuple[float, str]], body: str, *, tight: bool) -> list[tuple[float, str]]:
    """Sides as they are; so many of a thing as one number. Without a unit "2560x1440" is a name."""
    (count, bare), (value, unit) = parts[0], parts[-1]
    if not unit and tight:
        raise QuantityError(f"{body[:60]!r} is not a quantity")
    if bare or not unit or dimension(unit) in _SIDES:
        return parts
    if len(parts) > 2 or dimension(unit) not in _COUNTED or count != int(count) or count < 1:
        raise QuantityError(f"{body[:60]!r} is more than one quantity")
    return [(count * value, unit)]


def _unit_at(body: str, position: int) -> tuple[str, int]:
    """The unit that starts at `position` ("-inch" too) and where it ends; empty before a separator."""
    start = re.compile(r"[\s\-]?\s*").match(body, position).end()  # type: ignore[union-attr]
    written = _UNIT.match(body, start)
    if not written:
        return "", position
    words = written[0]
    while words:
        try:
            return canonical_unit(words), start + len(words)
        except UnitError:
            shorter = re.search(r"(?:[\s\-/(~]+[^\s\-/(~]*|(?<=\W)x|(?<=[A-Za-z])x)$", words)
            words = words[: shorter.start()] if shorter else ""
    if _BETWEEN.match(body, position) or _TIMES.match(body, position):
        return "", position
    raise UnitError(f"{written[0].strip()[:40]!r} is not a unit")


def _spelled() -> dict[str, list[str]]:
    """What people say, which may be offered too."""
    return _written()["spellings"]


@cache
def _written() -> dict[str, dict[str, list[str]]]:
    text = Path(__file__).with_name("unit_names.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _spellings() -> tuple[dict[str, str], dict[str, str]]:
    """Spellings as written and casefolded; a name stands before another's casefolded spelling."""
    exact: dict[str, str] = {}
    for name, spellings in _spelled().items():
        exact.update(dict.fromkeys((*spellings, name), name))
    folded: dict[str, str] = {}
    for name, spellings in _written()["read"].items():
        for spelling in (*spellings, name):
            exact.setdefault(spelling, name)
    for spelling, name in exact.items():
        # A letter that stands for a longer name counts in its own case: "3D" is not three days.
        if len(spelling) > 1 or len(name) == 1:
            folded.setdefault(spelling.casefold(), name)
    for name, spellings in _written()["cased"].items():
        exact.update(dict.fromkeys((*spellings, name), name))
    return exact | {name: name for name in unit_names()}, folded


@lru_cache(maxsize=4096)
def _measure(unit: str) -> Measure | None:
    """What a unit, its spelling or an expression of several measures; None for a word that is none."""
    try:
        return measure(_spellings()[0].get(unit, unit), _name)
    except KeyError:
        return None


def _name(written: str) -> str:
    exact, folded = _spellings()
    # "S/M/L" are sizes.
    return exact[written] if written in exact or len(written) < 3 else folded[written.casefold()]
