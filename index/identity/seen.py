"""Records as they are read: under the names that attributes share, with what other records of a thing say.

A catalogue in which nothing is the same costs one look each time it was written to.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from index.identity.merging import Difference, differences, merged
from index.identity.naming import Names
from index.product import Product

_OTHERS = (
    "SELECT mine.product, other.product FROM same_products mine "
    "JOIN same_products other ON other.thing = mine.thing AND other.product != mine.product "
    "WHERE mine.product IN (SELECT value FROM json_each(?)) ORDER BY other.place"
)
_RECORDS = "SELECT key, record FROM products WHERE key IN (SELECT value FROM json_each(?))"


class Seen:
    """How records of one catalogue are seen; remembers the names until something is written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._generation = -1
        self._names = Names({})
        self._grouped = False

    def refresh(self, generation: int) -> None:
        """Look again where something was written; `generation` is the catalogue's."""
        if generation != self._generation:
            self._names = Names.read(self._connection)
            (self._grouped,) = self._connection.execute(
                "SELECT EXISTS (SELECT 1 FROM same_products)"
            ).fetchone()
            self._generation = generation

    def products(self, told: Sequence[tuple[int, Product]]) -> list[Product]:
        """Records with their keys, each led by itself."""
        if not self._grouped:
            return [self._names.applied(product) for _, product in told]
        others = self._others([key for key, _ in told])
        return [merged(self._names.applied(product), others[key]) for key, product in told]

    def others(self, key: int) -> list[Product]:
        """The other records of the same thing, the one that tells most first."""
        return self._others([key])[key] if self._grouped else []

    def differences(self, key: int, product: Product) -> tuple[Difference, ...]:
        """What the records of the thing say differently, the given record first."""
        others = self.others(key)
        return differences([self._names.applied(product), *others]) if others else ()

    def _others(self, keys: Sequence[int]) -> defaultdict[int, list[Product]]:
        pairs = self._connection.execute(_OTHERS, (json.dumps(keys),)).fetchall()
        wanted = json.dumps(sorted({other for _, other in pairs}))
        found = self._connection.execute(_RECORDS, (wanted,)).fetchall()
        records = {key: self._names.applied(Product.model_validate_json(text)) for key, text in found}
        others: defaultdict[int, list[Product]] = defaultdict(list)
        for mine, other in pairs:
            others[mine] += [records[other]] if other in records else []
        return others
