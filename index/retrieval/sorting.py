"""The order of search results by a field: SQL terms over the table `survivors`, unknown values last."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from index.conditions import Condition
from index.retrieval.scales import scales


class Order(NamedTuple):
    """Joins and leading terms for `SELECT … FROM survivors s`, and the parameters of both."""

    joins: str = ""
    terms: str = ""
    parameters: tuple[str, ...] = ()


def sort_order(
    connection: sqlite3.Connection, sort: tuple[str, bool], conditions: Sequence[Condition]
) -> Order:
    """Order by an attribute or a built-in field.

    A range counts by the end that matters: ascending by its upper limit, descending by its lower one.
    Prices are ordered in the currency of a price condition, or else in the commonest one.
    """
    field, descending = sort
    match field:
        case "price":
            return _by_price(connection, conditions, descending)
        case "rating" | "brand" | "title":
            value = f"p.{field}" if field == "rating" else f"nullif(p.{field}, '')"
            return Order("JOIN products p ON p.key = s.key", _terms(value, descending))
    return _by_attribute(connection, field, descending)


def _by_price(connection: sqlite3.Connection, conditions: Sequence[Condition], descending: bool) -> Order:
    given = [c.currency for c in conditions if c.attribute == "price" and c.currency]
    joins = (
        "LEFT JOIN (SELECT product, min(amount) AS amount FROM survivors CROSS JOIN offers ON product = key "
        "WHERE currency = ? GROUP BY product) o ON o.product = s.key"
    )
    return Order(joins, _terms("o.amount", descending), (given[0] if given else _commonest(connection),))


def _commonest(connection: sqlite3.Connection) -> str:
    found = connection.execute(
        "SELECT currency FROM offers JOIN survivors ON product = key GROUP BY currency "
        "ORDER BY count(*) DESC, currency LIMIT 1"
    ).fetchone()
    return str(found[0]) if found else ""


def _by_attribute(connection: sqlite3.Connection, name: str, descending: bool) -> Order:
    number = scales(connection, name).sql("a.at_least" if descending else "a.at_most")
    value = f"coalesce({number}, a.flag)"
    return Order(
        "LEFT JOIN attributes a ON a.product = s.key AND a.name = ?",
        _terms(value, descending) + _terms("nullif(a.words, '')", descending),
        (name,),
    )


def _terms(value: str, descending: bool) -> str:
    return f"{value} IS NULL, {value}{' DESC' if descending else ''}, "
