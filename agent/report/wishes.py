"""What a product makes of the wishes, in words for a report."""

from collections.abc import Callable

from agent.desk import Desk
from agent.ledger import Need
from index.conditions import Verdict
from index.product import Product

_VERBS = (("meets", Verdict.MET), ("misses", Verdict.UNMET))


def on_wishes(product: Product, desk: Desk, name: Callable[[Need], str]) -> str:
    """What it makes of them, as the end of a sentence; empty where records decide none."""
    named = [(verb, wishes_that(product, verdict, desk, name)) for verb, verdict in _VERBS]
    return " and ".join(f"{verb} the wish on {names}" for verb, names in named if names)


def wishes_that(product: Product, verdict: Verdict, desk: Desk, name: Callable[[Need], str]) -> str:
    """The wishes that a record can decide and of which its own says this: "weight, colour and size"."""
    verdicts = desk.fit(product).verdicts
    decided = (need for need in desk.needs if not need.hard and need.attribute != "other")
    wishes = [need for need in decided if verdicts.get(need.tag) is verdict]
    *others, last = [name(need) for need in wishes] or [""]
    return f"{', '.join(others)} and {last}" if others else last
