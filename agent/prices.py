"""What stored price observations allow to be said of a price today, and nothing more."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from statistics import median

from index.product import Price, PriceObservation, Record


class PriceStanding(Record):
    """A price among the stored observations of the same currency."""

    now: Price
    lowest: Price
    highest: Price
    observations: int
    first: Price
    lower_before: Price | None
    """The last earlier observation that was lower; None where today's is the lowest of all."""
    median_year: float
    """Median of the observations in the year up to the newest."""

    def sentence(self) -> str:
        """One line such as "12.99 USD, the lowest since 2024-03-27 (9.99)"."""
        return f"{self.now.amount:.2f} {self.now.currency}, {self.phrase()}"

    def phrase(self) -> str:
        """How today's price stands, without the price."""
        if self.lowest.amount == self.highest.amount:
            return f"unchanged since {self.first.seen}"
        if self.lower_before is None:
            return f"the lowest seen since {self.first.seen}"
        if self.now.amount >= self.highest.amount:
            return f"the highest seen since {self.first.seen}"
        lower = f"lower last on {self.lower_before.seen} ({self.lower_before.amount:.2f})"
        gap = self.now.amount / self.median_year - 1 if self.median_year else 0.0
        if abs(gap) < 0.02:
            return f"at its 12-month median; {lower}"
        side = "above" if gap > 0 else "below"
        return f"{abs(gap):.0%} {side} its 12-month median; {lower}"


def price_standing(history: Sequence[PriceObservation]) -> PriceStanding | None:
    """Where the newest price stands; None with fewer than two days observed in its currency."""
    ordered = sorted((o.price for o in history), key=lambda p: p.seen)
    if not ordered:
        return None
    now = min((p for p in ordered if p.seen == ordered[-1].seen), key=lambda p: p.amount)
    same = _lowest_by_day(p for p in ordered if p.currency == now.currency)
    if len(same) < 2:
        return None
    earlier = [p for p in same if p.seen < now.seen]
    year = [p.amount for p in same if p.seen >= now.seen - timedelta(days=365)]
    return PriceStanding(
        now=now,
        lowest=min(same, key=lambda p: p.amount),
        highest=max(same, key=lambda p: p.amount),
        observations=len(same),
        first=same[0],
        lower_before=next((p for p in reversed(earlier) if p.amount < now.amount), None),
        median_year=median(year),
    )


def _lowest_by_day(prices: Iterable[Price]) -> list[Price]:
    best: dict[date, Price] = {}
    for price in prices:
        kept = best.get(price.seen)
        if kept is None or price.amount < kept.amount:
            best[price.seen] = price
    return list(best.values())
