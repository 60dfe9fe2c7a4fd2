"""The reviews of a product as they are read: with their source's aspects, or those that their words tell.

A reading is stored nowhere: 500 reviews take a fraction of a second, and so no import, word list or schema
can leave a stale one behind.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from index.catalog import Catalog
from index.product import Aspect, Product, Review
from index.reviews.asked import Asked
from index.reviews.aspects import WHOLE, aspects_in
from index.reviews.copies import gists_elsewhere
from index.reviews.polarity import tokens
from index.reviews.terms import learn
from index.reviews.trust import Trust, trust

MOST = 2000
"""Reviews of one product whose words are read; the rest are counted alone."""
TWICE = 2
"""Reviews that must say the same of an aspect which no attribute names before it is told."""

Spoken = tuple[Review, tuple[Aspect, ...]]
"""A review and what it says of something."""


@dataclass(frozen=True)
class Said:
    """What is said of one aspect on one side, and by whom."""

    name: str
    polarity: Literal["positive", "negative"]
    reviews: tuple[Review, ...]
    """One after another as the catalogue holds them; each bears the aspect."""

    def sentence(self, review: Review) -> int | None:
        """Which of a review's sentences says it, from 0; None where the source does not tell."""
        side = (self.name, self.polarity)
        return next(a.sentence for a in review.aspects if (a.name, a.polarity) == side)


@dataclass(frozen=True)
class Reading:
    """A product's reviews with the aspects that they tell."""

    reviews: tuple[Review, ...]
    labelled: bool
    """Whether the source itself told the aspects."""
    trust: Trust
    others: Mapping[str, tuple[str, ...]]
    """The attributes of the product's category and what else people call them."""

    def original(self, review: Review) -> Review:
        """A review of the reading as the catalogue holds it."""
        return review if self.labelled else review.model_copy(update={"aspects": ()})

    @cached_property
    def said(self) -> tuple[Said, ...]:
        """What is told of each aspect, the commonest first; of what was read here only what bears telling."""
        found: dict[tuple[str, Literal["positive", "negative"]], list[Review]] = {}
        for review in self.reviews:
            for name, polarity in dict.fromkeys((a.name, a.polarity) for a in review.aspects):
                if polarity != "mixed":
                    found.setdefault((name, polarity), []).append(review)
        told = [Said(*side, tuple(some)) for side, some in found.items() if self._tells(side[0], len(some))]
        return tuple(sorted(told, key=lambda said: (-len(said.reviews), said.name)))

    def _tells(self, name: str, reviews: int) -> bool:
        if self.labelled:
            return True
        named = name.replace(" ", "_") in self.others
        return name != WHOLE and (reviews >= TWICE or named)

    def of(self, asked: str) -> list[Spoken]:
        """The reviews that speak of what is asked, and what they say of it.

        In labelled reviews its own words come first; other words for it count where those are found nowhere.
        """
        wanted = Asked(asked, self.others)
        if self.labelled and (plain := list(self._of(wanted, wanted.is_in))):
            return plain
        return list(self._of(wanted, wanted.means, hints=self._knows(wanted)))

    def _knows(self, wanted: Asked) -> bool:
        """Whether the product has what is asked for, so that a hint of it may be one."""
        return not self.labelled and any(map(wanted.means, (*self.others, *self._names)))

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(aspect.name for review in self.reviews for aspect in review.aspects)

    def _of(self, wanted: Asked, means: Callable[[str], bool], hints: bool = False) -> Iterator[Spoken]:
        for review in self.reviews:
            said = tuple(a for a in review.aspects if means(a.name) or (hints and _hints(wanted, a, review)))
            if said or wanted.stands_in(review):
                yield review, said


def _hints(wanted: Asked, aspect: Aspect, review: Review) -> bool:
    """Whether what is said of the product itself is said of what is asked: "it lasts two days"."""
    if aspect.name != WHOLE or aspect.sentence is None:
        return False
    return wanted.is_said(review.sentences[aspect.sentence])


def read(product: Product, catalog: Catalog) -> Reading:
    """The reviews of a product; aspects that the source labels are taken as they are."""
    reviews = catalog.reviews(product.id)
    others = _others(product, catalog)
    judged = trust(reviews, gists_elsewhere(product, catalog) if reviews else frozenset())
    labelled = any(review.aspects for review in reviews)
    if not labelled:
        reviews = (*with_aspects(reviews[:MOST], others, _kind(product)), *reviews[MOST:])
    return Reading(reviews, labelled, judged, others)


def with_aspects(
    reviews: Sequence[Review], attributes: Mapping[str, Sequence[str]], kind: Sequence[str]
) -> Iterator[Review]:
    """Reviews with the aspects that their words tell; `kind` is what the product itself is called."""
    said = [[tokens(sentence) for sentence in review.sentences] for review in reviews]
    vocabulary = learn(said, attributes, kind)
    for review, sentences in zip(reviews, said, strict=True):
        aspects = (aspects_in(words, at, vocabulary) for at, words in enumerate(sentences))
        yield review.model_copy(update={"aspects": tuple(aspect for some in aspects for aspect in some)})


def sides(said: Sequence[Spoken]) -> Counter[str]:
    """How many of some reviews praise, fault, and do both to what they speak of."""
    return Counter(_side({a.polarity for a in aspects}) for _, aspects in said if aspects)


def _side(polarities: set[str]) -> str:
    return next(iter(polarities)) if len(polarities) == 1 else "mixed"


def _others(product: Product, catalog: Catalog) -> dict[str, tuple[str, ...]]:
    meanings = catalog.meanings(product.category)
    names = dict.fromkeys([*(a.name for a in product.attributes), *meanings])
    return {name: meanings[name].also if name in meanings else () for name in names if name}


def _kind(product: Product) -> list[str]:
    """The words of the product's category and brand, and those of its title that number it."""
    numbers = [word for word in tokens(product.title) if any(map(str.isdigit, word))]
    return [*tokens(" ".join([*product.category[-1:], product.brand])), *numbers]
