"""Which products pass which filter, asked of SQLite once for each filter until something is written.

A research turns the same few filters over in many combinations; only their meeting is made anew.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence

from index.conditions import Condition
from index.retrieval.filters import survivors

MOST_KEYS = 200_000
"""Keys kept over all filters, about 12 MB."""
FILTER_KEYS = 16
"""Keys that weigh as much as a filter itself, about 1 kB: many filters let next to nothing pass."""

_Filter = tuple[tuple[int, ...] | None, Condition | None]


class Sieve:
    """Filters of one catalogue with the keys of what passes them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._generation = -1
        self._kept: OrderedDict[_Filter, frozenset[int]] = OrderedDict()
        self._keys = 0

    def passing(
        self, conditions: Sequence[Condition], categories: Sequence[int] | None, generation: int
    ) -> frozenset[int]:
        """Keys of the products in these categories (None: all) that meet every condition.

        `generation` is the catalogue's.
        """
        if generation != self._generation:
            self._kept.clear()
            self._generation, self._keys = generation, 0
        within = None if categories is None else tuple(categories)
        sets = [self._passing((within, c)) for c in conditions or (None,)]
        return frozenset.intersection(*sets)

    def _passing(self, sieve: _Filter) -> frozenset[int]:
        if sieve not in self._kept:
            categories, condition = sieve
            query = survivors(self._connection, () if condition is None else (condition,), categories)
            found = self._connection.execute(query.sql, query.parameters)
            self._keep(sieve, frozenset(key for (key,) in found))
        self._kept.move_to_end(sieve)
        return self._kept[sieve]

    def _keep(self, sieve: _Filter, keys: frozenset[int]) -> None:
        self._kept[sieve] = keys
        self._keys += len(keys) + FILTER_KEYS
        while self._keys > MOST_KEYS and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._keys -= len(dropped) + FILTER_KEYS
