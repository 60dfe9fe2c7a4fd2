"""What reviews speak of: attributes by their names, and the nouns that recur in the reviews themselves.

Nouns are found by where they stand: behind an article or an adjective of opinion. How they are spoken of
is left to `aspects`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache

from index.cards.word_forms import stem
from index.reviews.lexicon import MANY, depending, sign_of, words

LONGEST = 3
"""Words of a term."""
SHARE = 0.01
"""Share of the reviews that must use a noun before it is a term; two at the least."""
NOUN = 0.2
"""Share of a word's uses that must be a noun's."""

stem_of = lru_cache(MANY)(stem)

Term = tuple[str, ...]
"""The stems of a term's words."""
Place = tuple[int, int, str]
"""The first token of a term, the one after its last, and the aspect that it names."""


@dataclass(frozen=True)
class Vocabulary:
    """The terms of some reviews and the aspects that they name."""

    names: Mapping[Term, str]
    whole: frozenset[str]
    """Stems of words that stand for the product itself."""

    def find(self, said: Sequence[str], start: int, end: int) -> list[Place]:
        """The terms between two tokens, the longest first at each place."""
        found: list[Place] = []
        at = start
        while at < end:
            length = self._length(said, at, end)
            if length:
                term = tuple(map(stem_of, said[at : at + length]))
                found.append((at, at + length, self.names[term]))
            at += length or 1
        return found

    def _length(self, said: Sequence[str], at: int, end: int) -> int:
        """How many words the term has that begins at a token; 0 where none does."""
        if stem_of(said[at]) not in self._first:
            return 0
        stems = tuple(map(stem_of, said[at : min(at + LONGEST, end)]))
        return next((n for n in range(len(stems), 0, -1) if stems[:n] in self.names), 0)

    @cached_property
    def _first(self) -> frozenset[str]:
        return frozenset(term[0] for term in self.names if term)


@dataclass
class _Counted:
    """How words and runs of words are used over some reviews."""

    uses: Counter[str]
    alone: Counter[str]
    """Uses as the one noun behind an article or an opinion."""
    heads: Counter[str]
    """Uses as the last of the nouns there."""
    led: Counter[Term]
    """Runs that follow an article or an opinion."""
    reviews: Counter[Term]
    written: dict[Term, Counter[str]]


def learn(
    reviews: Sequence[Sequence[Sequence[str]]],
    attributes: Mapping[str, Sequence[str]],
    kind: Sequence[str] = (),
) -> Vocabulary:
    """The vocabulary of tokenized reviews, each a list of sentences.

    `attributes` gives the category's attributes with other names for them, `kind` what the product is called.
    """
    whole = frozenset(stem(word) for word in (*words("whole"), *kind))
    counted = _count(reviews)
    names = {
        term: counted.written[term].most_common(1)[0][0] for term in _terms(counted, len(reviews), whole)
    }
    for attribute, others in attributes.items():
        for name in (*others, attribute):
            said = name.replace("_", " ").casefold()
            names[tuple(map(stem, said.split()))] = attribute.replace("_", " ")
    return Vocabulary(names, whole)


def _terms(counted: _Counted, reviews: int, whole: Set[str]) -> Iterator[Term]:
    least = max(2, SHARE * reviews)
    nouns = {word for word in counted.alone if _is_noun(word, counted)}
    for term, many in counted.reviews.items():
        if many < least or term[0] in words("beside") or not whole.isdisjoint(term):
            continue
        if term[-1] in nouns if len(term) == 1 else term[-1] in nouns or counted.led[term] >= 2:
            yield term


def _is_noun(word: str, counted: _Counted) -> bool:
    seen = counted.alone[word] + counted.heads[word]
    return seen >= 2 and seen >= NOUN * counted.uses[word]


def _count(reviews: Sequence[Sequence[Sequence[str]]]) -> _Counted:
    counted = _Counted(Counter(), Counter(), Counter(), Counter(), Counter(), {})
    for review in reviews:
        here: set[Term] = set()
        for said in review:
            for start, end, led in runs(said, 0, len(said)):
                run = tuple(map(stem_of, said[start:end]))
                counted.uses.update(run)
                if led:
                    (counted.alone if len(run) == 1 else counted.heads)[run[-1]] += 1
                    counted.led[run] += 1
                for at, length in _spans(len(run)):
                    term = run[at : at + length]
                    here.add(term)
                    counted.written.setdefault(term, Counter())[
                        " ".join(said[start + at : start + at + length])
                    ] += 1
        counted.reviews.update(here)
    return counted


def runs(said: Sequence[str], start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Stretches of words that may be nouns, and whether what stands before them makes that likely."""
    begun: int | None = None
    for at in range(start, end + 1):
        if at < end and _may_be_noun(said[at]):
            begun = at if begun is None else begun
        elif begun is not None:
            before = said[begun - 1] if begun else ""
            yield begun, at, before in words("determiners") or sign_of(before) is not None
            begun = None


@lru_cache(MANY)
def _may_be_noun(word: str) -> bool:
    return (
        len(word) > 2
        and word[0].isalpha()
        and "'" not in word
        and not word.endswith("ly")
        and word not in words("function")
        and word not in words("intensifiers")
        and word not in depending()
        and sign_of(word) is None
    )


def _spans(length: int) -> Iterator[tuple[int, int]]:
    for start in range(length):
        for many in range(1, min(LONGEST, length - start) + 1):
            yield start, many
