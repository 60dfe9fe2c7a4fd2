"""Which products pass which filter, asked of SQLite once for each filter until something is written.

A research turns the same few filters over in many combinations; only their meeting is made anew.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from functools import reduce
from operator import and_

from index.conditions import Condition
from index.retrieval.filters import passing_one
from index.retrieval.keys import Keys

MOST_BYTES = 48_000_000
"""Bytes kept over all filters, of a million products for instance about 45."""
FILTER_BYTES = 1_000
"""What a filter takes beside its keys."""

_Filter = tuple[tuple[int, ...] | None, Condition | None]


class Sieve:
    """Filters of one catalogue with the keys of what passes them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._generation = -1
        self._kept: OrderedDict[_Filter, Keys] = OrderedDict()
        self._bytes = 0

    def passing(
        self, conditions: Sequence[Condition], categories: Sequence[int] | None, generation: int
    ) -> Keys:
        """Keys of the products in these categories (None: all) that meet every condition.

        `generation` is the catalogue's.
        """
        if generation != self._generation:
            self._kept.clear()
            self._generation, self._bytes = generation, 0
        within = None if categories is None else tuple(categories)
        return reduce(and_, [self._passing((within, c)) for c in conditions or (None,)])

    def _passing(self, sieve: _Filter) -> Keys:
        if sieve not in self._kept:
            categories, condition = sieve
            query = passing_one(self._connection, condition, categories)
            found = self._connection.execute(query.sql, query.parameters)
            self._keep(sieve, Keys.of(key for (key,) in found))
        self._kept.move_to_end(sieve)
        return self._kept[sieve]

    def _keep(self, sieve: _Filter, keys: Keys) -> None:
        self._kept[sieve] = keys
        self._bytes += keys.size + FILTER_BYTES
        while self._bytes > MOST_BYTES and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= dropped.size + FILTER_BYTES
