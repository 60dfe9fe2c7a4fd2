"""Learning of byte-pair merges: the most frequent pair of neighbours becomes a token, again and again.

Each distinct pre-token is held once with its count, and a merge touches only those that hold its pair
(Sennrich et al. 2016, section 3.2): 16 MB of text take 20 s on one core.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

from finetune.micro.pretokens import splitter

Pair = tuple[int, int]

BYTES = 256
"""The first tokens are the bytes; merge number n makes token BYTES + n."""


FIRST_MARKS = 0.35
"""Share of the merges that join the mark before a word, mostly a space, with the word's first token."""


def learn_merges(texts: Iterable[str], wanted: int) -> list[Pair]:
    """So many merges, or fewer where the texts hold no further pair that occurs twice.

    The mark before a word is joined last, so that a word is cut into the same tokens wherever it stands: what
    a card writes after a space and a call after a quotation mark differs in one token, and can be copied.
    """
    counts: Counter[str] = Counter()
    marked: Counter[tuple[str, str]] = Counter()
    for text in texts:
        for word in splitter(text)(text):
            mark, bare = _parted(word)
            counts[bare] += 1
            marked[mark, bare] += bool(mark)
    learner = _Learner(counts)
    joins = round(wanted * FIRST_MARKS)
    while len(learner.merges) < wanted - joins and learner.merge_next():
        pass
    return [*learner.merges, *_marks_joined(marked, learner.first_tokens(), wanted - len(learner.merges))]


def _parted(word: str) -> tuple[str, str]:
    """A pre-token as the mark before it and the word; no mark where it is none, or more than a byte."""
    if len(word) > 1 and word[0].isascii() and not word[0].isalpha() and word[1:].isalpha():
        return word[0], word[1:]
    return "", word


def _marks_joined(marked: Counter[tuple[str, str]], first_tokens: Mapping[str, int], most: int) -> list[Pair]:
    """Pairs of a mark and the first token of a word, the most frequent first."""
    pairs: Counter[Pair] = Counter()
    for (mark, bare), count in marked.items():
        if mark:
            pairs[ord(mark), first_tokens[bare]] += count
    frequent = [pair for pair, count in pairs.items() if count > 1]
    return sorted(frequent, key=lambda pair: (-pairs[pair], pair))[:most]


class _Learner:
    """Pre-tokens as they are merged so far, and how often each pair stands in them."""

    def __init__(self, counts: Counter[str]) -> None:
        self.merges: list[Pair] = []
        self._tokens = [bytes([byte]) for byte in range(BYTES)]
        self._known = set(self._tokens)
        self._texts = list(counts)
        self._words = [list(word.encode(errors="replace")) for word in counts]
        self._counts = list(counts.values())
        self._pairs: Counter[Pair] = Counter()
        self._holders: defaultdict[Pair, set[int]] = defaultdict(set)
        for at, word in enumerate(self._words):
            self._count(at, word, self._counts[at])
        self._queue = [(-count, pair) for pair, count in self._pairs.items()]
        heapq.heapify(self._queue)

    def first_tokens(self) -> dict[str, int]:
        """The first token of every pre-token as merged so far."""
        return {text: word[0] for text, word in zip(self._texts, self._words, strict=True)}

    def merge_next(self) -> bool:
        """Merge the most frequent pair, of equals the one with the lowest ids; False where none is left."""
        while self._queue:
            count, pair = heapq.heappop(self._queue)
            present = self._pairs[pair]
            if present < 2:
                continue
            if present != -count:
                heapq.heappush(self._queue, (-present, pair))
                continue
            token = self._tokens[pair[0]] + self._tokens[pair[1]]
            # A second way to the same bytes would be a second token for one text.
            if token in self._known:
                continue
            self._merge(pair, token)
            return True
        return False

    def _merge(self, pair: Pair, token: bytes) -> None:
        made = len(self._tokens)
        self._tokens.append(token)
        self._known.add(token)
        self.merges.append(pair)
        touched: set[Pair] = set()
        for at in self._holders.pop(pair):
            word, count = self._words[at], self._counts[at]
            merged = merge(word, pair, made)
            if len(merged) < len(word):
                self._count(at, word, -count)
                touched |= self._count(at, merged, count)
                self._words[at] = merged
        for new in touched:
            if made in new:
                heapq.heappush(self._queue, (-self._pairs[new], new))

    def _count(self, at: int, word: list[int], count: int) -> set[Pair]:
        """Add the pairs of a word, or take them away; returns them."""
        pairs = list(pairwise(word))
        for pair in pairs:
            self._pairs[pair] += count
            if count > 0:
                self._holders[pair].add(at)
        return set(pairs)


def merge(word: list[int], pair: Pair, made: int) -> list[int]:
    """The word with every such pair, from the left, as the token that it makes."""
    first, second = pair
    merged: list[int] = []
    at, end = 0, len(word) - 1
    while at <= end:
        if at < end and word[at] == first and word[at + 1] == second:
            merged.append(made)
            at += 2
        else:
            merged.append(word[at])
            at += 1
    return merged
