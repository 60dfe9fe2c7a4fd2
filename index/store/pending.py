"""Which products' vectors are not up to date: written with the records, read and settled by a drain."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from index.store.database import connect, faults, transaction

_MARK = """
    INSERT INTO pending (product_id, forget, generation) VALUES (?, ?, ?)
    ON CONFLICT (product_id) DO UPDATE SET forget = excluded.forget, generation = excluded.generation
"""


class Pending(NamedTuple):
    """One row of work for a drain."""

    product_id: str
    forget: bool
    """The product is gone: its vector must go too."""
    generation: int
    """That wrote the row; one written since by another import has a higher number and stays."""


def mark(
    connection: sqlite3.Connection, product_ids: Iterable[str], generation: int, *, forget: bool
) -> None:
    """Say, inside the caller's transaction, that the vectors of these products must be made or forgotten."""
    connection.executemany(_MARK, [(product_id, forget, generation) for product_id in product_ids])


def mark_some(path: Path, product_ids: Iterable[str], patience: float, *, forget: bool) -> None:
    """Mark products in a transaction of its own."""
    with closing(connect(path, patience)) as connection, faults(path), transaction(connection):
        (generation,) = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
        mark(connection, product_ids, int(generation), forget=forget)


def settle(path: Path, done: Sequence[Pending], patience: float) -> None:
    """Take away rows whose vectors are stored; those written anew in the meantime stay."""
    with closing(connect(path, patience)) as connection, faults(path), transaction(connection):
        connection.executemany(
            "DELETE FROM pending WHERE product_id = ? AND generation = ?",
            [(row.product_id, row.generation) for row in done],
        )
        connection.execute(
            "UPDATE meta SET value = (SELECT value FROM meta WHERE key = 'generation') "
            "WHERE key = 'vectors' AND NOT EXISTS (SELECT 1 FROM pending)"
        )
