"""Conditions as SQL over the catalogue: the products that `index.conditions.decide` calls met, and no others.

Everything a person or model wrote travels as a parameter. Ranking is left to `index.search`.
"""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from index.conditions import (
    NO_WORDS,
    Condition,
    Op,
    in_unit,
    lower_slack,
    padded,
    upper_slack,
    wanted_words,
)

NOTHING = "0"


class Clause(NamedTuple):
    """A piece of SQL and its parameters."""

    sql: str
    parameters: tuple[str | float, ...] = ()


_PRESENT = f"""CASE
 WHEN flag IS NOT NULL THEN flag
 WHEN at_least IS NOT NULL OR at_most IS NOT NULL THEN NOT coalesce(at_least = 0 AND at_most = 0, 0)
 WHEN words <> '' THEN trim(words) NOT IN ({", ".join(f"'{word}'" for word in sorted(NO_WORDS))})
END"""


def add_functions(connection: sqlite3.Connection) -> None:
    """Teach a connection the two functions that the clauses on text call."""
    connection.create_function("padded_text", 1, lambda text: padded((text,)), deterministic=True)
    connection.create_function("padded_path", 1, lambda path: padded(path.split(" > ")), deterministic=True)


def passing_one(
    connection: sqlite3.Connection, condition: Condition | None, categories: Sequence[int] | None
) -> Clause:
    """A query for the keys of the products in these categories (None: all) that meet the condition, if any.

    Attributes repeat the category of their product, so that their index alone is read.
    """
    among = "1" if categories is None else f"category IN ({_listed(categories)})"
    products = f"SELECT key FROM products WHERE {among}"
    if condition is None:
        return Clause(products)
    match condition.attribute:
        case "price":
            return _price(condition, "" if categories is None else products)
        case "rating":
            value = _number(condition, "rating", "rating")
        case "brand" | "title":
            value = _text(condition, f"padded_text({condition.attribute})")
        case "category":
            text = _text(condition, "padded_path(path)")
            value = Clause(f"category IN (SELECT id FROM categories WHERE {text.sql})", text.parameters)
        case name:
            value = _attribute(connection, condition)
            return Clause(
                f"SELECT product FROM attributes WHERE name = ? AND {among} AND ({value.sql})",
                (name, *value.parameters),
            )
    return Clause(f"{products} AND ({value.sql})", value.parameters)


def _listed(categories: Sequence[int]) -> str:
    return ", ".join(str(int(category)) for category in categories)


def _price(condition: Condition, among: str) -> Clause:
    """The offers of all products, or of those that a query gives: they are few beside all."""
    source = f"({among}) CROSS JOIN offers ON product = key" if among else "offers"
    anything = not condition.currency and condition.op in (Op.HAS, Op.LACKS)
    scope = Clause("1") if anything else Clause("currency = ?", (condition.currency,))
    if condition.op is Op.AT_MOST:
        # One offer below the limit is enough, which spares the grouping (4 ms of 14,500 offers).
        test = _number(condition, "amount", "amount")
        return Clause(
            f"SELECT product FROM {source} WHERE {scope.sql} AND {test.sql}",
            scope.parameters + test.parameters,
        )
    test = _number(condition, "min(amount)", "min(amount)")
    return Clause(
        f"SELECT product FROM {source} WHERE {scope.sql} GROUP BY product HAVING {test.sql}",
        scope.parameters + test.parameters,
    )


def _attribute(connection: sqlite3.Connection, condition: Condition) -> Clause:
    if condition.op in (Op.HAS, Op.LACKS):
        return Clause(f"{_PRESENT} = ?", (condition.op is Op.HAS,))
    if condition.flag is not None:
        if condition.op not in (Op.IS, Op.IS_NOT):
            return Clause(NOTHING)
        return Clause(f"{_PRESENT} = ?", (condition.flag == (condition.op is Op.IS),))
    if condition.words:
        return _words(condition)
    if condition.number is None or not condition.unit:
        return _number(condition, "at_least", "at_most")
    return _in_every_unit(connection, condition)


def _in_every_unit(connection: sqlite3.Connection, condition: Condition) -> Clause:
    """One alternative for each unit in which the catalogue gives the attribute."""
    query = "SELECT DISTINCT unit FROM attributes WHERE name = ? ORDER BY unit"
    clauses = []
    for (unit,) in connection.execute(query, (condition.attribute,)):
        if (scaled := in_unit(condition, unit)) is not None:
            test = _number(scaled, "at_least", "at_most")
            clauses.append(Clause(f"unit = ? AND {test.sql}", (unit, *test.parameters)))
    sql = " OR ".join(f"({clause.sql})" for clause in clauses) or NOTHING
    return Clause(sql, tuple(value for clause in clauses for value in clause.parameters))


def _words(condition: Condition) -> Clause:
    text = _text(condition, "words")
    if condition.op is not Op.IS_NOT or not wanted_words(condition):
        return text
    plain = not any(char.isdigit() for word in condition.words for char in word)
    number = "at_least IS NOT NULL OR at_most IS NOT NULL" if plain else NOTHING
    other_kind = f"words = '' AND (flag = 0 OR (flag IS NULL AND ({number})))"
    return Clause(f"({text.sql}) OR ({other_kind})", text.parameters)


def _text(condition: Condition, column: str) -> Clause:
    if condition.op is Op.HAS:
        return Clause(f"{column} <> ''")
    words = wanted_words(condition)
    if condition.op not in (Op.IS, Op.IS_NOT) or not words:
        return Clause(NOTHING)
    found = " OR ".join(f"instr({column}, ?)" for _ in words)
    if condition.op is Op.IS:
        return Clause(found, tuple(words))
    return Clause(f"{column} <> '' AND NOT ({found})", tuple(words))


def _number(condition: Condition, at_least: str, at_most: str) -> Clause:
    if condition.op in (Op.HAS, Op.LACKS):
        known = f"{at_least} IS NOT NULL AND {at_most} IS NOT NULL"
        return Clause(f"{known} AND {at_most} {'<>' if condition.op is Op.HAS else '='} 0")
    limit = condition.number
    if limit is None:
        return Clause(NOTHING)
    if condition.op is Op.AT_MOST:
        return (
            Clause(f"{at_most} < ?", (lower_slack(limit),))
            if condition.strict
            else Clause(f"{at_most} <= ?", (upper_slack(limit),))
        )
    if condition.op is Op.AT_LEAST:
        return (
            Clause(f"{at_least} > ?", (upper_slack(limit),))
            if condition.strict
            else Clause(f"{at_least} >= ?", (lower_slack(limit),))
        )
    low, high = condition.span
    low, high = lower_slack(low), upper_slack(high)
    if condition.op is Op.IS:
        return Clause(f"{at_least} <= ? AND {at_most} >= ?", (high, low))
    return Clause(
        f"{at_least} IS NOT NULL AND {at_most} IS NOT NULL AND ({at_least} > ? OR {at_most} < ?)", (high, low)
    )
