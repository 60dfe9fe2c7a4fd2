"""What people call a category: its names on the card, with the words that follow from their number."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from agent.reading.tokens import singular
from index.card import CategoryCard
from index.conditions import spaced

_LONGEST = 32
_VOWEL = re.compile(r"[ai]|e(?!u)|o(?!ne\b)|u(?!s|ni)|8|11\b|18\b", re.IGNORECASE)


class Noun(NamedTuple):
    """A name for a kind of thing."""

    text: str
    plural: bool

    @property
    def with_article(self) -> str:
        """ "a kettle", "an electric kettle", "headphones"."""
        if self.plural:
            return self.text
        return f"{article(self.text)} {self.text}"

    @property
    def many(self) -> str:
        """The name as said of several."""
        if self.plural:
            return self.text
        if self.text.endswith(("s", "x", "ch", "sh")):
            return self.text + "es"
        consonant = self.text.endswith("y") and self.text[-2:-1] not in "aeiou"
        return self.text[:-1] + "ies" if consonant else self.text + "s"


def nouns_of(card: CategoryCard) -> Sequence[Noun]:
    """Names of a category, the plainest first; none that says a value already ("a rear light")."""
    leaf = card.path[-1].replace("-", " ").replace("_", " ").casefold()
    one = " ".join([*leaf.split()[:-1], singular(leaf.split()[-1])])
    named = [n.casefold() for n in card.also if n.split() and n.isascii() and len(n) <= _LONGEST]
    named = [name for name in named if not _says_a_value(name, card)]
    heads = {name.split()[-1] for name in named}
    first = one if one.split()[-1] in heads or not named else leaf
    return [noun(name) for name in dict.fromkeys((first, *named))]


def article(text: str) -> str:
    """ "a" or "an", by how the first word sounds."""
    return "an" if _VOWEL.match(text) else "a"


def noun(name: str) -> Noun:
    """A name with its number told from its ending."""
    last = name.split()[-1] if name.split() else name
    return Noun(name, plural=singular(last) != last)


def _says_a_value(name: str, card: CategoryCard) -> bool:
    said = f" {spaced(name)} "
    values = (v for a in card.attributes for v in (*a.values, *(alias for alias, _ in a.aliases)))
    flags = (n for a in card.attributes if a.kind == "flag" for n in (a.name.replace("_", " "), *a.also))
    return any(f" {spaced(word)} " in said for word in (*values, *flags) if spaced(word) != spaced(name))
