"""Prices of a generated shop: two years of observations with drift and sales, and today's offers.

The history is about the lowest price of each day; the offers of today agree with its last observation.
"""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from index.demo.products import Sketch
from index.demo.spec import ShopSpec
from index.product import Offer, Origin, Price, PriceObservation

TODAY = date(2026, 11, 1)
"""The day on which a generated shop was last seen; fixed, so that the catalogue is always the same."""

_SALES = ((11, 24, 16), (7, 8, 10), (1, 4, 12), (5, 20, 9))
"""Month, day and length in days of the sales that return every year."""


def price_history(shop: ShopSpec, sketch: Sketch, rng: Random) -> tuple[tuple[date, float], ...]:
    """Days with the lowest price of each, as many as the shop observes, the last of them `TODAY`."""
    days = _days(rng.randint(*shop.observed), rng)
    drift = sketch.category.drift + rng.gauss(0, 0.05)
    step_day = TODAY - timedelta(days=rng.randint(60, 700))
    step = rng.choice((0.0, 0.0, 0.0, 0.06, 0.1, -0.08, -0.15))
    depth = rng.choice((0.0, 0.08, 0.15, 0.22, 0.3))
    level, history = rng.gauss(0, 0.03), []
    for day in days:
        if rng.random() < 0.45:
            level = 0.6 * level + rng.gauss(0, 0.035)
        years = (TODAY - day).days / 365.25
        logarithm = math.log(sketch.price) - drift * years + level - step * (day < step_day)
        if depth and _on_sale(day) and rng.random() < 0.8:
            logarithm += math.log(1 - depth * rng.uniform(0.7, 1.1))
        elif rng.random() < 0.05:
            logarithm += math.log(1 - rng.uniform(0.05, 0.2))
        history.append((day, shop_price(math.exp(logarithm), sketch.brand.ending, rng)))
    return tuple(history)


def observations(
    shop: ShopSpec, sketch: Sketch, history: tuple[tuple[date, float], ...], first_row: int
) -> Iterator[PriceObservation]:
    """The history as records."""
    for row, (day, amount) in enumerate(history, first_row):
        origin = Origin(source=shop.source, file="prices.csv", row=row, seen=day)
        price = Price(amount=amount, currency=shop.currency, seen=day)
        yield PriceObservation(product_id=sketch.id, origin=origin, price=price)


def offers(
    shop: ShopSpec, history: tuple[tuple[date, float], ...], ending: float, rng: Random
) -> tuple[Offer, ...]:
    """One to three sellers of today, or none; the cheapest asks what the history ends with."""
    if rng.random() >= shop.offered:
        return ()
    amount = history[-1][1]
    usual = sorted(price for _, price in history)[len(history) * 3 // 4]
    sellers = rng.sample(shop.sellers, rng.choices((1, 2, 3), (58, 28, 14))[0])
    found = []
    for index, seller in enumerate(sellers):
        asked = amount if index == 0 else shop_price(amount * rng.uniform(1.02, 1.17), ending, rng)
        was = usual if index == 0 and usual > amount * 1.06 and rng.random() < 0.8 else None
        stock = rng.choices(
            ("in stock", "few left", "ships in 1-2 weeks", "out of stock", ""), (70, 9, 8, 4, 9)
        )
        price = Price(amount=max(asked, amount), currency=shop.currency, seen=TODAY)
        found.append(Offer(price=price, seller=seller, availability=stock[0], was=was))
    return tuple(found)


def shop_price(amount: float, ending: float, rng: Random) -> float:
    """An amount with an ending that shops like."""
    if rng.random() < 0.06:
        return round(amount, 2)
    if amount >= 250 and ending != 0.0:
        return math.floor(amount / 10) * 10 + (9.99 if ending == 0.99 else 9.0)
    return max(round(math.floor(amount) + ending, 2), 1.0)


def _days(count: int, rng: Random) -> list[date]:
    age = 730 if rng.random() < 0.7 else rng.randint(150, 700)
    offsets = {0, age} | {round(age * (i + rng.uniform(-0.4, 0.4)) / count) for i in range(1, count - 1)}
    return sorted(TODAY - timedelta(days=o) for o in offsets)


def _on_sale(day: date) -> bool:
    return any(0 <= (day - date(day.year, month, start)).days <= days for month, start, days in _SALES)
