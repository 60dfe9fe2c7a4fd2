"""The word lists of `lexicon.toml`, and the forms under which a word may stand in them."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal

Sign = Literal[-1, 1]
MANY = 30_000
"""Words whose reading is remembered: those of some thousand reviews, and no flood of made-up ones."""


@dataclass(frozen=True)
class Depending:
    """What a word of measure says, by what it is said of."""

    praised: frozenset[str]
    faulted: frozenset[str]
    whole: Sign | None
    """What it says of the product itself."""


@cache
def _lists() -> dict[str, Any]:
    return tomllib.loads(files("index.reviews").joinpath("lexicon.toml").read_text(encoding="utf-8"))


@cache
def words(name: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(_lists()[name].split())


@cache
def phrases() -> dict[str, tuple[tuple[tuple[str, ...], Sign | None], ...]]:
    """Phrases by their first word, the longest first; None is the sign of those that say nothing."""
    signed: tuple[tuple[str, Sign | None], ...] = (("positive", 1), ("negative", -1), ("plain", None))
    found: dict[str, list[tuple[tuple[str, ...], Sign | None]]] = {}
    for name, sign in signed:
        for phrase in _lists()[f"{name}_phrases"].replace("\n", "").strip("|").split("|"):
            parts = tuple(phrase.split())
            found.setdefault(parts[0], []).append((parts, sign))
    return {first: tuple(sorted(some, key=lambda p: -len(p[0]))) for first, some in found.items()}


@cache
def depending() -> dict[str, Depending]:
    """Words of measure and what they say of what."""
    signs: dict[str, Sign | None] = {"positive": 1, "negative": -1, "": None}
    return {
        word: Depending(
            praised=frozenset(table["praised"].split()),
            faulted=frozenset(table["faulted"].split()),
            whole=signs[table["whole"]],
        )
        for word, table in _lists()["depends"].items()
    }


@cache
def implied() -> dict[str, str]:
    """What a word of opinion speaks of where nothing else is named."""
    return {word: name for name, some in _lists()["implied"].items() for word in some.split()}


@lru_cache(MANY)
def sign_of(word: str) -> Sign | None:
    """Whether a word or one of its inflections praises or faults; None where it does neither."""
    for form in forms(word):
        if form in words("positive"):
            return 1
        if form in words("negative"):
            return -1
    return None


def forms(word: str) -> Iterator[str]:
    """A word and what it may be an inflection of, the likeliest first; not all of them are words."""
    yield word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            base = word[: len(word) - len(ending)]
            yield base + instead
            if not instead and len(base) > _SHORTEST and base[-1] == base[-2]:
                yield base[:-1]


_SHORTEST = 3
_ENDINGS = (
    ("ies", "y"),
    ("ied", "y"),
    ("ier", "y"),
    ("iest", "y"),
    ("ily", "y"),
    ("s", ""),
    ("es", ""),
    ("ed", ""),
    ("ed", "e"),
    ("ing", ""),
    ("ing", "e"),
    ("er", ""),
    ("er", "e"),
    ("est", ""),
    ("est", "e"),
    ("ly", ""),
)
