"""Leaves out of what filters pass the products whose variants meet the conditions only together.

SQL holds each condition against all variants of a product at once, so what passes two may pass none by one
and the same variant. Only products with several offers can, and those are read.
"""

import sqlite3
from collections.abc import Sequence

from index.as_asked import meets
from index.conditions import Condition
from index.retrieval.keys import Keys
from index.retrieval.shelf import Shelf

MOST_READ = 5_000
"""Products that are read for one search; of more, those are counted that pass condition by condition."""
_MOST_KEPT = 64


class OneVariant:
    """The products that pass by one of their variants, under the catalogue's latest generation."""

    def __init__(self, connection: sqlite3.Connection, shelf: Shelf) -> None:
        self._connection = connection
        self._shelf = shelf
        self._generation = -1
        self._several = Keys(0)
        self._kept: dict[tuple[tuple[Condition, ...], tuple[str, ...]], Keys] = {}

    def passing(
        self, keys: Keys, conditions: Sequence[Condition], category: tuple[str, ...], generation: int
    ) -> Keys:
        """Those of the keys; all of them where there is but one condition, or too much to be read."""
        if len(conditions) < 2:
            return keys
        self._refresh(generation)
        asked = tuple(conditions), category
        if asked not in self._kept:
            several = keys.common(self._several)
            mixed: list[int] = []
            if len(several) <= MOST_READ:
                read = self._shelf.passing(list(several), generation)
                mixed = [key for key, product in read if not meets(product, conditions)]
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[asked] = keys.without(mixed)
        return self._kept[asked]

    def _refresh(self, generation: int) -> None:
        if generation == self._generation:
            return
        self._kept.clear()
        found = self._connection.execute("SELECT product FROM offers GROUP BY product HAVING count(*) > 1")
        self._several = Keys.of(key for (key,) in found)
        self._generation = generation
