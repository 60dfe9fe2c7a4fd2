"""Needs drawn around a product, so that the products that satisfy them are known before anything is said.

Needs are written as a person's plan would hold them, bound by `agent.plan` and counted over the index; what
does not bind as it was meant is never drawn. How they are said is left to `phrasing`.
"""

from collections.abc import Iterator, Sequence
from math import inf
from random import Random

from agent.ledger import Need
from agent.past import MOST_SHOWN, shown_wishes
from agent.plan import PlanNeed
from distill.drawing.candidates import Candidate, hard_candidates, soft_candidates
from distill.drawing.reckoner import Reckoner
from distill.drawing.shelves import Shelf
from distill.task import Answer, Persona, TrueNeed
from distill.told import says_little
from index.conditions import Condition, Op
from index.product import Product, Record

MOST_NEEDS = 6
MANY = 40
"""Fitting products above which nobody has said enough."""
_SHARE = 0.35
"""The same as a share of a small category."""
_HARD = {"none": (2, 2, 3, 3, 4), "one": (2, 3, 3, 4, 5), "many": (1, 2, 2, 3, 3, 4)}
_SOFT = (0, 1, 1, 1, 2)
_ASKED = 0.4
_HIDDEN = 0.95
"""Of those whose history shows a wish, how many keep it to themselves."""


class DrawnNeeds(Record):
    """Needs with their truth."""

    needs: tuple[TrueNeed, ...]
    fitting: int
    """Products that satisfy every hard need."""


def draw_needs(
    reckoner: Reckoner, shelf: Shelf, persona: Persona, answer: Answer, rng: Random
) -> DrawnNeeds | None:
    """Two to six needs with the wanted number of answers; None where this draw found none such."""
    target, wanted = _target(shelf, reckoner, rng), rng.choice(_HARD[answer])
    pool = hard_candidates(target, reckoner, rng)
    if answer == "none":
        hard = _for_none(pool, reckoner, shelf, wanted, rng)
    else:
        hard = _around(pool, reckoner, answer, wanted)
    if hard is None:
        return None
    needs = [TrueNeed(need=n) for n in hard]
    soft = soft_candidates(target, reckoner, rng, {n.on for n in hard})
    needs += [TrueNeed(need=n) for n in soft[: min(rng.choice(_SOFT), MOST_NEEDS - 1 - len(needs))]]
    rng.shuffle(needs)
    needs = _revealed(_paired(needs), rng)
    needs += _hidden(persona, reckoner, {t.need.on for t in needs}, MOST_NEEDS - len(needs), rng)
    if len(needs) < 2:
        return None
    return DrawnNeeds(needs=tuple(needs), fitting=reckoner.count(t.need for t in needs if t.need.hard))


def clash(needs: Sequence[Need]) -> str:
    """The attribute on which two needs cannot both hold; empty where none do."""
    for at, one in enumerate(needs):
        for other in needs[at + 1 :]:
            if one.attribute == other.attribute and _opposed(one, other):
                return one.attribute
    return ""


def _opposed(one: Need, other: Need) -> bool:
    a, b = one.condition, other.condition
    if a is None or b is None:
        return one.aim != other.aim and a is b
    first, second = _span(a), _span(b)
    if first is not None and second is not None:
        return max(first[0], second[0]) > min(first[1], second[1])
    if a.flag is not None and b.flag is not None:
        return (a.flag == (a.op is Op.IS)) != (b.flag == (b.op is Op.IS))
    if a.op is Op.IS and b.op is Op.IS:
        return not set(a.words) & set(b.words)
    return {a.op, b.op} == {Op.IS, Op.IS_NOT} and bool(set(a.words) & set(b.words))


def _span(condition: Condition) -> tuple[float, float] | None:
    """The numbers that a condition leaves; None where it is about no number, or only leaves one out."""
    if condition.number is None or condition.op is Op.IS_NOT:
        return None
    low, high = condition.span
    return -inf if condition.op is Op.AT_MOST else low, inf if condition.op is Op.AT_LEAST else high


def _target(shelf: Shelf, reckoner: Reckoner, rng: Random) -> Product:
    """A product of which the record says something."""
    some = rng.sample(shelf.goods, min(3, len(shelf.goods)))
    return reckoner.index.catalog.product(max(some, key=lambda g: (g.facts, g.id)).id)


def _around(
    pool: Iterator[Candidate], reckoner: Reckoner, answer: Answer, wanted: int
) -> list[PlanNeed] | None:
    """Needs of the target, taken while the number of fitting products stays in its bounds."""
    most = 1 if answer == "one" else max(2, min(MANY, round(reckoner.card.count * _SHARE)))
    needs: list[PlanNeed] = []
    fitting = reckoner.card.count
    for candidate in pool:
        if len(needs) + len(candidate) > MOST_NEEDS - 1 or (fitting <= most and len(needs) >= wanted):
            break
        left = reckoner.count([*needs, *candidate])
        if left < (1 if answer == "one" else 2) or (needs and left == fitting):
            continue
        needs, fitting = [*needs, *candidate], left
    return needs if needs and fitting <= most else None


def _for_none(
    pool: Iterator[Candidate], reckoner: Reckoner, shelf: Shelf, wanted: int, rng: Random
) -> list[PlanNeed] | None:
    """Needs of one product, and one of another's that none of those that fit them meets."""
    needs: list[PlanNeed] = []
    for candidate in pool:
        if len(needs) + len(candidate) >= wanted:
            break
        if reckoner.count([*needs, *candidate]):
            needs += candidate
    for _ in range(4):
        other, taken = _target(shelf, reckoner, rng), {n.on for n in needs}
        for candidate in hard_candidates(other, reckoner, rng):
            if candidate[0].on not in taken and not reckoner.count([*needs, *candidate]):
                return [*needs, *candidate]
    return None


def _paired(needs: Sequence[TrueNeed]) -> list[TrueNeed]:
    """The two ends of a range side by side, the lower first."""
    ordered: list[TrueNeed] = []
    for true in needs:
        if true in ordered:
            continue
        same = [t for t in needs if t.need.on == true.need.on and t.need.on != "other"]
        ordered += sorted(same, key=lambda t: t.need.op[0] != ">") if len(same) > 1 else [true]
    return ordered


def _revealed(needs: Sequence[TrueNeed], rng: Random) -> list[TrueNeed]:
    """Where little is said, some needs are told when asked; the first is always said, a range whole."""
    told: list[TrueNeed] = []
    for at, true in enumerate(needs):
        if at and told[-1].need.on == true.need.on:
            told.append(true.model_copy(update={"reveal": told[-1].reveal}))
        else:
            asked = bool(told) and true.need.on != "other" and rng.random() < _ASKED
            told.append(true.model_copy(update={"reveal": "asked" if asked else "volunteered"}))
    if says_little(told):
        return told
    return [true.model_copy(update={"reveal": "volunteered"}) for true in told]


def _hidden(
    persona: Persona, reckoner: Reckoner, taken: set[str], room: int, rng: Random
) -> Iterator[TrueNeed]:
    """Wishes that the history shows and the person does not say."""
    shown = shown_wishes(reckoner.card, persona.history, persona.brands, thrifty=persona.spending == "low")
    wishes = [w for w in shown if w.on == "other" or w.on not in taken]
    decided = [w for w in wishes if w.on == "other" or reckoner.condition(w) is not None]
    kept = [w for w in decided if rng.random() < _HIDDEN]
    for wish in kept[: min(room, MOST_SHOWN)]:
        yield TrueNeed(need=wish, reveal="hidden")
