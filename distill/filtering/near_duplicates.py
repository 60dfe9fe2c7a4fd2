"""Texts that say nearly the same, found by MinHash over word shingles with banded buckets.

Broder, "On the resemblance and containment of documents" (1997); the bands are those of Leskovec,
Rajaraman and Ullman, "Mining of Massive Datasets", section 3.4. Only the signatures are kept in memory.
"""

import re
from array import array
from functools import cache
from hashlib import blake2b
from random import Random
from typing import TypeAlias

SHINGLE = 3
"""Words in a shingle."""
BANDS, ROWS = 12, 5
"""At a resemblance of 0.8 a pair shares a band with a chance of 0.99, at 0.4 with 0.12."""
_MASK = (1 << 64) - 1

Signature: TypeAlias = "array[int]"

_WORD = re.compile(r"\w+")


def signature(text: str) -> Signature:
    """The MinHash signature of a text, 60 numbers of 32 bits."""
    hashes = [_hash(shingle) for shingle in _shingles(text)]
    return array("I", (min(((a * h + b) & _MASK) >> 32 for h in hashes) for a, b in _permutations()))


def resemblance(one: Signature, other: Signature) -> float:
    """The estimated share of shingles that two texts have in common, 0 to 1."""
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(one)


class NearDuplicates:
    """What was taken so far, to ask of each newcomer whether it was nearly there already."""

    def __init__(self, resemblance: float) -> None:
        """`resemblance` from 0 to 1 is where two texts count as the same."""
        self._least = resemblance
        self._taken: list[Signature] = []
        self._buckets: dict[bytes, int] = {}
        """By band, the place of the newest text in it."""

    def repeats(self, newcomer: Signature) -> bool:
        """Whether one like it was taken; if not, it is taken now."""
        bands = [bytes([n]) + newcomer[n * ROWS : (n + 1) * ROWS].tobytes() for n in range(BANDS)]
        candidates = {self._buckets[band] for band in bands if band in self._buckets}
        if any(resemblance(self._taken[at], newcomer) >= self._least for at in candidates):
            return True
        self._buckets.update(dict.fromkeys(bands, len(self._taken)))
        self._taken.append(newcomer)
        return False


def _hash(shingle: str) -> int:
    return int.from_bytes(blake2b(shingle.encode("utf-8", "replace"), digest_size=8).digest())


def _shingles(text: str) -> list[str]:
    words = _WORD.findall(text.casefold())
    spans = range(max(1, len(words) - SHINGLE + 1))
    return list(dict.fromkeys(" ".join(words[at : at + SHINGLE]) for at in spans))


@cache
def _permutations() -> tuple[tuple[int, int], ...]:
    rng = Random("near duplicates")
    return tuple((rng.getrandbits(64) | 1, rng.getrandbits(64)) for _ in range(BANDS * ROWS))
