"""In how many products a word stands: the commonest words cost a search most and tell it least."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import TypeVar

from index.catalog import Catalog
from index.retrieval.fulltext import Pair, any_of

COMMON_SHARE = 0.08
COMMON_AT_LEAST = 2000
"""A word in more products than both says is left to phrases: over 62,200 parts a card takes 5 ms for 40, a
filtered search 13 for 18. Smaller catalogues are fast without, and lost 0.005 of recall@10 with it."""
READ_AT_MOST = 200_000
"""Products that the words of a search may stand in, all told, and as many that its phrases may cost: of a
million products one search in two would take longer than 50 ms. Some 200,000 have no such search."""

_Said = TypeVar("_Said")


class WordSpread:
    """Counts of one catalogue, kept until something is written."""

    def __init__(self, catalog: Catalog, connection: sqlite3.Connection) -> None:
        self._catalog = catalog
        self._connection = connection
        self._generation = -1
        self._products = 0
        self._counts: dict[str, int] = {}

    def count(self, word: str) -> int:
        """Products in which the word stands, in any of its forms."""
        self._refresh()
        if word not in self._counts:
            query = "SELECT count(*) FROM products_fts WHERE products_fts MATCH ?"
            (self._counts[word],) = self._connection.execute(query, (any_of([word]),)).fetchone()
        return self._counts[word]

    def telling(self, words: Sequence[str]) -> list[str]:
        """The words without the common ones; all of them where no other is known."""
        counts = {word: self.count(word) for word in words}
        most = max(COMMON_SHARE * self._products, COMMON_AT_LEAST)
        rare = [word for word in words if counts[word] <= most]
        return _affordable({word: counts[word] for word in rare} if any(map(counts.get, rare)) else counts)

    def together(self, pairs: Sequence[Pair]) -> list[Pair]:
        """The phrases that are found without reading too much: for one, all places of its words are read."""
        return _affordable({(a, b): self.count(a) + self.count(b) for a, b in pairs})

    def _refresh(self) -> None:
        generation = self._catalog.generation
        if generation != self._generation:
            self._counts.clear()
            (self._products,) = self._connection.execute("SELECT count(*) FROM products").fetchone()
            self._generation = generation


def _affordable(costs: Mapping[_Said, int]) -> list[_Said]:
    """What costs no more together than may be read, the cheapest first to be taken, and one in any case."""
    taken: set[_Said] = set()
    spent = 0
    for said in sorted(costs, key=costs.__getitem__):
        spent += costs[said]
        if taken and spent > READ_AT_MOST:
            break
        taken.add(said)
    return [said for said in costs if said in taken]
