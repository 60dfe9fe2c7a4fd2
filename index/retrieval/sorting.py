"""The order of search results: as they were found, or by a field, with unknown values last."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import NamedTuple

from index.conditions import Condition
from index.retrieval.keys import Keys
from index.retrieval.scales import scales


class _Order(NamedTuple):
    """Joins and leading terms for `SELECT … FROM sorted s`, and the parameters of both."""

    joins: str
    terms: str
    parameters: tuple[str, ...] = ()


def as_found(ranked: Sequence[int], others: Keys | None, limit: int, offset: int) -> list[int]:
    """One page, best first: what was ranked, then what passes beside it. A negative limit gives all."""
    first = frozenset(ranked)
    rest = (key for key in others or () if key not in first)
    return list(islice(chain(ranked, rest), offset, None if limit < 0 else offset + limit))


def by_field(
    connection: sqlite3.Connection,
    sort: tuple[str, bool],
    conditions: Sequence[Condition],
    ranked: Sequence[int],
    others: Iterable[int],
    limit: int,
    offset: int,
) -> list[int]:
    """One page of both, ordered by an attribute or a built-in field, and where that says nothing as found.

    A range counts by the end that matters: ascending by its upper limit, descending by its lower one.
    Prices are ordered in the currency of a price condition, or else in the commonest one.
    """
    connection.execute("CREATE TEMP TABLE sorted (key INTEGER PRIMARY KEY, rank INTEGER)")
    try:
        connection.execute(
            "INSERT INTO sorted (key) SELECT value FROM json_each(?)", (json.dumps([*others]),)
        )
        connection.execute(
            "INSERT OR REPLACE INTO sorted (key, rank) SELECT value, key FROM json_each(?)",
            (json.dumps(ranked),),
        )
        order = _order(connection, sort, conditions)
        found = connection.execute(
            f"SELECT s.key FROM sorted s {order.joins} "
            f"ORDER BY {order.terms} s.rank IS NULL, s.rank, s.key LIMIT ? OFFSET ?",
            (*order.parameters, limit, offset),
        )
        return [key for (key,) in found]
    finally:
        connection.execute("DROP TABLE sorted")


def _order(connection: sqlite3.Connection, sort: tuple[str, bool], conditions: Sequence[Condition]) -> _Order:
    field, descending = sort
    match field:
        case "price":
            return _by_price(connection, conditions, descending)
        case "rating" | "brand" | "title":
            value = f"p.{field}" if field == "rating" else f"nullif(p.{field}, '')"
            return _Order("JOIN products p ON p.key = s.key", _terms(value, descending))
    return _by_attribute(connection, field, descending)


def _by_price(connection: sqlite3.Connection, conditions: Sequence[Condition], descending: bool) -> _Order:
    given = [c.currency for c in conditions if c.attribute == "price" and c.currency]
    joins = (
        "LEFT JOIN (SELECT product, min(amount) AS amount FROM sorted CROSS JOIN offers ON product = key "
        "WHERE currency = ? GROUP BY product) o ON o.product = s.key"
    )
    return _Order(joins, _terms("o.amount", descending), (given[0] if given else _commonest(connection),))


def _commonest(connection: sqlite3.Connection) -> str:
    found = connection.execute(
        "SELECT currency FROM offers JOIN sorted ON product = key GROUP BY currency "
        "ORDER BY count(*) DESC, currency LIMIT 1"
    ).fetchone()
    return str(found[0]) if found else ""


def _by_attribute(connection: sqlite3.Connection, name: str, descending: bool) -> _Order:
    number = scales(connection, name).sql("a.at_least" if descending else "a.at_most")
    value = f"coalesce({number}, a.flag)"
    return _Order(
        "LEFT JOIN attributes a ON a.product = s.key AND a.name = ?",
        _terms(value, descending) + _terms("nullif(a.words, '')", descending),
        (name,),
    )


def _terms(value: str, descending: bool) -> str:
    return f"{value} IS NULL, {value}{' DESC' if descending else ''}, "
