"""What a search sees of same things: one hit for all records of a thing, its facts and offers put together.

Where something is the same, temporary views stand before the tables `attributes` and `offers`, so that
filters, orders and cards read every record with what the thing's other records add. Where nothing is, there
are none.
"""

import sqlite3
from collections.abc import Container, Mapping, Sequence

_COLUMNS = "product, category, name, unit, at_least, at_most, flag, words"
_NOT_GROUPED = "product NOT IN (SELECT product FROM main.same_products)"

_OFFERS = f"""
    SELECT product, currency, amount FROM main.offers WHERE {_NOT_GROUPED}
    UNION ALL SELECT product, currency, amount FROM main.same_offers
"""
_OWN = f"""
    SELECT {_COLUMNS} FROM main.attributes AS own WHERE {{among}} AND NOT EXISTS (
        SELECT 1 FROM main.attribute_names n WHERE n.alias = own.name AND n.category IS own.category)
"""
_RENAMED = """
    SELECT own.product, own.category, n.name, own.unit, own.at_least, own.at_most, own.flag, own.words
    FROM main.attribute_names n JOIN main.attributes own ON own.name = n.alias AND own.category IS n.category
    WHERE {among}
    AND NOT EXISTS (SELECT 1 FROM main.attributes b WHERE b.product = own.product AND b.name = n.name)
    AND NOT EXISTS (
        SELECT 1 FROM main.attribute_names m JOIN main.attributes b ON b.name = m.alias
        WHERE m.name = n.name AND m.category IS n.category AND m.alias < n.alias AND b.product = own.product)
"""
_GROUPED = f"SELECT {_COLUMNS} FROM main.same_attributes"


class Things:
    """The same things of one catalogue, for one connection; looks again when something was written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._generation = -1
        self._thing: dict[int, int] = {}
        """The thing of every record that is not alone, those that tell most first."""
        self._hidden: dict[int, int] = {}
        """What is hidden where everything passes."""

    def refresh(self, generation: int) -> None:
        """Put the views in place, or away; `generation` is the catalogue's."""
        if generation == self._generation:
            return
        self._thing = dict(
            self._connection.execute("SELECT product, thing FROM same_products ORDER BY place, product")
        )
        self._hidden = self._behind(None)
        (renamed,) = self._connection.execute("SELECT EXISTS (SELECT 1 FROM attribute_names)").fetchone()
        self._view("offers", _OFFERS if self._thing else "")
        self._view("attributes", _attributes(bool(self._thing), bool(renamed)))
        self._generation = generation

    def hidden(self, passing: Container[int] | None) -> dict[int, int]:
        """Records that another one stands for, by key: of those that pass the one that tells most.

        None for `passing` says that all do.
        """
        return self._hidden if passing is None else self._behind(passing)

    def _behind(self, passing: Container[int] | None) -> dict[int, int]:
        first: dict[int, int] = {}
        hidden: dict[int, int] = {}
        for key, thing in self._thing.items():
            if (passing is None or key in passing) and first.setdefault(thing, key) != key:
                hidden[key] = first[thing]
        return hidden

    def _view(self, table: str, query: str) -> None:
        self._connection.execute(f"DROP VIEW IF EXISTS temp.{table}")
        if query:
            self._connection.execute(f"CREATE TEMP VIEW {table} AS {query}")


def shown(legs: Mapping[str, Sequence[int]], hidden: Mapping[int, int]) -> dict[str, list[int]]:
    """What each leg found, every thing once, at its best place."""
    return {leg: list(dict.fromkeys(hidden.get(key, key) for key in keys)) for leg, keys in legs.items()}


def _attributes(grouped: bool, renamed: bool) -> str:
    among = _NOT_GROUPED if grouped else "1"
    own = _OWN if renamed else f"SELECT {_COLUMNS} FROM main.attributes WHERE {{among}}"
    parts = [own.format(among=among)]
    parts += [_RENAMED.format(among=f"own.{among}" if grouped else among)] if renamed else []
    parts += [_GROUPED] if grouped else []
    return " UNION ALL ".join(parts) if grouped or renamed else ""
