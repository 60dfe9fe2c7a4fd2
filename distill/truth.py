"""The truth of a task over an index: its needs as typed conditions and the products that satisfy them."""

from collections.abc import Sequence
from typing import NamedTuple

from agent.ledger import Need
from agent.plan import bind
from distill.task import TrueNeed
from index.card import CategoryCard
from index.search import Index, SearchRequest

EVERYTHING = 1_000_000
"""More products than any category holds."""


class Truth(NamedTuple):
    """What is true of a task, whatever a run made of it."""

    card: CategoryCard
    needs: tuple[Need, ...]
    """Bound, in the task's order, tagged T1, T2 …"""
    fitting: frozenset[str]
    """Ids of the products known to meet every hard need."""


def truth(category: tuple[str, ...], needs: Sequence[TrueNeed], index: Index) -> Truth:
    """Bind the needs on the category's card and find what satisfies the hard ones."""
    card = index.card_for(category)
    bound = tuple(bind(true.need, f"T{n}", card, index) for n, true in enumerate(needs, start=1))
    return Truth(card, bound, satisfying(category, bound, index))


def satisfying(category: tuple[str, ...], needs: Sequence[Need], index: Index) -> frozenset[str]:
    """Ids of the category's products that meet every hard need."""
    conditions = tuple(n.condition for n in needs if n.hard and n.condition is not None)
    request = SearchRequest(query="", category=category, conditions=conditions, limit=EVERYTHING)
    return frozenset(hit.product.id for hit in index.search(request).hits)
