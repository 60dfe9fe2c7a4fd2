"""What the words of a question can mean on one catalogue card: values, names, brands, adjectives, units.

Everything here comes from the card; the same question means other things beside another card.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from agent.reading.lexicon import lexicon
from agent.reading.tokens import key_of, tokenise
from index.card import CardAttribute, CategoryCard
from index.conditions import in_words, spaced
from index.text.money import currency_code
from index.text.units import UnitError, canonical_unit, convert

SenseKind = Literal["value", "brand", "name", "part", "adjective"]
LONGEST_PHRASE = 8
MOST_WORDS = 10
"""Words of a value that take part in the vocabulary; longer ones are prose."""


@dataclass(frozen=True, slots=True)
class Sense:
    """One meaning of a phrase."""

    kind: SenseKind
    attribute: str
    value: str = ""
    """For values: as the card writes it."""
    full: bool = True
    """Whether the phrase is the whole value, or the whole name."""
    side: Literal["", "low", "high"] = ""
    """For adjectives: which values they ask for."""
    degree: Literal["", "more", "most"] = ""
    rank: int = 0
    """Place among the attribute's values, the commonest first."""


@dataclass(frozen=True)
class Vocabulary:
    """Phrases of a card by key."""

    card: CategoryCard
    senses: dict[str, tuple[Sense, ...]]
    numerals: dict[str, tuple[Sense, ...]]
    """Values that are bare numbers; they mean a value only where an amount finds no attribute."""
    patterns: dict[tuple[str, str], str]
    """By attribute and word: what parts the word from its number in values ("rtx 4070", "lga1700")."""
    suffixes: frozenset[str]
    """Words that follow such a number ("4070 ti")."""
    models: dict[str, tuple[str, str]]
    """The attribute and the number of values that are known by a number alone ("4090")."""

    def attribute(self, name: str) -> CardAttribute | None:
        """The card's attribute of that name, or None for built-in fields."""
        return next((a for a in self.card.attributes if a.name == name), None)

    def measured(self, unit: str) -> list[CardAttribute]:
        """Number attributes that a unit can measure."""
        return [a for a in self.card.attributes if a.kind == "number" and convertible(unit, a.unit)]

    def accepts(self, unit: str) -> bool:
        """Whether a unit measures anything here."""
        return bool(unit) and any(
            convertible(unit, a.unit) for a in self.card.attributes if a.kind == "number"
        )

    def below_zero(self, unit: str) -> bool:
        """Whether something that the unit measures here lies below zero."""
        return any((a.low or 0) < 0 for a in self.measured(unit))

    def degrees(self) -> str:
        """The unit of the temperatures here, where no angle is measured; else empty."""
        temperatures = (a.unit for a in self.card.attributes if convertible(a.unit, "°C"))
        return "" if self.accepts("°") else next(temperatures, "")

    def prices_in(self, sign: str) -> bool:
        """Whether prices on the card are in the currency of this sign."""
        return bool(self.card.currency) and currency_code(sign, self.card.currency) == self.card.currency

    def names(self, text: str) -> bool:
        """Whether a word is a name or a value here."""
        return key_of(text) in self.senses


@lru_cache(maxsize=4096)
def convertible(unit: str, other: str) -> bool:
    """Whether two units measure the same."""
    if not unit or not other:
        return False
    try:
        convert(1.0, unit, other)
    except UnitError:
        return False
    return True


@lru_cache(maxsize=64)
def vocabulary(card: CategoryCard) -> Vocabulary:
    """The vocabulary of a card."""
    senses: dict[str, list[Sense]] = {}
    numerals: dict[str, list[Sense]] = {}
    for phrase, sense in _phrases(card):
        key = key_of(phrase)
        if not key:
            continue
        bare = not any(c.isalpha() for c in key) and " " not in key
        known = (numerals if bare else senses).setdefault(key, [])
        if not any(_same(sense, k) for k in known):
            known.append(sense)
    patterns, suffixes = _patterns(card)
    return Vocabulary(
        card=card,
        senses={k: tuple(v) for k, v in senses.items()},
        numerals={k: tuple(v) for k, v in numerals.items()},
        patterns=patterns,
        suffixes=suffixes,
        models=_models(card),
    )


def _same(sense: Sense, known: Sense) -> bool:
    return (sense.kind, sense.attribute, sense.side) == (known.kind, known.attribute, known.side)


def _phrases(card: CategoryCard) -> Iterator[tuple[str, Sense]]:
    """Every phrase with a meaning; of several values with the same part the commonest comes first."""
    for brand in card.brands:
        yield brand, Sense("brand", "brand", brand)
    for attribute in card.attributes:
        for name in _names(attribute):
            yield name, Sense("name", attribute.name)
            if attribute.kind == "flag" and name.endswith("less"):
                for ending in ("d", "ed"):
                    yield name[:-4] + ending, Sense("value", attribute.name, "no")
        for said, meant in attribute.aliases:
            yield said, Sense("value", attribute.name, meant)
        for rank, value in enumerate(_values(attribute)):
            yield value, Sense("value", attribute.name, value, rank=rank)
    taken = {key_of(name) for a in card.attributes for name in _names(a)}
    for attribute in card.attributes:
        for rank, value in enumerate(_values(attribute)):
            for part in _parts(value):
                if key_of(part) not in taken:
                    yield part, Sense("value", attribute.name, part, full=False, rank=rank)
        yield from _adjectives(attribute)
        for word in (w for name in _names(attribute) for w in name.split()):
            if word.isalpha() and (len(word) >= 4 or word.isupper()) and not _measures(word):
                yield word, Sense("part", attribute.name, full=False)


