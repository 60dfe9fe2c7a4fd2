"""What typed values may rest on: fields of the records seen, the category's vocabulary, the person's words.

Which value rests on what is decided in `agent.report.claims`.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import NamedTuple

from agent.desk import Desk
from agent.ledger import SeenProduct
from agent.report.claim_words import words
from agent.report.draft import Citation, FieldReference, Sentence, Text
from agent.report.facts import seen_product
from agent.report.typed import STARS, Typed, same_currency, typed_numbers
from index.card import CategoryCard
from index.conditions import padded, spaced
from index.text.units import UnitError, convert

HOLE = "\ufffc"
"""Stands in a sentence's text for a reference."""


LONGEST_QUESTION = 4_000
"""Characters of a question whose numbers and words may be repeated."""


class Mark(NamedTuple):
    """Where a sentence names a product."""

    start: int
    end: int
    tag: str


class NumberField(NamedTuple):
    """The numbers that a record gives for one field."""

    names: tuple[str, ...]
    """What people call it, spaced."""
    numbers: tuple[float, ...]
    unit: str = ""
    """A unit, `stars`, or empty."""
    currency: str = ""

    def values(self, typed: Typed) -> tuple[float, ...]:
        """The numbers as they compare with a typed one; none where the two measure different things."""
        if typed.currency:
            return self.numbers if self.currency and same_currency(typed.currency, self.currency) else ()
        if not typed.unit or typed.unit == self.unit or not (self.unit or self.currency):
            return self.numbers
        if self.currency or STARS in (self.unit, typed.unit):
            return ()
        try:
            # Compared as precisely as it was typed: 140 mm may be called 5.5 inches.
            return tuple(round(convert(n, self.unit, typed.unit), typed.decimals) for n in self.numbers)
        except UnitError:
            return ()


class Ground:
    """The desk and what the person wrote, as the checks of typed values ask for it."""

    def __init__(self, desk: Desk, question: str = "", today: date | None = None) -> None:
        self.desk = desk
        self.today = today
        said = [question[:LONGEST_QUESTION], *(n.said for n in desk.needs), *(n.bound for n in desk.needs)]
        self.asked = padded(said)
        self.asked_numbers = frozenset(t.value for text in said for t in typed_numbers(text))

    def products(self, tags: tuple[str, ...]) -> list[SeenProduct]:
        """The products under tags; raises UnknownTagError."""
        return [seen_product(self.desk.evidence, tag) for tag in tags]

    @cached_property
    def currencies(self) -> frozenset[str]:
        """Codes that count as money when they follow a number."""
        seen = (o.price.currency for s in self.desk.evidence.products() for o in s.record.offers)
        card = [self.desk.category.currency] if self.desk.category else []
        return frozenset(filter(None, (*card, *seen)))

    @cached_property
    def value_pattern(self) -> re.Pattern[str]:
        """Words for values of the category's text attributes, the longest first."""
        attributes = self.desk.category.attributes if self.desk.category else ()
        said = {w for a in attributes for w in (*a.values, *(said for said, _ in a.aliases))}
        everyday = words("everyday")
        telling = {
            w for w in said if len(w) > 1 and re.search(r"[^\W\d_]", w) and w.casefold() not in everyday
        }
        return _any_of(telling, re.IGNORECASE)

    @cached_property
    def feature_patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """Words for the category's yes/no attributes, with the attribute's name."""
        flags = [a for a in (self.desk.category.attributes if self.desk.category else ()) if a.kind == "flag"]
        return [(_any_of({a.name.replace("_", " "), *a.also}, re.IGNORECASE), a.name) for a in flags]

    @cached_property
    def name_pattern(self) -> re.Pattern[str]:
        """Names of attributes that have several words, one of which may be another attribute's value."""
        attributes = self.desk.category.attributes if self.desk.category else ()
        names = {n.replace("_", " ") for a in attributes for n in (a.name, *a.also)}
        return _any_of({n for n in names if " " in n}, re.IGNORECASE)

    @cached_property
    def brand_pattern(self) -> re.Pattern[str]:
        """Brands as written: many are everyday words in lower case."""
        card = self.desk.category.brands if self.desk.category else ()
        seen = (s.record.brand for s in self.desk.evidence.products())
        return _any_of({b for b in (*card, *seen) if len(b) > 1}, 0)

    @cached_property
    def _names(self) -> list[tuple[str, str]]:
        """Titles, tags, and brands of which only one product was seen; the longest first."""
        seen = self.desk.evidence.products()
        names = [(s.record.title, s.tag) for s in seen if len(s.record.title) > 1]
        in_titles = padded(s.record.title for s in seen)
        # "P14" without brackets is a tag, unless it is part of a product's name.
        names += [(s.tag, s.tag) for s in seen if f" {s.tag.casefold()} " not in in_titles]
        for brand in dict.fromkeys(s.record.brand for s in seen if s.record.brand):
            owners = [s.tag for s in seen if s.record.brand == brand]
            if len(owners) == 1:
                names.append((brand, owners[0]))
        return sorted(names, key=lambda n: -len(n[0]))

    def named(self, sentence: Sentence) -> tuple[str, ...]:
        """Tags of the products that a sentence cites or names, in order."""
        return tuple(dict.fromkeys(m.tag for m in self.marks(sentence)))

    def marks(self, sentence: Sentence) -> list[Mark]:
        """Every place at which a sentence names a product; its references must be known."""
        marks, at = [], 0
        for span in sentence:
            if isinstance(span, (Citation, FieldReference)) and span.tag.startswith("P"):
                marks.append(Mark(at, at + 1, span.tag))
            at += len(span.text) if isinstance(span, Text) else 1
        text = flat(sentence)
        for name, tag in self._names:
            for start in _places(name, text):
                end = start + len(name)
                if not any(m.start < end and start < m.end for m in marks):
                    marks.append(Mark(start, end, tag))
        return sorted(marks)


