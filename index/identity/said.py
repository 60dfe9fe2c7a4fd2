"""The person's word on what is the same: kept by the ids and names that they spoke of, taken back exactly.

Each deed is one transaction in which what follows from it is worked out anew.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from index.errors import ConflictError, NotFoundError
from index.identity.agreeing import work_out
from index.store.database import connect, faults, transaction


class PairSaid(NamedTuple):
    """What was said of two products."""

    one: str
    other: str
    same: bool


class NameSaid(NamedTuple):
    """What was said of a name; read as itself it stays apart."""

    category: str
    alias: str
    name: str


def say_same(path: Path, one: str, other: str, patience: float, *, same: bool) -> None:
    """Say that two products are one thing, or two.

    Raises NotFoundError, and ConflictError where what was said before of others keeps them apart.
    """
    first, last = _ordered(one, other)
    with _deed(path, patience) as connection:
        for product_id in (one, other):
            if not connection.execute("SELECT 1 FROM products WHERE id = ?", (product_id,)).fetchone():
                raise NotFoundError(f"There is no product {product_id} in the catalogue; search for its id.")
        connection.execute("INSERT OR REPLACE INTO same_said VALUES (?, ?, ?)", (first, last, same))
        work_out(connection)
        if same and not _together(connection, one, other):
            raise ConflictError(
                f"{one} and {other} cannot be one: a record that is one with either was said to differ; "
                "take that back first (`productresearch index same` lists it)."
            )


def unsay_same(path: Path, product_id: str, patience: float) -> list[PairSaid]:
    """Take back everything that was said of a product; raises NotFoundError where nothing was."""
    with _deed(path, patience) as connection:
        taken = [pair for pair in _pairs(connection) if product_id in (pair.one, pair.other)]
        if not taken:
            raise NotFoundError(
                f"Nothing was said of {product_id}; `productresearch index same` lists what was, and where "
                "numbers join two, `index same --refuse A B` parts them."
            )
        connection.execute("DELETE FROM same_said WHERE one = ? OR other = ?", (product_id, product_id))
        work_out(connection)
        return taken


def say_name(path: Path, said: NameSaid, patience: float) -> None:
    """Say that an attribute's name is read as another in a category and below it, or stays apart."""
    with _deed(path, patience) as connection:
        connection.execute("INSERT OR REPLACE INTO names_said VALUES (?, ?, ?)", said)
        work_out(connection)


def unsay_name(path: Path, category: str, alias: str, patience: float) -> NameSaid:
    """Take back what was said of a name in a category; raises NotFoundError where nothing was."""
    with _deed(path, patience) as connection:
        found = connection.execute(
            "SELECT category, alias, name FROM names_said WHERE category = ? AND alias = ?", (category, alias)
        ).fetchone()
        if found is None:
            raise NotFoundError(f"Nothing was said of the name {alias} in {category or 'every category'}.")
        connection.execute("DELETE FROM names_said WHERE category = ? AND alias = ?", (category, alias))
        work_out(connection)
        return NameSaid(*found)


def pairs_said(connection: sqlite3.Connection) -> list[PairSaid]:
    """Everything that was said of products, in the order of their ids."""
    return list(_pairs(connection))


@contextmanager
def _deed(path: Path, patience: float) -> Iterator[sqlite3.Connection]:
    with closing(connect(path, patience)) as connection, faults(path), transaction(connection):
        yield connection


def _pairs(connection: sqlite3.Connection) -> Iterator[PairSaid]:
    for one, other, same in connection.execute("SELECT one, other, same FROM same_said ORDER BY one, other"):
        yield PairSaid(one, other, bool(same))


def _together(connection: sqlite3.Connection, one: str, other: str) -> bool:
    query = (
        "SELECT count(DISTINCT thing) = 1 AND count(*) = 2 FROM same_products "
        "JOIN products ON key = product WHERE id IN (?, ?)"
    )
    return bool(connection.execute(query, (one, other)).fetchone()[0])


def _ordered(one: str, other: str) -> tuple[str, str]:
    if one == other:
        raise ConflictError(f"{one} is one product already; name two.")
    return (one, other) if one < other else (other, one)
