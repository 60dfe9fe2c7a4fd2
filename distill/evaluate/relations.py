"""Comparisons in a sentence that numbers decide: price, rating, and comparatives of the card's words."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agent.report.ground import Ground, flat
from distill.evaluate.statements import Statement
from distill.judging.report_words import phrases, words
from index.card import CategoryCard
from index.conditions import spaced


class Relation(NamedTuple):
    """One product held against another, or against all that fit."""

    subject: str
    object: str
    """A tag; empty for a superlative, or where none is named."""
    field: str
    less: bool
    """Whether the subject's number must be the smaller one."""
    words: str

    def others(self, ground: Ground) -> Sequence[str]:
        """Tags that it is held against."""
        if self.object:
            return (self.object,)
        fitting = [ground.desk.evidence.tag_of(p) for p in ground.desk.eligible()]
        return [tag for tag in fitting if tag != self.subject] or [self.subject]


class _Word(NamedTuple):
    phrase: str
    field: str
    less: bool
    superlative: bool = False


def relations(statement: Statement, ground: Ground) -> Iterator[Relation]:
    """Every comparison whose two sides are known; denied ones are left out."""
    text = flat(statement.sentence)
    marks = ground.marks(statement.sentence)
    shown = {seen.tag for seen in ground.desk.evidence.products()}
    for word in _words(ground.desk.category):
        for found in re.finditer(rf"(?<!\w){re.escape(word.phrase)}(?!\w)", text, re.IGNORECASE):
            before = [m.tag for m in marks if m.start < found.start()]
            after = [m.tag for m in marks if m.start >= found.end()]
            subject = before[-1] if before else statement.about
            other = next((tag for tag in after if tag != subject), "")
            following = spaced(text[found.end() :]).split()[:4]
            denied = not words("turn").isdisjoint(spaced(text[: found.start()]).split()[-3:])
            compared = "than" in following or following[:3] == ["of", "the", "two"]
            if denied or subject not in shown:
                continue
            if word.superlative:
                yield Relation(subject, "", word.field, word.less, word.phrase)
            elif other and compared:
                yield Relation(subject, other, word.field, word.less, word.phrase)


def _words(card: CategoryCard | None) -> Iterator[_Word]:
    for name, field, less in (
        ("cheaper", "price", True),
        ("dearer", "price", False),
        ("better_rated", "rating", False),
        ("worse_rated", "rating", True),
    ):
        yield from (_Word(phrase, field, less) for phrase in phrases(name))
    yield from (_Word(phrase, "price", True, True) for phrase in phrases("cheapest"))
    yield from (_Word(phrase, "price", False, True) for phrase in phrases("dearest"))
    for attribute in card.attributes if card else ():
        for less, adjectives in ((True, attribute.low_words), (False, attribute.high_words)):
            for adjective in adjectives:
                yield from (_Word(form, attribute.name, less) for form in comparatives(adjective))


def comparatives(adjective: str) -> tuple[str, ...]:
    """The forms in which an adjective compares: "quieter", "more powerful"."""
    if " " in adjective or len(adjective) < 3:
        return ()
    if adjective.endswith("e"):
        short = f"{adjective}r"
    elif adjective.endswith("y"):
        short = f"{adjective[:-1]}ier"
    else:
        doubled = re.fullmatch(r"[^aeiou]*[aeiou][bdgmnpt]", adjective)
        short = f"{adjective}{adjective[-1] if doubled else ''}er"
    return (short, f"more {adjective}")
