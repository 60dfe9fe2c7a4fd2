"""Whether an aspect that somebody asks for is what a review speaks of, perhaps in other words.

By the catalogue's own names for its attributes, by the groups of `also_said.toml`, and by the stems of words.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from importlib.resources import files

from index.cards.word_forms import stem
from index.product import Review
from index.reviews.polarity import tokens


class Asked:
    """An aspect in somebody's words."""

    def __init__(self, text: str, attributes: Mapping[str, Sequence[str]]) -> None:
        """`attributes` are the names of the category's attributes with what else people call them."""
        self.text = " ".join(text.replace("_", " ").casefold().split())
        self._attributes = attributes

    @cached_property
    def _names(self) -> frozenset[tuple[str, ...]]:
        """What is asked, and every other name of the attribute that it names, as stems."""
        mine = _stems(self.text)
        alike = [
            group
            for name, others in self._attributes.items()
            if mine in (group := [_stems(each.replace("_", " ").casefold()) for each in (name, *others)])
        ]
        return frozenset([mine, *(name for group in alike for name in group)]) - {()}

    @cached_property
    def _signs(self) -> frozenset[str]:
        """Stems of single words by which it is spoken of."""
        keys = {word for name in self._names for word in _telling(name)}
        return frozenset(word for group in _groups() if keys & group for word in group)

    def means(self, aspect: str) -> bool:
        """Whether an aspect's name says what is asked: its words, those that tell, or a sign of it."""
        said = _stems(aspect.replace("_", " ").casefold())
        if not said:
            return False
        return said[-1] in self._signs or any(
            set(name) <= set(said) or (set(said) <= set(name) and not _telling(name).isdisjoint(said))
            for name in self._names
        )

    def is_said(self, sentence: str) -> bool:
        """Whether a sentence speaks of it."""
        said = {stem(word) for word in tokens(sentence)}
        return any(said.issuperset(name) for name in self._names) or not self._signs.isdisjoint(said)

    def is_in(self, aspect: str) -> bool:
        """Whether an aspect's name holds it as it is asked."""
        return self.text in aspect.replace("_", " ").casefold()

    def stands_in(self, review: Review) -> bool:
        """Whether a review names it as it is asked."""
        return bool(self.text) and any(self.text in sentence.casefold() for sentence in review.sentences)


def _stems(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in tokens(text) if word[0].isalnum())


def _telling(name: Sequence[str]) -> frozenset[str]:
    """The words of a name that say what it is about."""
    return frozenset(name) - _general() or frozenset(name)


@cache
def _lists() -> dict[str, str]:
    return tomllib.loads(files("index.reviews").joinpath("also_said.toml").read_text(encoding="utf-8"))


@cache
def _general() -> frozenset[str]:
    return frozenset(map(stem, _lists()["general"].split()))


@cache
def _groups() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(map(stem, line.split())) for line in _lists()["groups"].strip().splitlines())
