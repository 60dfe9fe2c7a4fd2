"""What a report says of prices in time, by code alone: a product's history, and what of it is stale."""

from collections.abc import Iterable, Sequence
from datetime import date

from agent.ledger import SeenProduct
from agent.report.facts import cite
from agent.report.record import PriceHistory, PricePoint
from index.freshness import Freshness
from index.prices.sentences import age, sentence
from index.prices.standing import daily, standing_of
from index.product import PriceObservation, Product


def price_points(observed: Sequence[PriceObservation], currency: str) -> tuple[PricePoint, ...]:
    """The lowest price of each day in a currency; none with fewer than two days."""
    days = daily(observed).get(currency, [])
    return tuple(PricePoint(day=price.seen, amount=price.amount) for price in days) if len(days) > 1 else ()


def price_history(
    seen: SeenProduct, observed: Sequence[PriceObservation], today: date, freshness: Freshness
) -> PriceHistory | None:
    """What a product cost day by day; None with fewer than two days observed in its currency."""
    standing = standing_of(seen.record, observed)
    if standing is None:
        return None
    return PriceHistory(
        currency=standing.now.currency,
        points=price_points(observed, standing.now.currency),
        sentence=sentence(standing, today, freshness.price),
        cite=cite(seen).model_copy(update={"seen": standing.now.seen}),
    )


def stale_prices(products: Iterable[Product], today: date, freshness: Freshness) -> tuple[int, int]:
    """How many of the products have a price, and how many of these prices are stale."""
    prices = [product.price for product in products if product.price]
    return len(prices), sum(age(price.seen, today) > freshness.price for price in prices)
