"""What a product makes of the wishes, in words for a report."""

from collections.abc import Callable, Collection, Iterator, Sequence

from agent.desk import Desk
from agent.ledger import Need, SeenProduct, numeric
from agent.report.by_needs import name_of
from agent.report.claim_words import words
from agent.report.draft import FieldReference, Prose, Sentence, Text
from index.conditions import Op, Verdict, in_words, spaced
from index.product import Product

_VERBS = (("meets", Verdict.MET), ("misses", Verdict.UNMET))
_SEVERAL = 3
"""Products of which all the same is said once."""
_VALUE = "\0"
"""Stands on both sides of an attribute whose value is to be inserted; no text of a record holds it."""


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
    link: str = "and",
) -> str:
    """The wishes that a record can decide and of which its own says this: "weight, colour and size"."""
    verdicts = desk.fit(product).verdicts
    wishes = [need for need in _decidable(desk) if need.tag not in told and verdicts.get(need.tag) is verdict]
    return _listed(list(dict.fromkeys(map(name, wishes))), link)


def alike(products: Sequence[Product], desk: Desk) -> dict[str, frozenset[Verdict]]:
    """By tag the wishes that all of several products meet or that none is known to; empty for one or two."""
    if len(products) < _SEVERAL:
        return {}
    weighed = [n.tag for n in _decidable(desk) if n.condition is not None]
    made = {tag: frozenset(desk.fit(p).verdicts[tag] for p in products) for tag in weighed}
    return {
        tag: verdicts for tag, verdicts in made.items() if Verdict.MET not in verdicts or len(verdicts) == 1
    }


def of_all(products: Sequence[SeenProduct], desk: Desk) -> Iterator[str]:
    """A sentence on each wish that all of several products meet or that none is known to."""
    shared = alike([seen.record for seen in products], desk)
    wishes = [need for need in _decidable(desk) if need.tag in shared]
    lacked = [need for need in wishes if _asks_of_title(need) and Verdict.MET not in shared[need.tag]]
    if lacked:
        words_lacked = dict.fromkeys(w for need in lacked if need.condition for w in need.condition.words)
        yield f"No title of theirs has {_listed([f'“{word}”' for word in words_lacked], 'or')}."
    for need in (n for n in wishes if n not in lacked):
        name, bound = name_of(need), in_words(need.bound).removeprefix(in_words(need.attribute)).strip()
        wish = f"the wish on {name}" if need.attribute == "title" else f"the wish on {name} ({bound})"
        verdicts = shared[need.tag]
        if Verdict.MET in verdicts:
            yield f"All of them meet {wish}."
        elif Verdict.UNMET not in verdicts:
            yield f"No record of theirs tells {name}."
        else:
            known = "is known to meet" if Verdict.UNKNOWN in verdicts else "meets"
            yield f"None of them {known} {wish}{_nearest(need, products)}."


def _asks_of_title(need: Need) -> bool:
    """Whether words are wished for in the title."""
    return need.attribute == "title" and need.condition is not None and need.condition.op is not Op.IS_NOT


def _listed(items: Sequence[str], link: str) -> str:
    """ "One, two and three"; empty for nothing."""
    *others, last = items or [""]
    return f"{', '.join(others)} {link} {last}" if others else last


def _nearest(need: Need, products: Sequence[SeenProduct]) -> str:
    """Which of those that miss a wish for little or much comes nearest."""
    told = [(numeric(need.attribute, seen.record), seen.tag) for seen in products]
    numbers = [(number, tag) for number, tag in told if number is not None]
    op = need.condition.op if need.condition else None
    if op not in (Op.AT_MOST, Op.AT_LEAST) or not numbers:
        return ""
    pick = min if op is Op.AT_MOST else max
    _, nearest = pick(numbers, key=lambda pair: pair[0])
    return f"; {nearest} comes nearest"


def left_untold(
    tag: str, product: Product, reason: Prose, desk: Desk, told_once: Collection[str] = ()
) -> Sentence:
    """What a reason (names stand in it for tags) does not say of the wishes, as clauses; empty if nothing.

    A value that the reason does not tell stands behind its name. `told_once` holds the tags of wishes of
    which the report says once what all picks make of them.
    """
    judged = {n.tag for n in _decidable(desk) if any(_judges(sentence, name_of(n)) for sentence in reason)}
    told = judged.union(told_once)
    values = {span.name for sentence in reason for span in sentence if isinstance(span, FieldReference)}
    known = {attribute.name for attribute in product.attributes} - values

    def valued(need: Need) -> str:
        return (
            f"{name_of(need)} ({_VALUE}{need.attribute}{_VALUE})"
            if need.attribute in known
            else name_of(need)
        )

    wishes = on_wishes(product, desk, valued, told)
    unknown = wishes_that(product, Verdict.UNKNOWN, desk, name_of, told, link="or")
    clauses = (wishes and f"it {wishes}", unknown and f"its record does not tell {unknown}")
    parts = "; ".join(filter(None, clauses)).split(_VALUE)
    return tuple(
        FieldReference(tag=tag, name=part) if at % 2 else Text(text=part)
        for at, part in enumerate(parts)
        if part
    )


def _decidable(desk: Desk) -> list[Need]:
    return [need for need in desk.needs if not need.hard and need.attribute != "other"]


def _judges(sentence: Sentence, name: str) -> bool:
    """Whether a sentence says of what is called so that it is met, missed or left open."""
    text = spaced("".join(span.text for span in sentence if isinstance(span, Text)))
    judged = not {*words("met"), *words("missed"), *words("left_open")}.isdisjoint(text.split())
    return judged and f" {spaced(name)} " in f" {text} "