def flat(sentence: Sentence) -> str:
    """A sentence's own text, with a hole for each reference."""
    return "".join(span.text if isinstance(span, Text) else HOLE for span in sentence)


def _places(name: str, text: str) -> Iterator[int]:
    """Where a name stands in a text as whole words; patterns for sixty names cost four times as much."""
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        whole = not (_in_word(text[:start][-1:]) or _in_word(text[end : end + 1]))
        if whole:
            yield start
        start = text.find(name, end if whole else start + 1)


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _any_of(words: set[str], flags: int) -> re.Pattern[str]:
    ordered = sorted(words, key=lambda w: (-len(w), w))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ordered)) or '(?!)'})(?!\w)", flags)


def fields(seen: SeenProduct, card: CategoryCard | None) -> Iterator[NumberField]:
    """Every field of a product that holds numbers."""
    product = seen.record
    for currency in sorted({o.price.currency for o in product.offers}):
        asked = [o for o in product.offers if o.price.currency == currency]
        amounts = [o.price.amount for o in asked] + [o.was for o in asked if o.was is not None]
        yield NumberField(("price", "costs", "cost", "priced"), tuple(amounts), currency=currency)
    if product.rating is not None:
        yield NumberField(("rating", "rated"), (product.rating, round(product.rating, 1)), unit=STARS)
    also = {a.name: a.also for a in card.attributes} if card else {}
    for attribute in product.attributes:
        if attribute.low is not None and attribute.high is not None:
            names = tuple(
                spaced(n.replace("_", " ")) for n in (attribute.name, *also.get(attribute.name, ()))
            )
            yield NumberField(names, (attribute.low, attribute.high), unit=attribute.unit)


def record_text(seen: SeenProduct, card: CategoryCard | None) -> str:
    """What a product's record says in words, padded, with the card's other words for its values."""
    product = seen.record
    values = [text for a in product.attributes for text in (a.raw, *a.words)]
    prose = (product.description, *product.bullets)
    own = padded((product.title, product.brand, *product.category, *values, *prose))
    pairs = [pair for a in (card.attributes if card else ()) for pair in a.aliases]
    meant = [said for said, value in pairs if f" {spaced(value)} " in own]
    return own + padded(meant)
