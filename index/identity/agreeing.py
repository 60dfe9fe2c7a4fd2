"""Makes the tables of same things and same names anew: what follows from the records and the person's word.

It runs in the transaction of whoever changed either. Nothing of it is told by a source, so it may be emptied
and made again at any time.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence

from index.identity.grouping import groups
from index.identity.merging import merged
from index.identity.naming import Names, joined_names
from index.product import Product
from index.store import rows


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
    before = connection.total_changes
    _write_names(connection)
    _write_things(connection)
    if connection.total_changes != before:
        connection.execute("UPDATE meta SET value = CAST(value + 1 AS TEXT) WHERE key = 'generation'")
    connection.execute("INSERT OR REPLACE INTO meta SELECT 'same', value FROM meta WHERE key = 'generation'")


def _write_names(connection: sqlite3.Connection) -> None:
    joins = joined_names(connection)
    if connection.execute("SELECT * FROM attribute_names ORDER BY rowid").fetchall() != joins:
        connection.execute("DELETE FROM attribute_names")
        connection.executemany("INSERT INTO attribute_names VALUES (?, ?, ?, ?)", joins)


def _write_things(connection: sqlite3.Connection) -> None:
    """Write the things that are not as they were; the others are left alone."""
    names = Names.read(connection)
    wanted = _digests(connection, groups(connection), names)
    stored = {digest for (digest,) in connection.execute("SELECT DISTINCT digest FROM same_products")}
    for digest in stored - wanted.keys():
        for table in ("same_offers", "same_attributes"):
            connection.execute(
                f"DELETE FROM {table} WHERE product IN (SELECT product FROM same_products WHERE digest = ?)",
                (digest,),
            )
        connection.execute("DELETE FROM same_products WHERE digest = ?", (digest,))
    for digest, group in wanted.items():
        if digest not in stored:
            _write_thing(connection, group, digest, names)


def _digests(
    connection: sqlite3.Connection, things: Sequence[Sequence[int]], names: Names
) -> dict[str, Sequence[int]]:
    """The things by a digest of what their records say and of the names that they are read under."""
    found = connection.execute(
        "SELECT key, digest, category FROM products WHERE key IN (SELECT value FROM json_each(?))",
        (json.dumps([key for thing in things for key in thing]),),
    )
    told = {key: (key, digest, category) for key, digest, category in found}
    return {rows.hashed(repr(([told[key] for key in thing], names.told))): thing for thing in things}


def _write_thing(connection: sqlite3.Connection, group: Sequence[int], digest: str, names: Names) -> None:
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
        connection.execute("INSERT INTO same_products VALUES (?, ?, ?, ?)", (key, thing, place, digest))
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
