"""On which side a sentence of English stands: praise, complaint, both or neither, by a word list.

Meant for reviews without labels; where aspects are labelled, the labels decide.
"""

import re
from collections.abc import Iterator, Sequence

from agent.report.draft import Polarity
from distill.evaluate.word_forms import turned
from distill.judging.report_words import words
from index.conditions import spaced

REACH = 4
"""Words before an opinion in which a denial turns it round."""
_CLAUSE = re.compile(
    r"[.,;:!?()–—…]+|\b(?:but|yet|although|though|however|while|whereas|and|which|because|except)\b", re.I
)
_OTHER: dict[Polarity, Polarity] = {"praise": "complaint", "complaint": "praise"}


def clauses(text: str) -> list[str]:
    """The clauses of a text, empty ones left out."""
    return [clause for clause in _CLAUSE.split(text) if clause.strip()]


def sides(text: str) -> frozenset[Polarity]:
    """The sides that the text takes."""
    return frozenset(side for clause in clauses(text) for side in _in_clause(spaced(clause).split()))


def reported_side(text: str) -> Polarity | None:
    """The one side that a sentence about reviews reports; None where it takes none or both.

    "Buyers complain that ..." settles the side, whatever words follow.
    """
    said = spaced(text).split()
    for at, word in enumerate(said):
        denied = not words("turn").isdisjoint(said[max(0, at - REACH) : at])
        if word in words("reports_praise"):
            return "complaint" if denied else "praise"
        if word in words("reports_complaint"):
            return "praise" if denied else "complaint"
    taken = sides(text)
    return next(iter(taken)) if len(taken) == 1 else None


def _in_clause(said: Sequence[str]) -> Iterator[Polarity]:
    for at, word in enumerate(said):
        before = said[max(0, at - REACH) : at]
        if word == "too" and at + 1 < len(said):
            yield _side("complaint", said[max(0, at - 2) : at])
        if word == "hard" and said[at + 1 : at + 2] == ["to"]:
            yield _side("complaint", before)
        if not words("elsewhere").isdisjoint(said[:at]) or "too" in before[-2:]:
            continue
        if word in words("praise"):
            wished = not words("wished").isdisjoint(before)
            hard = before[-2:] == ["hard", "to"]
            yield "complaint" if wished or hard else _side("praise", before)
        elif word in words("complaint"):
            yield _side("complaint", before)


def _side(side: Polarity, before: Sequence[str]) -> Polarity:
    """A side, or the other one where the words before turn it round."""
    return _OTHER[side] if turned(before) else side
