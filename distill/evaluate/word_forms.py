"""Words of a sentence that claim something, in a form in which two texts can be compared."""

import re
from collections.abc import Iterable, Sequence

from distill.judging.report_words import words
from index.conditions import spaced

_ENDINGS = re.compile(r"(?:iest|ier|ingly|edly|able|ies|ied|ing|est|ers|ed|er|es|ly|s|y|e)$")


def stem(word: str) -> str:
    """A word without its ending, so that "rattles" meets "rattling"; never shorter than three letters."""
    cut = _ENDINGS.sub("", word)
    cut = cut if len(cut) >= 3 else word
    doubled = len(cut) > 3 and cut[-1] == cut[-2] and cut[-1] not in "sl"
    return cut[:-1] if doubled else cut


def stems(text: str) -> frozenset[str]:
    """The stems of a text's words."""
    return frozenset(stem(word) for word in spaced(text).split())


def claiming(text: str, beside: Iterable[str] = ()) -> frozenset[str]:
    """Stems of the words that claim something; empty words, numbers and those `beside` left out."""
    idle = words("empty") | words("turn") | words("reports_praise") | words("reports_complaint")
    idle |= frozenset(beside)
    said = (w for w in spaced(text).split() if w not in idle and len(w) > 2 and not w.isdigit())
    return frozenset(stem(word) for word in said)


def denies(text: str) -> bool:
    """Whether a text denies something."""
    return turned(spaced(text).split())


def turned(said: Sequence[str]) -> bool:
    """Whether words in a row turn what is said round: an odd number of denials, "not only" left out."""
    denials = sum(w in words("turn") and said[at + 1 : at + 2] != ["only"] for at, w in enumerate(said))
    return denials % 2 == 1
