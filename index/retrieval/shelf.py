"""The products last found, kept as parsed records until something is written to the catalogue."""

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Sequence

from index.identity.seen import Seen
from index.product import Product

MOST = 1024
"""Products kept, about 15 MB; a search then takes a record from here in place of 30 µs of parsing."""

_AT_ONCE = 200


class Shelf:
    """Parsed products by key; the same record is the same object as long as it is kept."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._seen = Seen(connection)
        self._generation = -1
        self._kept: OrderedDict[int, Product] = OrderedDict()

    def products(self, keys: Sequence[int], generation: int) -> dict[int, Product]:
        """The products with these keys, in their order; `generation` is the catalogue's.

        One that another process has deleted since it was found is left out.
        """
        if generation != self._generation:
            self._kept.clear()
            self._generation = generation
        missing = [key for key in keys if key not in self._kept]
        read = self._read(missing, generation) if missing else {}
        found: dict[int, Product] = {}
        for key in keys:
            product = read.get(key) or self._kept.get(key)
            if product is not None:
                found[key] = self._kept[key] = product
                self._kept.move_to_end(key)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return found

    def passing(self, keys: Sequence[int], generation: int) -> Iterator[tuple[int, Product]]:
        """Products one after the other, none of which is kept, in any order.

        For leafing through thousands: keeping 1,024 of them costs a garbage collection of 50 ms now and then.
        """
        self._seen.refresh(generation)
        return self._told(self._records(keys))

    def _told(self, records: Sequence[tuple[int, str]]) -> Iterator[tuple[int, Product]]:
        for start in range(0, len(records), _AT_ONCE):
            told = [
                (key, Product.model_validate_json(record))
                for key, record in records[start : start + _AT_ONCE]
            ]
            yield from zip((key for key, _ in told), self._seen.products(told), strict=True)

    def _read(self, keys: Sequence[int], generation: int) -> dict[int, Product]:
        return dict(self.passing(keys, generation))

    def _records(self, keys: Sequence[int]) -> list[tuple[int, str]]:
        # A mark for each key would be too many for SQLite where a whole large category is listed.
        return self._connection.execute(
            "SELECT key, record FROM products WHERE key IN (SELECT value FROM json_each(?))",
            (json.dumps(keys),),
        ).fetchall()
