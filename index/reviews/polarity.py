"""Which words of a sentence praise or fault, clause by clause; denials, wishes, "too" and "enough" count.

What they are said of is found in `aspects`; the words stand in `lexicon.toml`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from index.reviews.lexicon import MANY, Sign, depending, phrases, sign_of, words

REACH = 4
"""Words before an opinion in which a denial turns it round."""
WISHED = 6
"""Words before an opinion in which a wish turns it round."""
NEAR = 4
"""Words round a measure in which the thing measured is looked for."""

_PARTED = re.compile(r"\s+('(?:t|s|m|d|ve|re|ll)\b|n't\b)")
"""Some sources hold a word and its contraction apart."""
_TOKEN = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*|[.,;:!?()]|--+")
_STOPS = frozenset(".,;:!?()")


@dataclass(frozen=True)
class Opinion:
    """A word or phrase that praises or faults."""

    start: int
    """First of its tokens."""
    end: int
    """The token after its last."""
    sign: Sign


@dataclass(frozen=True)
class Clause:
    """A stretch of a sentence and what is said there."""

    start: int
    end: int
    contrasts: bool
    """Whether it begins with a word that sets it against the clause before."""
    opinions: tuple[Opinion, ...]


def tokens(sentence: str) -> list[str]:
    """The lower-case words and marks of a sentence."""
    return _TOKEN.findall(_PARTED.sub(r"\1", sentence.casefold().replace("’", "'")))


def clauses(said: Sequence[str]) -> list[Clause]:
    """The clauses of a tokenized sentence with their opinions; none where it has none and no "no"."""
    found = [] if said[-1:] == ["?"] else list(_opinions(said))
    if not found and "no" not in said:
        return []
    return [
        Clause(start, end, contrasts, tuple(_meant(o, said, start) for o in found if start <= o.start < end))
        for start, end, contrasts in _spans(said)
    ]


def _spans(said: Sequence[str]) -> Iterator[tuple[int, int, bool]]:
    start, contrasts = 0, False
    for at, word in enumerate(said):
        turns = word in words("contrast") and not _all_but(said, at)
        if at > start and (turns or word in _STOPS or word in words("joins")):
            yield start, at, contrasts
            start, contrasts = at, False
        contrasts = contrasts or turns
    if start < len(said):
        yield start, len(said), contrasts


def _all_but(said: Sequence[str], at: int) -> bool:
    return at > 0 and said[at] == "but" and said[at - 1] in ("nothing", "anything", "all")


def _opinions(said: Sequence[str]) -> Iterator[Opinion]:
    at = 0
    while at < len(said):
        if not _stirs(said[at]):
            at += 1
            continue
        length, sign = _phrase(said, at)
        if not length:
            length, sign = 1, _single(said, at)
        if sign:
            yield Opinion(at, at + length, sign)
        at += length


@lru_cache(MANY)
def _stirs(word: str) -> bool:
    """Whether an opinion can begin with a word."""
    begins = word in phrases() or word in words("duties") or word in depending()
    return begins or sign_of(word) is not None


def _phrase(said: Sequence[str], at: int) -> tuple[int, Sign | None]:
    for parts, sign in phrases().get(said[at], ()):
        if tuple(said[at : at + len(parts)]) == parts:
            return len(parts), sign
    return 0, None


def _single(said: Sequence[str], at: int) -> Sign | None:
    """What one word says; of a duty undone, the word as it stands, which `_meant` then turns round."""
    word, before = said[at], said[at - 1] if at else ""
    if word in words("duties"):
        return 1 if any(map(denies, said[max(0, at - 2) : at])) else None
    measured = word in depending()
    if before == "too" and (measured or sign_of(word) is not None):
        return -1
    return _measure(said, at) if measured else sign_of(word)


def _measure(said: Sequence[str], at: int) -> Sign | None:
    """What a word of measure says, by what stands near it."""
    measure = depending()[said[at]]
    near = {*said[max(0, at - NEAR) : at], *said[at + 1 : at + 1 + NEAR]}
    near |= {word.removesuffix("s") for word in near}
    praised, faulted = len(near & measure.praised), len(near & measure.faulted)
    if praised != faulted:
        return 1 if praised > faulted else -1
    return 1 if said[at + 1 : at + 2] == ["enough"] else measure.whole


def _meant(opinion: Opinion, said: Sequence[str], start: int) -> Opinion:
    """An opinion turned round where it is denied or wished for."""
    before = said[max(start, opinion.start - WISHED) : opinion.start]
    wished = opinion.sign > 0 and not words("wished").isdisjoint(before)
    near = before[-REACH:]
    denied = sum(map(denies, near)) - ("not" in near and "only" in near)
    turned = (denied % 2 == 1) != wished
    return replace(opinion, sign=-1 if opinion.sign > 0 else 1) if turned else opinion


def denies(word: str) -> bool:
    """Whether a word takes back what is said after it ("not", "isn't")."""
    return word in words("negators") or word.endswith("n't")
