"""What is worth opening, what is compared, and what a report names: decided by code from the ranking.

A product that meets every hard need answers the question, whoever writes the report; leaving it out would
hide it. So the researcher decides what to say of a product that fits, not whether it is named.
"""

from collections.abc import Sequence

from agent.desk import Desk
from index.conditions import Verdict, decide
from index.product import Product

OPENED = 8
"""Products worth opening; beyond them only what fits, as many as a report names."""
COMPARED = 12
"""Products compared where a comparison names none."""
SHOWN = 4
"""Products named as worth opening next."""
NAMED = 14
"""Products that a report names at most, where as many fit."""
SAVED = 0.85
"""A budget pick costs at most this share of the best pick."""


def worth_opening(desk: Desk) -> list[Product]:
    """What was seen and not opened yet of the best, and of what else fits."""
    opened = {s.record.id for s in desk.evidence.products(opened=True)}
    ranked = desk.ranked()
    worth = [*ranked[:OPENED], *(p for p in ranked[OPENED:NAMED] if desk.fit(p).fits)]
    return [p for p in worth if p.id not in opened]


def worth_opening_lines(desk: Desk) -> list[str]:
    """What to open next, best first, for the researcher to read; no line where that is nothing."""
    tags = [desk.evidence.tag_of(product) for product in worth_opening(desk)[:SHOWN]]
    return [f"worth opening: {', '.join(tags)}"] if tags else []


def candidates(desk: Desk) -> list[Product]:
    """What is compared where a comparison names no products: the best seen, and what fits of more."""
    ranked = desk.ranked()
    fitting = sum(desk.fit(p).fits for p in ranked)
    return ranked[: max(COMPARED, min(NAMED, fitting))]


def answers(desk: Desk) -> list[Product]:
    """What a report names: the best of what may be picked.

    Where the person named a thing and some products bear all its names, only those answer.
    """
    eligible = desk.eligible()
    names = [n.condition for n in desk.needs if n.attribute == "title" and n.condition]
    bearing = [p for p in eligible if all(decide(c, p) is Verdict.MET for c in names)]
    return (bearing or eligible)[:NAMED]


def budget_pick(fitting: Sequence[Product], desk: Desk) -> Product | None:
    """The cheapest of what costs clearly less than the best, which stands first; rather one that gives up no
    wish for it.
    """
    best, *others = fitting or (None,)
    if best is None or best.price is None:
        return None
    most, currency, wishes = best.price.amount * SAVED, best.price.currency, desk.fit(best).soft_met
    saving = [
        (desk.fit(p).soft_met < wishes, p.price.amount, p)
        for p in others
        if p.price and p.price.currency == currency and p.price.amount <= most
    ]
    return min(saving, key=lambda placed: placed[:2])[2] if saving else None
