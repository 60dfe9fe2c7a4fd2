"""Numbers as prose writes them: value, unit or currency, and the words that make a limit of them.

Reading only; what a number may rest on is decided in `agent.claims`.
"""

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from index.money import currency_code
from index.numerals import QuantityError, parse_number
from index.units import UnitError, canonical_unit

STARS = "stars"
"""Unit of a rating out of five."""

_SMALL = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred"]
_SPELLED = {word: float(at) for at, word in enumerate(_SMALL, start=2)} | {
    word: 10.0 * at for at, word in enumerate(_TENS, start=2)
}
_NUMBER = re.compile(
    r"(?<!\w)(?P<sign>[A-Z]{0,3}[$€£¥₩₹]\s?)?(?P<number>\.?\d+(?:[.,]\d+)*)(?P<glued>[^\W\d_]*)(?!\w)"
    rf"|\b(?P<spelled>{'|'.join(_SPELLED)})\b",
    re.IGNORECASE,
)
_OF_FIVE = re.compile(
    r"\s?(?:/\s?5(?!\d)|out of (?:5|five)\b|of 5\b|[\s-]?stars?\b|★|\*)(?:\s?stars?\b)?", re.I
)
_NEXT = re.compile(r"[\s\u00a0-]{0,2}(?P<word>[^\W\d_]+[²³]?|[\"″”%€£¥₩₹$]|°[CF]?)")
_NO_UNITS = frozenset(
    [
        "a",
        "as",
        "at",
        "am",
        "in",
        "is",
        "to",
        "by",
        "on",
        "or",
        "us",
        "count",
        "point",
        "points",
        "bit",
        "turn",
        "dot",
        "step",
        "fit",
        "fits",
    ]
)
"""Words of prose that pint would take for units."""
_MONEY_WORDS = {
    "dollar": "$",
    "dollars": "$",
    "bucks": "$",
    "euro": "€",
    "euros": "€",
    "yen": "¥",
    "won": "₩",
}

_BELOW = re.compile(
    r"\b(?:under|below|within|less than|lower than|fewer than|cheaper than|at most|up to|not? above|not? over|"
    r"(?:no|not) more than|maximum|max|beneath)\W{0,3}(?:\w+\W+)?$",
    re.I,
)
_ABOVE = re.compile(
    r"\b(?:over|above|beyond|more than|higher than|greater than|at least|no less than|no fewer than|not under|"
    r"not below|minimum|min|exceeds|exceeding)\W{0,3}(?:\w+\W+)?$",
    re.I,
)
_OR_LESS, _OR_MORE = (
    re.compile(r"\W{0,2}or (?:less|below|under)\b"),
    re.compile(r"\W{0,2}or (?:more|above|over)\b"),
)
_OF_THE_PERSON = re.compile(
    r"\b(?:your?|limit|budget|asked|wanted|wished|requirement|ceiling|cap|need)\b", re.I
)


class Typed(NamedTuple):
    """A number that stands in prose."""

    start: int
    end: int
    text: str
    value: float
    currency: str = ""
    """Sign or code as written; empty where the number is no money."""
    unit: str = ""
    """Canonical unit, `stars`, or empty for a bare number."""
    decimals: int = 0
    """Digits behind the point as written."""


def typed_numbers(text: str, currencies: frozenset[str] = frozenset()) -> Iterator[Typed]:
    """The numbers of a text; `currencies` are the codes that count as money after a number."""
    reached = 0
    for found in _NUMBER.finditer(text):
        if found.start() < reached:
            continue
        typed = _typed(found, text, currencies)
        if typed is not None:
            reached = typed.end
            yield typed


def _typed(found: re.Match[str], text: str, currencies: frozenset[str]) -> Typed | None:
    """One number with what follows it; None for a name such as "1440p"."""
    if found["spelled"]:
        value, glued, sign = _SPELLED[found["spelled"].lower()], "", ""
    else:
        value, glued, sign = _value(found["number"]), found["glued"], (found["sign"] or "").strip()
    start, end = found.span()
    decimals = len(str(value).partition(".")[2]) if value % 1 else 0
    if glued:
        unit = "" if glued.lower() in _NO_UNITS else _unit(glued)
        return Typed(start, end, found[0], value, unit=unit, decimals=decimals) if unit else None
    if stars := _OF_FIVE.match(text, end):
        return Typed(start, stars.end(), text[start : stars.end()], value, unit=STARS, decimals=decimals)
    after = _NEXT.match(text, end)
    word = after["word"] if after else ""
    money = sign or _money(word, currencies)
    unit = "" if money else _unit(word)
    if after and (unit or (money and not sign)):
        end = after.end()
    return Typed(start, end, text[start:end], value, currency=money, unit=unit, decimals=decimals)


def _value(number: str) -> float:
    try:
        return parse_number(number)
    except QuantityError:
        return math.inf


def _money(word: str, currencies: frozenset[str]) -> str:
    if word in currencies or word in "€£¥₩₹$":
        return word
    return _MONEY_WORDS.get(word.lower(), "")


def _unit(word: str) -> str:
    if not word or word.lower() in _NO_UNITS:
        return ""
    try:
        return canonical_unit(word)
    except UnitError:
        return ""


def same_currency(written: str, code: str) -> bool:
    """Whether a sign or code as typed can mean a record's currency."""
    return bool(written) and currency_code(written, code) == code


def side(text: str, typed: Typed) -> int:
    """-1 where the number is an upper limit ("under 20"), 1 where it is a lower one, else 0."""
    before, after = text[max(0, typed.start - 40) : typed.start], text[typed.end :]
    if _BELOW.search(before) or _OR_LESS.match(after):
        return -1
    return 1 if _ABOVE.search(before) or _OR_MORE.match(after) else 0


def of_the_person(text: str, typed: Typed) -> bool:
    """Whether the words around a number make it the person's own ("your 20 USD limit")."""
    around = (" ".join(text[: typed.start].split()[-3:]), " ".join(text[typed.end :].split()[:2]))
    return any(_OF_THE_PERSON.search(words) for words in around)
