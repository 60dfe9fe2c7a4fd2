"""The last touch of a family: lower case, punctuation left out, words mistyped. Figures are never touched."""

import re
from random import Random

from distill.phrasing.bank import Family

_POINTS = re.compile(
    r"(?<!\d)[.,;:!?](?!\d)|(?<=\d)[.,;:!?](?=\s|$)|(?<!\d)[.,;:!?](?=\d)|(?<=[a-z])'(?=[a-z])"
)
_WORD = re.compile(r"(?<![\w])[A-Za-z]{5,}(?![\w])")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def finished(text: str, family: Family, rng: Random) -> str:
    """The text as this family would send it."""
    if family.bare:
        text = _POINTS.sub("", text)
    if family.typos:
        text = _WORD.sub(
            lambda found: mistyped(found[0], rng) if rng.random() < family.typos else found[0], text
        )
    text = text.lower() if family.lower else text
    text = re.sub(r"[ \t]+", " ", re.sub(r" ([,.;!?])(?=\s|$)", r"\1", text))
    return re.sub(r"\n ", "\n", text).strip()


def mistyped(word: str, rng: Random) -> str:
    """A word of three letters or more of ASCII with one slip of the fingers; its first letter stays."""
    at = rng.randrange(1, len(word) - 1)
    match rng.choice(("swapped", "left out", "doubled", "beside")):
        case "swapped":
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case "left out":
            return word[:at] + word[at + 1 :]
        case "doubled":
            return word[:at] + word[at] + word[at:]
        case _:
            return word[:at] + _beside(word[at], rng) + word[at + 1 :]


def _beside(letter: str, rng: Random) -> str:
    """A key next to a letter's own."""
    row = next(r for r in _ROWS if letter.lower() in r)
    at = row.index(letter.lower())
    return rng.choice(row[max(0, at - 1) : at] + row[at + 1 : at + 2])
