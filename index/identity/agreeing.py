"""Makes the tables of same things and same names anew: what follows from the records and the person's word.

Nothing of it is told by a source, so it may be emptied and made again at any time.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from index.identity.grouping import groups
from index.identity.merging import merged
from index.identity.naming import Names, joined_names
from index.product import Product
from index.store import rows
from index.store.database import transaction

_AT_ONCE = 500
"""Things in one transaction: half a second."""


def agree_anew(connection: sqlite3.Connection) -> None:
    """Work out anew which records and names are the same, where something was written since it was done.

    In short transactions of its own, each of which leaves every thing whole; what a kill leaves undone, the
    next import does. Counts as a change of the catalogue only where readers see another thing than before.
    """
    (generation,) = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
    done = connection.execute("SELECT value FROM meta WHERE key = 'same'").fetchone()
    if done is not None and done[0] == generation:
        return
    with _step(connection):
        _write_names(connection)
    names = Names.read(connection)
    outdated, wanted = _unlike(connection, names)
    for some in _lots(outdated):
        with _step(connection):
            _drop_things(connection, some)
    for some in _lots(list(wanted)):
        with _step(connection):
            _write_things(connection, {digest: wanted[digest] for digest in some}, names)
    with transaction(connection):
        _settle(connection)


def work_out(connection: sqlite3.Connection) -> None:
    """Do it whether anything was written or not, inside the caller's transaction."""
    before = connection.total_changes
    _write_names(connection)
    names = Names.read(connection)
    outdated, wanted = _unlike(connection, names)
    _drop_things(connection, outdated)
    _write_things(connection, wanted, names)
    _count_change(connection, before)
    _settle(connection)


def make_anew(connection: sqlite3.Connection) -> None:
    """Do it from nothing, whatever the tables hold, inside the caller's transaction."""
    for table in ("same_offers", "same_attributes", "same_products", "attribute_names"):
        connection.execute(f"DELETE FROM {table}")
    work_out(connection)


@contextmanager
def _step(connection: sqlite3.Connection) -> Iterator[None]:
    with transaction(connection):
        before = connection.total_changes
        yield
        _count_change(connection, before)


def _count_change(connection: sqlite3.Connection, before: int) -> None:
    if connection.total_changes != before:
        connection.execute("UPDATE meta SET value = CAST(value + 1 AS TEXT) WHERE key = 'generation'")


def _settle(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT OR REPLACE INTO meta SELECT 'same', value FROM meta WHERE key = 'generation'")


def _lots(digests: Sequence[str]) -> Iterator[Sequence[str]]:
    return (digests[start : start + _AT_ONCE] for start in range(0, len(digests), _AT_ONCE))


def _write_names(connection: sqlite3.Connection) -> None:
    joins = joined_names(connection)
    if connection.execute("SELECT * FROM attribute_names ORDER BY rowid").fetchall() != joins:
        connection.execute("DELETE FROM attribute_names")
        connection.executemany("INSERT INTO attribute_names VALUES (?, ?, ?, ?)", joins)


def _unlike(connection: sqlite3.Connection, names: Names) -> tuple[list[str], dict[str, Sequence[int]]]:
    """Digests of stored things that are no longer so, and the things that are not stored as they are."""
    wanted = _digests(connection, groups(connection), names)
    stored = {digest for (digest,) in connection.execute("SELECT DISTINCT digest FROM same_products")}
    return sorted(stored - wanted.keys()), {each: wanted[each] for each in wanted if each not in stored}


def _drop_things(connection: sqlite3.Connection, digests: Sequence[str]) -> None:
    for digest in digests:
        for table in ("same_offers", "same_attributes"):
            connection.execute(
                f"DELETE FROM {table} WHERE product IN (SELECT product FROM same_products WHERE digest = ?)",
                (digest,),
            )
        connection.execute("DELETE FROM same_products WHERE digest = ?", (digest,))


def _write_things(connection: sqlite3.Connection, things: Mapping[str, Sequence[int]], names: Names) -> None:
    for digest, group in things.items():
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
    if len(found) < len(group):
        return  # another process has removed one since; its own work follows
    # Two processes may have worked it out at once.
    there = connection.execute(
        "SELECT DISTINCT digest FROM same_products WHERE product IN (SELECT value FROM json_each(?))",
        (json.dumps(group),),
    ).fetchall()
    _drop_things(connection, [each for (each,) in there])
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
