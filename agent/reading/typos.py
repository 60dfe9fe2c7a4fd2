"""Misspelt words: the nearest word of a card within a bounded edit distance.

Of four letters only a swap of two is mended; numbers and words of general English never are.
"""

from collections.abc import Iterable

from agent.reading.lexicon import lexicon

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
        right = _nearest(word, shelves.get(word[0], []))
        if right:
            mended[word] = right
    return mended


def _nearest(word: str, shelf: list[str]) -> str:
    if len(word) < SHORTEST - 1 or not word.isalpha() or lexicon().known(word) or word in shelf:
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
            distance = _distance(word, candidate, bound)
            if distance < best:
                best, right = distance, candidate
    return right


def swapped(one: str, other: str) -> bool:
    """Whether two words differ only in the order of two neighbouring letters."""
    if len(one) != len(other) or one == other:
        return False
    apart = [k for k in range(len(one)) if one[k] != other[k]]
    first = apart[0]
    return apart == [first, first + 1] and one[first : first + 2] == other[first : first + 2][::-1]


def _distance(one: str, other: str, bound: int) -> int:
    """Edits between two words, a swap of neighbours being one; `bound + 1` where there are more."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, right in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > bound:
            return bound + 1
    return row[-1]
