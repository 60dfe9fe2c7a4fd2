"""Misspelt words: the nearest word of a card within a bounded edit distance.

Of four letters only a swap of two is mended; numbers and ordinary words of English never are: "block" is not
"black", nor "bass" "brass". Which are ordinary the embedder's vocabulary says; without it none is.
"""

from collections.abc import Iterable

from agent.reading.lexicon import lexicon
from index.text.edits import distance
from models.minilm_files import ordinary_words

SHORTEST = 5
"""Letters of a word that can be misspelt; one letter may be what is missing."""
MOST_MENDED = 200
"""Different unknown words of one question that are looked at."""


def mend(words: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """For misspelt words, the known word that was meant."""
    shelves: dict[str, list[str]] = {}
    for right in known:
        if len(right) >= SHORTEST - 1 and right.isalpha():
            shelves.setdefault(right[0], []).append(right)
    mended = {}
    for word in list(dict.fromkeys(words))[:MOST_MENDED]:
        right = _nearest(word, shelves.get(word[:1], []))
        if right:
            mended[word] = right
    return mended


def _nearest(word: str, shelf: list[str]) -> str:
    if len(word) < SHORTEST - 1 or not word.isalpha() or word in shelf:
        return ""
    if lexicon().known(word) or word in ordinary_words():
        return ""
    bound = 2 if len(word) >= 8 else 1
    best, right = bound + 1, ""
    for candidate in shelf:
        clipped = len(word) < SHORTEST and candidate.startswith(word)
        if len(candidate) < SHORTEST:
            if swapped(word, candidate):
                return candidate
            continue
        if abs(len(candidate) - len(word)) <= bound and candidate != word and not clipped:
            apart = distance(word, candidate, bound)
            if apart < best:
                best, right = apart, candidate
    return right


def swapped(one: str, other: str) -> bool:
    """Whether two words differ only in the order of two neighbouring letters."""
    if len(one) != len(other) or one == other:
        return False
    apart = [k for k in range(len(one)) if one[k] != other[k]]
    first = apart[0]
    return apart == [first, first + 1] and one[first : first + 2] == other[first : first + 2][::-1]
