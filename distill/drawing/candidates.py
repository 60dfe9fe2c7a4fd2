"""What somebody who ends up with a product might have asked for: one candidate for each of its facts.

A hard candidate is one need, or the two ends of a range, that the product is known to meet.
"""

from collections.abc import Iterator, Sequence
from random import Random

from agent.plan import PlanNeed
from distill.drawing.limits import FEW_VALUES, Side, draw_side, exact_of, limit_on, price_limit
from distill.drawing.reckoner import Reckoner
from distill.phrasing.bank import bank
from index.card import CardAttribute, CategoryCard
from index.conditions import NO_WORDS
from index.product import Attribute, Product

Candidate = tuple[PlanNeed, ...]

_LONGEST = 24
"""Characters of a value that people still say."""
_COMMON = 8
"""Values and brands that are common enough for somebody to refuse them."""


def hard_candidates(target: Product, reckoner: Reckoner, rng: Random) -> Iterator[Candidate]:
    """Candidates in random order, well-covered attributes and the price rather first."""
    card = reckoner.card
    places: list[tuple[float, str]] = [(rng.random() / (0.1 + a.coverage), a.name) for a in card.attributes]
    places += [(rng.random() / 1.6, "price"), (rng.random() / 0.3, "brand"), (rng.random() / 0.25, "rating")]
    attributes = {a.name: a for a in card.attributes}
    for _, name in sorted(places):
        drawn = (
            _built_in(name, target, reckoner, rng)
            if name in ("price", "brand", "rating")
            else _of_attribute(attributes[name], target, reckoner, rng)
        )
        if drawn and all(reckoner.meets(n, target) for n in drawn):
            yield drawn


def soft_candidates(target: Product, reckoner: Reckoner, rng: Random, taken: set[str]) -> list[PlanNeed]:
    """Wishes in random order, at most one an attribute, none on what is taken."""
    card = reckoner.card
    wishes = [w for a in card.attributes if a.name not in taken for w in _adjectives(a, card, rng)]
    wishes = rng.sample(wishes, min(3, len(wishes)))
    if card.priced > 0.5 and "price" not in taken and rng.random() < 0.35:
        wishes.append(PlanNeed(on="price", op=rng.choice(("low", "low", "lowest")), hard=False))
    if card.rated > 0.5 and "rating" not in taken and rng.random() < 0.25:
        wishes.append(PlanNeed(on="rating", op=rng.choice(("high", "high", "highest")), hard=False))
    if rng.random() < 0.45:
        wishes.append(PlanNeed(on="other", op="has", value=_other(target, reckoner, rng), hard=False))
    wishes += [w for w in _likes(target, reckoner, rng) if w.on not in taken]
    rng.shuffle(wishes)
    return list({w.on: w for w in reversed(wishes)}.values())[::-1]


def _likes(target: Product, reckoner: Reckoner, rng: Random) -> Iterator[PlanNeed]:
    """A hard candidate or two that the person would merely like."""
    for candidate in hard_candidates(target, reckoner, rng):
        if len(candidate) == 1 and candidate[0].on not in ("price", "rating"):
            yield candidate[0].model_copy(update={"hard": False})
            return


def _built_in(name: str, target: Product, reckoner: Reckoner, rng: Random) -> Candidate:
    card = reckoner.card
    if name == "price":
        return _price(target, reckoner, rng)
    if name == "rating":
        stars = [s for s in (3.5, 4.0, 4.0, 4.5) if target.rating is not None and s <= target.rating]
        return (PlanNeed(on="rating", op=">=", value=f"{rng.choice(stars):g} stars"),) if stars else ()
    others = [b for b in card.brands[:_COMMON] if b.casefold() != target.brand.casefold()]
    if target.brand in card.brands and rng.random() < 0.5:
        return (PlanNeed(on="brand", op="=", value=target.brand),)
    return (PlanNeed(on="brand", op="!=", value=rng.choice(others)),) if others and target.brand else ()


def _price(target: Product, reckoner: Reckoner, rng: Random) -> Candidate:
    price, card = target.price, reckoner.card
    if price is None or price.currency != card.currency:
        return ()
    numbers, strict = reckoner.of("price"), rng.random() < 0.5
    upper = price_limit(price.amount, card.currency, numbers, Side(True, strict), rng)
    if rng.random() < 0.8 or upper is None:
        return (upper,) if upper else ()
    lower = price_limit(price.amount, card.currency, numbers, Side(False, False), rng)
    if lower is None or rng.random() < 0.2:
        return (lower or upper,)
    return (lower, upper.model_copy(update={"op": "<="}))


