"""Which side of a product a sentence speaks of, and how: the `terms` with their opinions (`polarity`)."""

from collections.abc import Iterator, Sequence
from typing import Literal

from index.product import Aspect
from index.reviews.lexicon import Sign, implied, words
from index.reviews.polarity import Clause, Opinion, clauses
from index.reviews.terms import Place, Vocabulary, runs, stem_of

WHOLE = "overall"
"""The aspect of what is said of the product itself."""
BESIDE = 2
"""Words that may stand between a noun and an opinion of it that follows."""
GOES_ON = 3
"""Words into a clause at which a thing may stand that the opinion of the clause before is also of."""


def aspects_in(said: Sequence[str], sentence: int, vocabulary: Vocabulary) -> Iterator[Aspect]:
    """The aspects of a tokenized sentence, each once: mixed where it is both praised and faulted."""
    signs: dict[str, set[Sign]] = {}
    for name, sign in _judged(said, vocabulary):
        signs.setdefault(name, set()).add(sign)
    for name, found in signs.items():
        yield Aspect(name=name, polarity=_polarity(found), sentence=sentence)


def _polarity(signs: set[Sign]) -> Literal["positive", "negative", "mixed"]:
    return "mixed" if len(signs) > 1 else "positive" if 1 in signs else "negative"


def _judged(said: Sequence[str], vocabulary: Vocabulary) -> Iterator[tuple[str, Sign]]:
    before: Clause | None = None
    for clause in clauses(said):
        places = vocabulary.find(said, clause.start, clause.end)
        if clause.opinions:
            before = clause
            places = places or list(_unknown(said, clause, vocabulary))
            yield from ((place[2], _weighed(place, clause.opinions)) for place in places)
            if not places:
                yield from _unnamed(said, clause, vocabulary)
        elif lacked := [place for place in places if said[place[0] - 1 : place[0]] == ["no"]]:
            yield from ((place[2], -1) for place in lacked)
        elif before and places and _goes_on(said, clause, places[0]):
            yield places[0][2], _weighed(places[0], before.opinions)


def _goes_on(said: Sequence[str], clause: Clause, place: Place) -> bool:
    """Whether a clause without an opinion only names one thing more: "great sound and battery"."""
    joined = said[clause.start] in ("and", "or", ",") and not clause.contrasts
    return joined and place[0] - clause.start <= GOES_ON


def _unknown(said: Sequence[str], clause: Clause, vocabulary: Vocabulary) -> Iterator[Place]:
    """Nouns beside an opinion that the vocabulary lacks."""
    for start, end, led in runs(said, clause.start, clause.end):
        last = stem_of(said[end - 1])
        if {last, said[end - 1]} & words("beside"):
            continue
        told = led or (end < len(said) and said[end] in words("being"))
        if any(_leads(o, said, start) or (told and 0 <= o.start - end <= BESIDE) for o in clause.opinions):
            yield start, end, WHOLE if last in vocabulary.whole else " ".join(said[start:end])


def _leads(opinion: Opinion, said: Sequence[str], start: int) -> bool:
    """Whether an opinion leads to a noun: "a great hinge", "no problems with the hinge"."""
    between = said[opinion.end : start]
    linked = len(between) <= BESIDE and between[:1] in (["with"], ["of"], ["about"])
    return opinion.end == start or linked


def _weighed(place: Place, opinions: Sequence[Opinion]) -> Sign:
    """The side that opinions take, the nearer the weightier."""
    weight = sum(o.sign / (1 + _distance(place, o)) for o in opinions)
    return 1 if weight > 0 else -1


def _distance(place: Place, opinion: Opinion) -> int:
    return max(opinion.start - place[1], place[0] - opinion.end, 0)


def _unnamed(said: Sequence[str], clause: Clause, vocabulary: Vocabulary) -> Iterator[tuple[str, Sign]]:
    """Opinions of what is not named: what the word implies, or the product itself."""
    start = 0 if said[clause.start] == "which" else clause.start
    names_it = any(stem_of(word) in vocabulary.whole for word in said[start : clause.end])
    for opinion in clause.opinions:
        used = said[opinion.start : opinion.end]
        name = next((implied()[word] for word in used if word in implied()), None)
        if name is not None:
            yield name, opinion.sign
        elif names_it or not words("feelings").isdisjoint(used):
            yield WHOLE, opinion.sign
