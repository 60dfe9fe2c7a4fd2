"""Makes the tables of same things and same names anew: what follows from the records and the person's word.

It runs in the transaction of whoever changed either. Nothing of it is told by a source, so it may be emptied
and made again at any time.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from hashlib import blake2b

from index.identity.grouping import groups
from index.identity.merging import merged
from index.identity.naming import Names, joined_names
from index.product import Product
from index.store import rows

_TABLES = ("same_attributes", "same_offers", "same_products", "attribute_names")


def agree_anew(connection: sqlite3.Connection) -> None:
    """Work out anew which records and names are the same, where something was written since it was done.

    Counts as a change of the catalogue only where readers see another thing than before.
    """
    (generation,) = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
    done = connection.execute("SELECT value FROM meta WHERE key = 'same'").fetchone()
    if done is None or done[0] != generation:
        work_out(connection)


def work_out(connection: sqlite3.Connection) -> None:
    """Do it whether anything was written or not."""
    before = _state(connection)
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table}")
    connection.executemany("INSERT INTO attribute_names VALUES (?, ?, ?, ?)", joined_names(connection))
    names = Names.read(connection)
    for group in groups(connection):
        _write_thing(connection, group, names)
    if _state(connection) != before:
        connection.execute("UPDATE meta SET value = CAST(value + 1 AS TEXT) WHERE key = 'generation'")
    connection.execute("INSERT OR REPLACE INTO meta SELECT 'same', value FROM meta WHERE key = 'generation'")


def _state(connection: sqlite3.Connection) -> bytes:
    """A digest of what readers see."""
    seen = blake2b()
    for table in _TABLES:
        for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3"):
            seen.update(repr((table, row)).encode())
    return seen.digest()


def _write_thing(connection: sqlite3.Connection, group: Sequence[int], names: Names) -> None:
    found = connection.execute(
        "SELECT key, category, record FROM products WHERE key IN (SELECT value FROM json_each(?))",
        (json.dumps(group),),
    ).fetchall()
    told = [
        (key, category, names.applied(Product.model_validate_json(text))) for key, category, text in found
    ]
    told.sort(key=lambda each: (_telling(each[2]), -each[0]), reverse=True)
    thing = told[0][0]
    for place, (key, category, product) in enumerate(told):
        view = merged(product, [other for at, (*_, other) in enumerate(told) if at != place])
        connection.execute("INSERT INTO same_products VALUES (?, ?, ?)", (key, thing, place))
        connection.executemany("INSERT INTO same_offers VALUES (?, ?, ?)", _offers(key, view))
        connection.executemany(
            "INSERT OR IGNORE INTO same_attributes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            _attributes(key, category, view),
        )


def _telling(product: Product) -> tuple[object, ...]:
    """How much a record tells; the one that tells most leads."""
    said = len(product.attributes), product.rating_count or 0, len(product.description)
    return (bool(product.offers), *said, product.origin.seen)


def _offers(key: int, product: Product) -> Iterator[tuple[int, str, float]]:
    return ((key, offer.price.currency, offer.price.amount) for offer in product.offers)


def _attributes(key: int, category: int | None, product: Product) -> Iterator[tuple[object, ...]]:
    for a in product.attributes:
        yield key, category, a.name, a.unit, a.at_least, a.at_most, a.flag, rows.padded_words(a.words)
