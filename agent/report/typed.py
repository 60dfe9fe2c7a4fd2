"""Numbers as prose writes them: value, unit or currency, and the words that make a limit of them.

Reading only; what a number may rest on is decided in `agent.report.claims`.
"""

import math
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from agent.report.claim_words import money_words, words
from index.text.money import currency_code
from index.text.numerals import QuantityError, parse_number
from index.text.units import UnitError, canonical_unit

STARS = "stars"
"""Unit of a rating out of five."""

_NUMBER = re.compile(
    r"(?<!\w)(?P<sign>(?:[A-Z]{0,3}[$€£¥₩₹]|[A-Z]{3}(?=\s))\s?)?"
    r"(?P<number>\.?\d+(?:[.,]\d+)*)(?P<glued>[^\W\d_]*)(?!\w)|\b(?P<spelled>[A-Za-z]{3,7})\b"
)
_OF_FIVE = re.compile(
    r"\s?(?:/\s?5(?!\d)|out of (?:5|five)\b|of 5\b|[\s-]?stars?\b|★|\*)(?:\s?stars?\b)?", re.IGNORECASE
)
_NEXT = re.compile(r"[\s\u00a0-]{0,2}(?P<word>[^\W\d_]+[²³]?|[\"″”%€£¥₩₹$]|°[CF]?)")
_OR_LESS = re.compile(r"\W{0,2}or (?:less|below|under)\b")
_OR_MORE = re.compile(r"\W{0,2}or (?:more|above|over)\b")


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
    """The numbers of a text; `currencies` are the codes that count as money beside a number."""
    reached = 0
    for found in _NUMBER.finditer(text):
        typed = None if found.start() < reached else _typed(found, text, currencies)
        if typed is not None:
            reached = typed.end
            yield typed


def _typed(found: re.Match[str], text: str, currencies: frozenset[str]) -> Typed | None:
    """One number with what follows it; None for another word, or a name such as "1440p"."""
    if found["spelled"] and found["spelled"].lower() not in _spelled():
        return None
    value = _spelled()[found["spelled"].lower()] if found["spelled"] else _value(found["number"])
    sign = (found["sign"] or "").strip()
    sign = "" if sign.isalpha() and sign not in currencies else sign
    start, end = found.start() if sign or found["spelled"] else found.start("number"), found.end()
    typed = Typed(start, end, text[start:end], value, currency=sign, decimals=_decimals(value))
    if found["glued"]:
        unit = _unit(found["glued"])
        return typed._replace(unit=unit) if unit else None
    if stars := _OF_FIVE.match(text, end):
        return typed._replace(unit=STARS, end=stars.end(), text=text[start : stars.end()])
    after = _NEXT.match(text, end)
    if after is None or sign:
        return typed
    money = _money(after["word"], currencies)
    unit = "" if money else _unit(after["word"])
    if not money and not unit:
        return typed
    return typed._replace(currency=money, unit=unit, end=after.end(), text=text[start : after.end()])


@cache
def _spelled() -> dict[str, float]:
    small = {word: float(at) for at, word in enumerate(words("numbers"), start=2)}
    return small | {word: 10.0 * at for at, word in enumerate(words("tens"), start=2)}


def _value(number: str) -> float:
    try:
        return parse_number(number)
    except QuantityError:
        return math.inf


def _decimals(value: float) -> int:
    return len(str(value).partition(".")[2]) if value % 1 else 0


def _money(word: str, currencies: frozenset[str]) -> str:
    if word in currencies or word in "€£¥₩₹$":
        return word
    return money_words().get(word.lower(), "")


@lru_cache(maxsize=1024)
def _unit(word: str) -> str:
    if word.lower() in words("not_units"):
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
    found = _limit_pattern().search(text[max(0, typed.start - 40) : typed.start])
    if found:
        sign = -1 if found["below"] else 1
        return -sign if found["turned"] else sign
    if _OR_LESS.match(text, typed.end):
        return -1
    return 1 if _OR_MORE.match(text, typed.end) else 0


@cache
def _limit_pattern() -> re.Pattern[str]:
    below, above = "|".join(words("below")), "|".join(words("above"))
    return re.compile(
        rf"(?P<turned>\bnot? )?\b(?:(?P<below>{below})|(?P<above>{above}))\W{{1,3}}(?:\w+\W+)?$",
        re.IGNORECASE,
    )


def of_the_person(text: str, typed: Typed) -> bool:
    """Whether the words around a number make it the person's own ("your 20 USD limit")."""
    around = re.findall(r"\w+", text[: typed.start])[-3:] + re.findall(r"\w+", text[typed.end :])[:2]
    return any(word.lower() in words("person") for word in around)
