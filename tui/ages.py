"""A product's price with the day on which it was seen, and what of the product is stale today."""

from datetime import date
from typing import NamedTuple

from agent.observe import price_text
from index.freshness import Freshness, stale_lines
from index.prices.sentences import age
from index.product import Price, Product


class Today(NamedTuple):
    """The day on which products are looked at, and how long what was said of them is fresh."""

    freshness: Freshness
    day: date

    def price(self, product: Product) -> str:
        """The lowest asked price and when it was seen; where it is stale, `stale` says when."""
        price = product.price
        if price is None or self.is_stale(price):
            return price_text(product)
        return f"{price_text(product)} seen {price.seen}"

    def is_stale(self, price: Price) -> bool:
        """Whether a price was seen too long ago to be called present."""
        return age(price.seen, self.day) > self.freshness.price

    def stale(self, product: Product) -> tuple[str, ...]:
        """What was seen too long ago: "price seen 2024-03-02, 634 days ago"."""
        return stale_lines(product, self.day, self.freshness)
