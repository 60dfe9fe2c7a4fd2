"""A price's standing in words: a line beside a price, and whole sentences, true on the day they are told.

A history that ended long ago is told as what it was: its last price is no present one.
"""

from collections.abc import Iterator
from datetime import date

from index.prices.standing import PriceStanding
from index.product import Price

LONG = 90
"""Days back from which on a lower price is far enough to call today's the lowest since."""
SAME = 0.02
"""Share by which a price may miss its median and still be at it."""
STEADY = 0.05
"""Share by which a price must rise or fall in a year at least to be called rising or falling."""


def phrase(standing: PriceStanding) -> str:
    """How the newest price stands, without the price: "6% below its 12-month median; lower last on …"."""
    if standing.lowest.amount == standing.highest.amount:
        return f"unchanged since {standing.first.seen}"
    if standing.lower_before is None:
        return f"the lowest seen since {standing.first.seen}"
    if standing.higher_before is None:
        return f"the highest seen since {standing.first.seen}"
    return "; ".join(filter(None, (beside_median(standing), lower_last(standing))))


def beside_median(standing: PriceStanding) -> str:
    """How far the newest price is from the median of its year; empty where there is no such median."""
    gap = standing.over_median
    if gap is None:
        return ""
    if abs(gap) < SAME:
        return "at its 12-month median"
    return f"{abs(gap):.0%} {'above' if gap > 0 else 'below'} its 12-month median"


def lower_last(standing: PriceStanding) -> str:
    """When the price was lower: "the lowest since …" where that is long ago; empty where it never was."""
    lower = standing.lower_before
    if lower is None:
        return ""
    words = "the lowest since" if is_lowest_since(standing, lower.seen) else "lower last on"
    return f"{words} {lower.seen} ({lower.amount:.2f})"


def is_lowest_since(standing: PriceStanding, day: date) -> bool:
    """Whether nothing lower was seen after a day, something higher was, and the day is long enough ago."""
    lower, higher = standing.lower_before, standing.higher_before
    if higher is None or higher.seen <= day or day < standing.first.seen:
        return False
    return (lower is None or lower.seen <= day) and (standing.now.seen - day).days >= LONG


def sentence(standing: PriceStanding, today: date, stale_after: int) -> str:
    """One line such as "12.99 USD, the lowest seen since 2024-03-27", or what was last seen and when."""
    now, days = standing.now, age(standing.now.seen, today)
    if days <= stale_after:
        return f"{money(now)}, {phrase(standing)}"
    return f"last seen at {money(now)} on {now.seen}, {ago(now.seen, today)}; then {phrase(standing)}"


def sentences(standing: PriceStanding, today: date, stale_after: int) -> Iterator[str]:
    """Everything that the observations bear, in whole sentences."""
    now, days = standing.now, age(standing.now.seen, today)
    if days <= stale_after:
        yield f"Now {money(now)}, seen {now.seen} ({ago(now.seen, today)}), {phrase(standing)}."
    else:
        last = f"Last seen at {money(now)} on {now.seen}, {ago(now.seen, today)}"
        yield f"{last}; what it costs now is not known."
        yield f"On that day it was {phrase(standing)}."
    if standing.lowest.amount != standing.highest.amount:
        yield f"Lowest {_on(standing.lowest, today)}; highest {_on(standing.highest, today)}."
    if standing.median_year is not None:
        until = f" in the 12 months up to {now.seen}"
        yield f"Median {standing.median_year:.2f} {now.currency} of {standing.median_days} days{until}."
    if told := _trend(standing):
        yield told
    span = (now.seen - standing.first.seen).days
    between = f"between {standing.first.seen} and {now.seen} ({day_count(span)})"
    yield f"Seen on {standing.observations:,} days {between}."


def single(price: Price, today: date) -> str:
    """What may be said of a price that was seen on one day only."""
    return f"Seen on one day only: {money(price)} on {price.seen}, {ago(price.seen, today)}."


def _trend(standing: PriceStanding) -> str:
    if standing.trend is None:
        return ""
    if abs(standing.trend) < STEADY:
        return "No trend over that year."
    word = "Rising" if standing.trend > 0 else "Falling"
    return f"{word} over that year, by about {abs(standing.trend):.0%} of the median."


def money(price: Price) -> str:
    """An amount with its currency."""
    return f"{price.amount:.2f} {price.currency}"


def age(seen: date, today: date) -> int:
    """Days since something was seen; 0 for what bears a later day."""
    return max(0, (today - seen).days)


def ago(seen: date, today: date) -> str:
    """How long ago that is: "today", "634 days ago"; a day after today is told as one."""
    days = (today - seen).days
    if days > 0:
        return f"{day_count(days)} ago"
    return "a day still to come" if days else "today"


def day_count(days: int) -> str:
    """A number of days with its noun."""
    return f"{days:,} day{'' if days == 1 else 's'}"


def _on(price: Price, today: date) -> str:
    return f"{money(price)} on {price.seen} ({ago(price.seen, today)})"
