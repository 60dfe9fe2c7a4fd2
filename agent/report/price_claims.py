"""What a sentence says of a price over time, and whether the stored observations bear it out.

"Lowest since", "dropped", "below its median": each is read with the date, the amount and the share beside it,
so that all of them stand or fall together. Of whom it is said is left to `agent.report.claims`.
"""

import math
import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from typing import NamedTuple

from agent.ledger import SeenProduct
from agent.report.claim_words import words
from agent.report.ground import Ground
from index.freshness import Freshness
from index.prices.sentences import SAME, age
from index.prices.standing import PriceStanding, daily, standing_of
from index.product import Price

_AMOUNT = r"(?P<amount>\d+(?:[.,]\d+)?)"
_SPAN_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_MANY = 2
""" "in months" is two of them at least."""


class PriceClaim(NamedTuple):
    """One claim on a price over time, with all that belongs to it."""

    start: int
    end: int
    kind: str
    """The list of `claim_words.toml` that it is of, or `above`, `below`, `at` beside what is usual."""
    since: tuple[date, date] | None = None
    """First and last day of what it names: a day, a month or a year."""
    back: int = 0
    """Days back from the newest price, where it says "in three months"."""
    amount: float | None = None
    """What is said to have been the price then."""
    share: float | None = None
    """By how much above or below."""


def price_claims(text: str) -> list[PriceClaim]:
    """The claims of a sentence, each place read once."""
    found: list[PriceClaim] = []
    for claim in _claims(text):
        if not any(claim.start < other.end and other.start < claim.end for other in found):
            found.append(claim)
    return found


def is_borne(claim: PriceClaim, seen: SeenProduct, ground: Ground) -> bool:
    """Whether the stored prices of a product say so, and are recent enough to speak of its price."""
    observed = ground.desk.index.catalog.prices(seen.record.id)
    standing = standing_of(seen.record, observed)
    if standing is None or _is_old(standing, ground.today, ground.desk.freshness):
        return False
    return _holds(claim, standing, daily(observed)[standing.now.currency])


def _is_old(standing: PriceStanding, today: date | None, freshness: Freshness) -> bool:
    return today is not None and age(standing.now.seen, today) > freshness.price


def _holds(claim: PriceClaim, standing: PriceStanding, days: Sequence[Price]) -> bool:
    now, before = standing.now, standing.before
    match claim.kind:
        case "price_lowest" | "price_highest":
            return _extreme(claim, standing) and _was(claim, days)
        case "price_its_lowest":
            return standing.lower_before is None and before is not None
        case "price_its_highest":
            return standing.higher_before is None and before is not None
        case "price_fell":
            moved = before is not None and before.amount > now.amount
            return moved and (claim.amount or math.inf) > now.amount and _was(claim, days)
        case "price_rose":
            moved = before is not None and before.amount < now.amount
            return moved and (claim.amount or 0.0) < now.amount and _was(claim, days)
        case "price_same":
            return before is None
        case "above" | "below" | "at":
            return _stands(claim, standing.over_median)
    return False


def _extreme(claim: PriceClaim, standing: PriceStanding) -> bool:
    """Whether nothing beyond the price was seen after the day, and something on its other side was."""
    low = claim.kind == "price_lowest"
    beyond = standing.lower_before if low else standing.higher_before
    within = standing.higher_before if low else standing.lower_before
    back = date.fromordinal(max(1, standing.now.seen.toordinal() - claim.back))
    day = claim.since[1] if claim.since else back
    if day < standing.first.seen or within is None or within.seen < day:
        return False
    return beyond is None or beyond.seen <= day


def _was(claim: PriceClaim, days: Sequence[Price]) -> bool:
    """Whether the amount that is named was seen, on the day that is named where there is one."""
    if claim.amount is None:
        return True
    first, last = claim.since or (date.min, date.max)
    then = (price.amount for price in days[:-1] if first <= price.seen <= last)
    return any(abs(amount - claim.amount) < 0.005 for amount in then)


def _stands(claim: PriceClaim, gap: float | None) -> bool:
    if gap is None:
        return False
    if claim.kind == "at":
        return abs(gap) < SAME
    share = abs(gap) if claim.share is None else claim.share
    return (gap > 0) == (claim.kind == "above") and gap != 0 and abs(share - abs(gap)) <= 0.01


