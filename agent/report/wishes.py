"""What a product makes of the wishes, in words for a report."""

from collections.abc import Callable, Collection

from agent.desk import Desk
from agent.ledger import Need
from agent.report.by_needs import name_of
from agent.report.claim_words import words
from agent.report.draft import Prose, Sentence, Text
from index.conditions import Verdict, spaced
from index.product import Product

_VERBS = (("meets", Verdict.MET), ("misses", Verdict.UNMET))


def on_wishes(product: Product, desk: Desk, name: Callable[[Need], str], told: Collection[str] = ()) -> str:
    """What it makes of them, as the end of a sentence; empty where records decide none.

    `told` holds the tags of wishes that are told elsewhere.
    """
    named = [(verb, wishes_that(product, verdict, desk, name, told)) for verb, verdict in _VERBS]
    return " and ".join(f"{verb} the wish on {names}" for verb, names in named if names)


def wishes_that(
    product: Product,
    verdict: Verdict,
    desk: Desk,
    name: Callable[[Need], str],
    told: Collection[str] = (),
) -> str:
    """The wishes that a record can decide and of which its own says this: "weight, colour and size"."""
    verdicts = desk.fit(product).verdicts
    wishes = [need for need in _decidable(desk) if need.tag not in told and verdicts.get(need.tag) is verdict]
    *others, last = list(dict.fromkeys(map(name, wishes))) or [""]
    return f"{', '.join(others)} and {last}" if others else last


def left_untold(product: Product, reason: Prose, desk: Desk) -> str:
    """What a reason (names stand in it for tags) does not say of the wishes, as clauses; empty if nothing."""
    told = {n.tag for n in _decidable(desk) if any(_judges(sentence, name_of(n)) for sentence in reason)}
    wishes = on_wishes(product, desk, name_of, told)
    unknown = wishes_that(product, Verdict.UNKNOWN, desk, name_of, told)
    clauses = (wishes and f"it {wishes}", unknown and f"its record does not tell {unknown}")
    return "; ".join(filter(None, clauses))


def _decidable(desk: Desk) -> list[Need]:
    return [need for need in desk.needs if not need.hard and need.attribute != "other"]


def _judges(sentence: Sentence, name: str) -> bool:
    """Whether a sentence says of what is called so that it is met, missed or left open."""
    text = spaced("".join(span.text for span in sentence if isinstance(span, Text)))
    judged = not {*words("met"), *words("missed"), *words("left_open")}.isdisjoint(text.split())
    return judged and f" {spaced(name)} " in f" {text} "
