"""On which side a sentence of English stands: praise, complaint, both or neither, by a word list.

Meant for reviews without labels; where aspects are labelled, the labels decide.
"""

import re
from collections.abc import Iterator, Sequence

from agent.report.draft import Polarity
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
        turned = not words("turn").isdisjoint(said[max(0, at - REACH) : at])
        if word in words("reports_praise"):
            return "complaint" if turned else "praise"
        if word in words("reports_complaint"):
            return "praise" if turned else "complaint"
    taken = sides(text)
    return next(iter(taken)) if len(taken) == 1 else None


def _in_clause(said: Sequence[str]) -> Iterator[Polarity]:
    for at, word in enumerate(said):
        before = said[max(0, at - REACH) : at]
        if word == "too" and at + 1 < len(said):
            yield _turned("complaint", said[max(0, at - 2) : at])
        if word == "hard" and said[at + 1 : at + 2] == ["to"]:
            yield _turned("complaint", before)
        if not words("elsewhere").isdisjoint(said[:at]) or "too" in before[-2:]:
            continue
        if word in words("praise"):
            wished = not words("wished").isdisjoint(before)
            hard = before[-2:] == ["hard", "to"]
            yield "complaint" if wished or hard else _turned("praise", before)
        elif word in words("complaint"):
            yield _turned("complaint", before)


def _turned(side: Polarity, before: Sequence[str]) -> Polarity:
    """The other side after an odd number of denials; "not only" denies nothing."""
    denials = sum(
        word in words("turn") and before[at + 1 : at + 2] != ["only"] for at, word in enumerate(before)
    )
    return _OTHER[side] if denials % 2 else side
