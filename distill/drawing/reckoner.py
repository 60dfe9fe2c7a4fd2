"""Binds and counts needs on one category and remembers: drawing one task tries hundreds of needs."""

from collections.abc import Iterable, Sequence

from agent.plan import PlanNeed, bind
from index.card import CategoryCard
from index.conditions import Condition, Verdict, decide
from index.product import Product
from index.search import Index, SearchRequest

_REMEMBERED = 1000
"""Conditions after which the memory is emptied, about 1 MB a category."""


class Reckoner:
    """One category's card, numbers and counts, as they were when it was made."""

    def __init__(self, card: CategoryCard, index: Index) -> None:
        self.card = card
        self.index = index
        self._numbers: dict[str, Sequence[float]] = {}
        self._conditions: dict[PlanNeed, Condition | None] = {}

    def numbers(self, path: tuple[str, ...], attribute: str) -> Sequence[float]:
        """Every number of an attribute in the category, ascending; the form that `bind` asks for."""
        if attribute not in self._numbers:
            self._numbers[attribute] = self.index.numbers(path, attribute)
        return self._numbers[attribute]

    def of(self, attribute: str) -> Sequence[float]:
        """Every number of an attribute, `price` or `rating`, ascending."""
        return self.numbers(self.card.path, attribute)

    def condition(self, need: PlanNeed) -> Condition | None:
        """What a need binds to; None for what no record decides and for orderings."""
        if need not in self._conditions:
            if len(self._conditions) >= _REMEMBERED:
                self._conditions.clear()
            self._conditions[need] = bind(need, "T", self.card, self).condition
        return self._conditions[need]

    def meets(self, need: PlanNeed, product: Product) -> bool:
        """Whether a need binds to a condition that the product is known to meet."""
        condition = self.condition(need)
        return condition is not None and decide(condition, product) is Verdict.MET

    def count(self, needs: Iterable[PlanNeed]) -> int:
        """Products of the category that are known to meet all needs."""
        conditions = tuple(c for c in map(self.condition, needs) if c is not None)
        request = SearchRequest(query="", category=self.card.path, conditions=conditions, limit=0)
        return self.index.search(request).total