def _names(attribute: CardAttribute) -> list[str]:
    """Its name, others for it, and the adjective of a "resistance"."""
    names = [in_words(attribute.name), *attribute.also]
    return names + [f"{name[:-4]}{name[-4]}nt" for name in names if name.endswith(("ance", "ence"))]


def _values(attribute: CardAttribute) -> list[str]:
    """The card's values, taken apart where a source lists several in one."""
    if attribute.kind != "text":
        return []
    parts = (p.strip() for v in attribute.values for p in re.split(r"\s+[/|]\s+|[,;|]", v))
    spelled = (p for p in dict.fromkeys(parts) if p and spaced(p))
    return [p for p in spelled if p.casefold() not in lexicon().stop and p.casefold() not in ("no", "none")]


def _parts(value: str) -> Iterator[str]:
    """Runs of words inside a value that can stand for it: "atx" of "atx mid tower", "m 2" of "m.2 nvme"."""
    words = spaced(value).split()[:MOST_WORDS]
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            run = words[start:end]
            if end - start < len(words) and _telling(run, start == 0):
                yield " ".join(run)


def _telling(run: Sequence[str], leads: bool) -> bool:
    """Whether a part of a value says something by itself; units, numbers and small words do not."""
    if any(w in lexicon().stop for w in (run[0], run[-1])) or run[0] == "+":
        return False
    if leads and len(run) > 1 and run[0].isalpha() and run[1][0].isdigit():
        return True
    letters = [t.text for w in run for t in tokenise(w) if t.kind == "word"]
    return any(len(w) > 1 and not _is_unit(w) for w in letters)


@lru_cache(maxsize=4096)
def _is_unit(word: str) -> bool:
    if len(word) > 4:
        return False
    try:
        return canonical_unit(word) != "" and len(word) <= 3
    except UnitError:
        return False


@lru_cache(maxsize=4096)
def _measures(word: str) -> bool:
    """Whether a word is a spelling of a unit, which says nothing of the attribute."""
    try:
        return canonical_unit(word) != word
    except UnitError:
        return False


def _adjectives(attribute: CardAttribute) -> Iterator[tuple[str, Sense]]:
    sides: tuple[tuple[Literal["low", "high"], tuple[str, ...]], ...] = (
        ("low", attribute.low_words),
        ("high", attribute.high_words),
    )
    for side, words in sides:
        for word in words:
            yield word, Sense("adjective", attribute.name, side=side)
            for more, most in _degrees(word):
                yield more, Sense("adjective", attribute.name, side=side, degree="more")
                yield most, Sense("adjective", attribute.name, side=side, degree="most")


def _degrees(word: str) -> Iterable[tuple[str, str]]:
    """Comparative and superlative: quieter, biggest, tiniest, more silent."""
    if " " in word:
        return []
    long = (f"more {word}", f"most {word}")
    if word.endswith("e"):
        return [(word + "r", word + "st"), long]
    if word.endswith("y") and len(word) > 3:
        return [(word[:-1] + "ier", word[:-1] + "iest"), long]
    short = [(word + "er", word + "est"), long]
    if re.search(r"[^aeiou][aeiou][^aeiouwxy]$", word):
        short.append((word + word[-1] + "er", word + word[-1] + "est"))
    return short


def _models(card: CategoryCard) -> dict[str, tuple[str, str]]:
    """Numbers of three digits and more by which people call values of words."""
    models: dict[str, tuple[str, str]] = {}
    for attribute in card.attributes:
        for value in _values(attribute):
            words = spaced(value).split()
            numbers = [w for before, w in pairwise(words) if before.isalpha() and w.isdigit() and len(w) > 2]
            models.update((n, (attribute.name, n)) for n in numbers if n not in models)
    return models


def _patterns(card: CategoryCard) -> tuple[dict[tuple[str, str], str], frozenset[str]]:
    """How an attribute's values join a word and a number, so that values beyond the card can be read."""
    joins: dict[tuple[str, str], str] = {}
    suffixes: set[str] = set()
    for attribute in card.attributes:
        for value in _values(attribute):
            tokens = tokenise(spaced(value))
            for at in range(len(tokens) - 1):
                word, number = tokens[at], tokens[at + 1]
                if word.kind == "word" and number.kind == "number" and len(word.word) > 1:
                    joins.setdefault((attribute.name, word.word), "" if number.glued else " ")
                    suffixes.update(
                        t.word for t in tokens[at + 2 : at + 3] if t.kind == "word" and not t.glued
                    )
    return joins, frozenset(s for s in suffixes if not _is_unit(s))
