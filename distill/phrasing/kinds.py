"""From a need to the kind of thing that is said, and the words that fill the frames of that kind.

Names and words come from the card; one that could mean two attributes is never used without its name.
"""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from agent.plan import PlanNeed
from agent.reading.tokens import singular
from distill.phrasing.bank import bank
from index.card import CardAttribute, CategoryCard
from index.conditions import spaced
from index.text.money import parse_price
from index.text.units import parse_quantity, spellings_of

_BOUNDS = {"<": "below", "<=": "most", ">": "above", ">=": "least", "=": "exact", "!=": "exact"}


class Figure(NamedTuple):
    """A number to be written: money where there is a currency, else with a unit or what is counted."""

    number: float
    unit: str = ""
    currency: str = ""
    counted: str = ""


class Spoken(NamedTuple):
    """A need taken apart for its frames."""

    kind: str
    name: str = ""
    words: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    named: bool = False
    """Whether nothing but the name tells which attribute is meant."""
    hard: bool = True


def spoken(needs: Sequence[PlanNeed], card: CategoryCard, rng: Random) -> Spoken:
    """One need, or the two ends of a range, as it is spoken of."""
    need = needs[0]
    attribute = next((a for a in card.attributes if a.name == need.on), None)
    said = _built_in(needs, card) if attribute is None else _of_attribute(needs, attribute, card, rng)
    orders = need.op in ("low", "high", "lowest", "highest") or need.on == "other"
    return said._replace(hard=need.hard or orders)


def name_of(attribute: CardAttribute, rng: Random) -> str:
    """What the attribute is called: mostly its own name, sometimes another that can stand in its place."""
    own = attribute.name.replace("_", " ")
    meant = {said for said, _ in attribute.aliases} | set(spellings_of(attribute.unit))
    others = [
        n
        for n in attribute.also
        if n not in meant and len(n) <= 26 and n.split() and n.split()[-1] not in bank().no_names
    ]
    share = 0.12 if attribute.kind == "flag" else 0.3
    return rng.choice(others) if others and rng.random() < share else own


def _built_in(needs: Sequence[PlanNeed], card: CategoryCard) -> Spoken:
    need = needs[0]
    match need.on:
        case "price" if need.op in ("low", "lowest"):
            return Spoken(f"price_{need.op}")
        case "price":
            amounts = (parse_price(n.value, card.currency) for n in needs)
            figures = tuple(Figure(number, currency=currency) for number, currency in amounts)
            return Spoken("price_range" if len(needs) == 2 else f"price_{_BOUNDS[need.op]}", figures=figures)
        case "rating" if need.op in ("high", "highest"):
            return Spoken("rated" if need.op == "high" else "top_rated")
        case "rating":
            return Spoken("rating_least", figures=(Figure(parse_quantity(need.value).low, "stars"),))
        case "brand":
            return Spoken("not_brand" if need.op == "!=" else "brand", words=tuple(need.value.split("|")))
        case _:
            return Spoken("other", words=(need.value,))


def _of_attribute(
    needs: Sequence[PlanNeed], attribute: CardAttribute, card: CategoryCard, rng: Random
) -> Spoken:
    need, name = needs[0], name_of(attribute, rng)
    if need.op in ("low", "high", "lowest", "highest"):
        return _order(need, attribute, card, rng)
    if attribute.kind == "flag":
        return _flag(need, name)
    if attribute.kind == "text":
        words = tuple(need.value.split("|"))
        kind = "not_value" if need.op == "!=" else "values" if len(words) > 1 else "value"
        return Spoken(kind, name, words, named=any(_shared(w, attribute, card) for w in words))
    quantities = [parse_quantity(n.value) for n in needs]
    counted = "" if quantities[0].unit else _counted(attribute)
    figures = tuple(Figure(q.low, q.unit, counted=counted) for q in quantities)
    alike = [a for a in card.attributes if a.kind == "number" and a.unit == attribute.unit]
    named = not counted and (not quantities[0].unit or len(alike) > 1)
    return Spoken(
        "amount_range" if len(needs) == 2 else f"amount_{_BOUNDS[need.op]}", name, (), figures, named
    )


def _order(need: PlanNeed, attribute: CardAttribute, card: CategoryCard, rng: Random) -> Spoken:
    low = need.op in ("low", "lowest")
    said = attribute.low_words if low else attribute.high_words
    own = [w for w in said if not _shared(w, attribute, card)]
    most = need.op in ("lowest", "highest")
    if own and rng.random() < 0.85:
        return Spoken("most" if most else "adjective", name_of(attribute, rng), (rng.choice(own),))
    name = attribute.name.replace("_", " ")
    return Spoken(need.op if most else "end_low" if low else "end_high", name)


def _flag(need: PlanNeed, name: str) -> Spoken:
    yes = (need.value != "no") == (need.op != "!=")
    if name.endswith(bank().adjective_endings) and not name.endswith(bank().not_adjectives):
        return Spoken("is" if yes else "isnt", name, (name,))
    return Spoken("has" if yes else "lacks", name)


def _counted(attribute: CardAttribute) -> str:
    """The name of what a bare number counts ("microphones"); empty where no name is a plural."""
    names = [attribute.name.replace("_", " "), *attribute.also]
    plain = [
        n
        for n in names
        if len(n.split()) in (1, 2) and len(n.split()[-1]) > 3 and n.replace(" ", "").isalpha()
    ]
    many = [n for n in plain if singular(n.split()[-1]) != n.split()[-1]]
    # "persons" beside "person" is surely a noun; "sleeps" need not be.
    return next((n for n in many if singular(n) in names), many[0] if many else "")


def _shared(word: str, attribute: CardAttribute, card: CategoryCard) -> bool:
    """Whether a word speaks of another attribute too, or of the thing itself."""
    wanted = spaced(word)
    if wanted in {spaced(n) for n in (card.path[-1], *card.also)}:
        return True
    return any(wanted in _words_of(a) for a in card.attributes if a.name != attribute.name)


def _words_of(attribute: CardAttribute) -> set[str]:
    aliases = (said for said, _ in attribute.aliases)
    own = (*attribute.low_words, *attribute.high_words, *attribute.values, *attribute.also, *aliases)
    return {spaced(w) for w in (attribute.name, *own)}
