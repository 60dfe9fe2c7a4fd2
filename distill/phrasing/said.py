"""Whether a need stands in a text: its figure in any form, its value, its name or its word, slips forgiven.

It is the check on whoever wrote the question, rules or a model; it looks for the needs' own words and does
not read. How people's words are read is left to `agent.reading`.
"""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from agent.plan import PlanNeed
from agent.reading.tokens import singular
from distill.phrasing.amounts import written
from distill.phrasing.bank import bank
from index.card import CardAttribute, CategoryCard
from index.text.money import parse_price
from index.text.units import QuantityError, UnitError, parse_quantity

ALIKE = 0.74
"""Likeness of a mistyped word to the right one: one slip in five letters gives 0.8."""
_WORD = re.compile(r"[^\W_]+")


def stands_in(need: PlanNeed, text: str, card: CategoryCard) -> bool:
    """Whether the text holds what the need says."""
    lower = text.casefold()
    attribute = next((a for a in card.attributes if a.name == need.on), None)
    if need.op in ("low", "high", "lowest", "highest"):
        return _any_phrase(_order_words(need, attribute), lower)
    if need.on == "price" or (attribute is not None and attribute.kind == "number") or need.on == "rating":
        return _number_stands(need, lower, card)
    if attribute is not None and attribute.kind == "flag":
        return _any_phrase(names(attribute), lower)
    values = need.value.split("|")
    return all(_any_phrase(_forms(value, attribute), lower) for value in values)


def _number_stands(need: PlanNeed, text: str, card: CategoryCard) -> bool:
    try:
        number = (
            parse_price(need.value, card.currency)[0]
            if need.on == "price"
            else parse_quantity(need.value).low
        )
    except (QuantityError, UnitError):
        return False
    return any(_figure_stands(form, text) for form in written(number))


def _figure_stands(form: str, text: str) -> bool:
    """Digits may touch letters ("1.7l"), words of numbers may not: there is no "one" in "phone"."""
    edge = r"\b" if form[0].isalpha() else ""
    return re.search(rf"(?<![\d.,]){edge}{re.escape(form)}{edge}(?!\d|[.,]\d)", text) is not None


def _order_words(need: PlanNeed, attribute: CardAttribute | None) -> list[str]:
    low = need.op in ("low", "lowest")
    if attribute is not None:
        return [*(attribute.low_words if low else attribute.high_words), *names(attribute)]
    return list(bank().cues[need.on])


def names(attribute: CardAttribute) -> tuple[str, ...]:
    """What an attribute is called, its own name first."""
    return (attribute.name.replace("_", " "), *attribute.also)


def _forms(value: str, attribute: CardAttribute | None) -> list[str]:
    """A value and what else people say for it."""
    same = attribute.aliases if attribute else ()
    return [
        value,
        *(said for said, meant in same if value in (meant, said)),
        *(m for s, m in same if s == value),
    ]


def _any_phrase(phrases: Iterable[str], text: str) -> bool:
    words = [singular(w) for w in _WORD.findall(text)]
    return any(_phrase_stands([singular(w) for w in _WORD.findall(p.casefold())], words) for p in phrases)


def _phrase_stands(phrase: Sequence[str], words: Sequence[str]) -> bool:
    """Whether the words of a phrase follow one another in a text, each at most mistyped."""
    last = len(words) - len(phrase)
    return bool(phrase) and any(
        all(_alike(a, b) for a, b in zip(phrase, words[at:], strict=False)) for at in range(last + 1)
    )


def _alike(right: str, typed: str) -> bool:
    if right == typed:
        return True
    if len(right) < 4 or abs(len(right) - len(typed)) > 1 or right[0] != typed[0]:
        return False
    return SequenceMatcher(None, right, typed, autojunk=False).ratio() >= ALIKE
