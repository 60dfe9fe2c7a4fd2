"""How a price stands among the stored observations of one product in one currency.

All of it is computed from the observations, and what they are too few or too close together to bear is None.
How it is said is left to `index.prices.sentences`.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import combinations
from statistics import median

from index.product import Price, PriceObservation, Product, Record

YEAR = timedelta(days=365)
MEDIAN_DAYS = 3
"""Days observed within a year from which on a median is told."""
MEDIAN_SPAN = timedelta(days=90)
"""What these days must span at least: a median of one week is none of a year."""
TREND_DAYS = 5
"""Days observed within a year from which on a trend is told, over the same span."""
AGREEING = 0.75
"""Share of the pairs of days with unlike prices that must go one way to be a trend."""


class PriceStanding(Record):
    """The newest price among the lowest of each day."""

    now: Price
    """The newest observation; whether that is today's price its day says."""
    lowest: Price
    """The first day of the lowest price."""
    highest: Price
    """The first day of the highest price."""
    observations: int
    """Days on which a price was seen."""
    first: Price
    before: Price | None
    """The last observation that was another amount; None where the price never changed."""
    lower_before: Price | None
    """The last earlier observation that was lower; None where the newest is the lowest of all."""
    higher_before: Price | None
    """The last earlier observation that was higher; None where the newest is the highest of all."""
    median_year: float | None
    """Median of the observations in the year up to the newest."""
    median_days: int
    """Days observed in that year."""
    trend: float | None
    """Share of the median by which the price rose over that year's observations; below 0 it fell, and it is 0
    where too few pairs of days agree. None where there are too few days."""

    @property
    def over_median(self) -> float | None:
        """How far the newest price is above the median, as a share of it; below 0 it is lower."""
        return self.now.amount / self.median_year - 1 if self.median_year else None


def price_standings(history: Sequence[PriceObservation]) -> tuple[PriceStanding, ...]:
    """One for each currency in which two days or more were seen, the one seen last first."""
    by_day = daily(history)
    standings = [_standing(days) for days in by_day.values() if len(days) > 1]
    return tuple(sorted(standings, key=lambda s: (-s.now.seen.toordinal(), -s.observations, s.now.currency)))


def price_standing(history: Sequence[PriceObservation], currency: str = "") -> PriceStanding | None:
    """Where the newest price stands, in this currency or the one seen last; None with fewer than two days."""
    newest = max((o.price.seen for o in history), default=None)
    fitting = (
        s
        for s in price_standings(history)
        if (s.now.currency == currency if currency else s.now.seen == newest)
    )
    return next(fitting, None)


def standing_of(product: Product, observed: Sequence[PriceObservation]) -> PriceStanding | None:
    """How a product's price stands, in the currency in which it is asked where that is known."""
    return price_standing(observed, product.price.currency if product.price else "")


def daily(history: Iterable[PriceObservation]) -> dict[str, list[Price]]:
    """The lowest price of each day, oldest first, by currency."""
    best: dict[tuple[str, date], Price] = {}
    for price in (o.price for o in history):
        key = price.currency, price.seen
        if key not in best or price.amount < best[key].amount:
            best[key] = price
    found: dict[str, list[Price]] = {}
    for currency, day in sorted(best):
        found.setdefault(currency, []).append(best[currency, day])
    return found


def _standing(days: Sequence[Price]) -> PriceStanding:
    now, earlier = days[-1], days[-2::-1]
    year = [p for p in days if now.seen - p.seen <= YEAR]
    spans = year[-1].seen - year[0].seen >= MEDIAN_SPAN
    middle = median(p.amount for p in year)
    return PriceStanding(
        now=now,
        lowest=min(days, key=lambda p: p.amount),
        highest=max(days, key=lambda p: p.amount),
        observations=len(days),
        first=days[0],
        before=next((p for p in earlier if p.amount != now.amount), None),
        lower_before=next((p for p in earlier if p.amount < now.amount), None),
        higher_before=next((p for p in earlier if p.amount > now.amount), None),
        median_year=middle if spans and len(year) >= MEDIAN_DAYS else None,
        median_days=len(year),
        trend=_rise(year) / middle if spans and len(year) >= TREND_DAYS and middle else None,
    )


def _rise(days: Sequence[Price]) -> float:
    """How far the price rose from the first day to the last, by the median slope of any two (Theil-Sen)."""
    slopes = [(two.amount - one.amount) / (two.seen - one.seen).days for one, two in combinations(days, 2)]
    up, down = sum(slope > 0 for slope in slopes), sum(slope < 0 for slope in slopes)
    if max(up, down) < AGREEING * (up + down):
        return 0.0
    return median(slopes) * (days[-1].seen - days[0].seen).days