def _of_attribute(attribute: CardAttribute, target: Product, reckoner: Reckoner, rng: Random) -> Candidate:
    has = target.attribute(attribute.name)
    if has is None:
        return ()
    if attribute.kind == "flag":
        return (PlanNeed(on=attribute.name, op="=", value="yes" if has.flag else "no"),)
    if attribute.kind == "text":
        return _text(attribute, has, rng)
    return _number(attribute, has, reckoner.of(attribute.name), rng)


def _number(attribute: CardAttribute, has: Attribute, numbers: Sequence[float], rng: Random) -> Candidate:
    exact = exact_of(attribute, has, numbers)
    better = attribute.better or attribute.limits
    if exact is not None and rng.random() < (0.08 if better else 0.5):
        return (exact,)
    side = draw_side(better, rng)
    limit = limit_on(attribute, has, numbers, side, rng)
    ranged = len(set(numbers)) > FEW_VALUES and not better and rng.random() < 0.3
    if limit is None or not ranged:
        return (limit,) if limit else ()
    ends = [limit_on(attribute, has, numbers, Side(upper, False), rng) for upper in (False, True)]
    both = tuple(e for e in ends if e is not None)
    return both if len(both) == 2 and both[0].value != both[1].value else (limit,)


def _text(attribute: CardAttribute, has: Attribute, rng: Random) -> Candidate:
    offered = [v for v in attribute.values if sayable(v)]
    own = [v for v in offered if v in has.words]
    others = [v for v in offered[:_COMMON] if v not in has.words]
    if others and rng.random() < 0.22:
        return (PlanNeed(on=attribute.name, op="!=", value=_said(rng.choice(others), attribute, rng)),)
    if not own:
        return ()
    said = _said(rng.choice(own), attribute, rng)
    if others and rng.random() < 0.18:
        return (PlanNeed(on=attribute.name, op="=", value=f"{said}|{rng.choice(others)}"),)
    return (PlanNeed(on=attribute.name, op="=", value=said),)


def sayable(value: str) -> bool:
    """Whether people say a value: words or a short figure, not "16/8/8/16/6/8/12" and not "none"."""
    if len(value) > _LONGEST or value in NO_WORDS or "," in value:
        return False
    return any(c.isalpha() for c in value) or (len(value) <= 6 and "/" not in value)


def _said(value: str, attribute: CardAttribute, rng: Random) -> str:
    """The value, or what people say for it."""
    names = [said for said, meant in attribute.aliases if meant == value and len(said) <= _LONGEST]
    return rng.choice(names) if names and rng.random() < 0.35 else value


def _adjectives(attribute: CardAttribute, card: CategoryCard, rng: Random) -> Iterator[PlanNeed]:
    """Soft ends of an attribute that have a word, or that most people prefer."""
    if attribute.kind != "number":
        return
    ends = [
        *(["low"] if alone(attribute.low_words, card) and attribute.better != "high" else []),
        *(["high"] if alone(attribute.high_words, card) and attribute.better != "low" else []),
    ]
    ends = ends or ([attribute.better] if attribute.better else [])
    if ends:
        end = rng.choice(ends)
        extreme = rng.random() < 0.2
        op = ("lowest" if end == "low" else "highest") if extreme else ("low" if end == "low" else "high")
        yield PlanNeed.model_validate({"on": attribute.name, "op": op, "hard": False})


def _other(target: Product, reckoner: Reckoner, rng: Random) -> str:
    """A wish that only reviews decide: of what buyers of this product speak, else a common one."""
    spoken = sorted({a.name for r in reckoner.index.catalog.reviews(target.id) for a in r.aspects})
    return f"good {rng.choice(spoken)}" if spoken and rng.random() < 0.7 else rng.choice(bank().wishes)


def alone(words: Sequence[str], card: CategoryCard) -> list[str]:
    """Those of an attribute's words that speak of no other attribute of the card."""
    return [w for w in words if sum(w in (*a.low_words, *a.high_words) for a in card.attributes) == 1]
