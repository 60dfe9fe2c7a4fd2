"""How products stand to the needs, each held against them once until the needs or its record change.

A research asks for the same verdicts some hundred times: they were a quarter of its time. What a verdict
means is left to `ledger`.
"""

from collections.abc import Iterable, Sequence

from agent.ledger import Fit, Need, judge, place
from index.as_asked import as_asked
from index.product import Product


class Standings:
    """The fits and places of products under the needs last asked about."""

    def __init__(self) -> None:
        self._needs: tuple[Need, ...] = ()
        self._fits: dict[str, tuple[Product, Fit]] = {}
        self._places: dict[str, tuple[Product, tuple[float, ...]]] = {}
        self._asked: dict[str, tuple[Product, Product]] = {}

    def as_asked(self, needs: Sequence[Need], product: Product) -> Product:
        """The product as those of its variants are that answer the needs."""
        self._hold(needs)
        if not any(offer.options for offer in product.offers):
            return product
        known = self._asked.get(product.id)
        if known is None or not any(product is each for each in known):
            hard, soft = ([n.condition for n in needs if n.hard is h and n.condition] for h in (True, False))
            known = self._asked[product.id] = (product, as_asked(product, hard, soft))
        return known[1]

    def fit(self, needs: Sequence[Need], product: Product) -> Fit:
        """How a product stands to the needs."""
        return self._fit(self.as_asked(needs, product))

    def ranked(self, needs: Sequence[Need], products: Iterable[Product]) -> list[Product]:
        """Products in the order in which they answer the needs."""
        return sorted((self.as_asked(needs, product) for product in products), key=self._place)

    def _hold(self, needs: Sequence[Need]) -> None:
        """Forget everything where these are other needs: frozen records are the same if they are one."""
        same = len(needs) == len(self._needs) and all(map(_is_same, needs, self._needs))
        if not same:
            self._needs = tuple(needs)
            self._fits.clear()
            self._places.clear()
            self._asked.clear()

    def _fit(self, product: Product) -> Fit:
        known = self._fits.get(product.id)
        if known is None or known[0] is not product:
            known = self._fits[product.id] = (product, judge(self._needs, product))
        return known[1]

    def _place(self, product: Product) -> tuple[float, ...]:
        known = self._places.get(product.id)
        if known is None or known[0] is not product:
            known = self._places[product.id] = (product, place(self._needs, product, self._fit(product)))
        return known[1]


def _is_same(one: Need, other: Need) -> bool:
    return one is other