def _claims(text: str) -> Iterator[PriceClaim]:
    for found in _pattern("price_ever").finditer(text):
        yield PriceClaim(found.start(), found.end(), "price_ever")
    for kind in ("price_lowest", "price_highest"):
        yield from _extremes(kind, text)
    for found in _usual().finditer(text):
        side = "above" if found["above"] else "below" if found["below"] else "at"
        share = float(found["share"].replace(",", ".")) / 100 if found["share"] else None
        yield PriceClaim(found.start(), found.end(), side, share=share)
    for kind in ("price_its_lowest", "price_its_highest", "price_fell", "price_rose", "price_same"):
        for found in _pattern(kind, rf"(?:\s+from\s+{_AMOUNT}(?:\s+[A-Z]{{3}})?)?").finditer(text):
            named = found["amount"]
            amount = float(named.replace(",", ".")) if named else None
            yield PriceClaim(found.start(), found.end(), kind, amount=amount)


def _extremes(kind: str, text: str) -> Iterator[PriceClaim]:
    """ "the lowest (price) since …", "… in three months", "… seen"."""
    for found in _extreme_pattern(kind).finditer(text):
        amount = float(found["amount"].replace(",", ".")) if found["amount"] else None
        back = _SPAN_DAYS.get((found["unit"] or "").casefold(), 0) * _many(found)
        yield PriceClaim(found.start(), found.end(), kind, _since(found), back, amount)


def _many(found: re.Match[str]) -> int:
    return int(found["many"] or (1 if found["one"] else _MANY))


def _since(found: re.Match[str]) -> tuple[date, date] | None:
    """The days that follow "since"; None where it says "in months".

    What names no day that there is gives one before all others, which no store of prices reaches back to.
    """
    try:
        if found["iso"]:
            return date.fromisoformat(found["iso"]), date.fromisoformat(found["iso"])
        if found["month"]:
            month, year = words("months").index(found["month"].casefold()) + 1, int(found["of"])
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        if found["year"]:
            return date(int(found["year"]), 1, 1), date(int(found["year"]), 12, 31)
    except ValueError:
        return date.min, date.min
    return (date.min, date.min) if found["vague"] else None


def _any(name: str) -> str:
    return "|".join(re.escape(phrase.strip()) for phrase in sorted(words(name), key=len, reverse=True))


@cache
def _pattern(name: str, tail: str = "") -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_any(name)})(?!\w){tail}", re.IGNORECASE)


@cache
def _extreme_pattern(name: str) -> re.Pattern[str]:
    months = "|".join(words("months"))
    day = rf"(?P<iso>\d{{4}}-\d\d-\d\d)|(?P<month>{months})\s+(?P<of>\d{{4}})|(?P<year>\d{{4}})"
    amount = rf"(?:\s*\({_AMOUNT}(?:\s+[A-Z]{{3}})?\))?"
    since = rf"since\s+(?:{day}|(?P<vague>{_any('vaguely')}|{months}))(?!\w){amount}"
    back = (
        r"(?:in|for)\s+(?:the\s+last\s+)?(?:(?P<many>\d{1,4})\s+|(?P<one>an?)\s+)?"
        r"(?P<unit>day|week|month|year)s?(?!\w)"
    )
    between = r"(?:\s+(?:price|it|has|been|was|seen|recorded|stored|observed))*"
    return re.compile(rf"(?<!\w)(?:{_any(name)}){between}\s+(?:{since}|{back})", re.IGNORECASE)


@cache
def _usual() -> re.Pattern[str]:
    above = r"(?P<above>above|over|dearer than|more than|more expensive than)"
    below = r"(?P<below>below|under|beneath|cheaper than|less than)"
    what = rf"(?:(?:its|the)\s+)?(?:{_any('price_median')})|its\s+(?:{_any('price_usual')})"
    share = r"(?:(?P<share>\d+(?:[.,]\d+)?)\s*(?:%|percent)\s+)?"
    return re.compile(rf"{share}(?<!\w)(?:{above}|{below}|at|near)\s+(?:{what})(?!\w)", re.IGNORECASE)
