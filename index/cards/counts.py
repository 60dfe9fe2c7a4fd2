"""The figures on a category's card, counted in SQL; `card_builder` chooses categories and keeps cards."""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from index.card import AttributeKind, CardAttribute, CategoryCard
from index.conditions import spaced
from index.identity.naming import PRESENT
from index.meanings import Meaning
from index.product import Product
from index.retrieval.scales import Scale, scales, to_commonest

VALUES_SHOWN = 24
_GROUPS_READ = 80
"""Combinations of text values read for the commonest values; a part of all of them is in the first few."""

_TELLING_SHARE = 0.02
"""Of an attribute's values: so many numbers or texts make it more than a yes or no."""
_BARE_FLAGS = "'', ' no ', ' none ', ' false ', ' without ', ' yes ', ' true '"
"""Words, as stored, of values that say no more than their flag."""


class _Group(NamedTuple):
    """The values of one attribute in one unit."""

    name: str
    unit: str
    values: int
    numbers: int
    flags: int
    low: float | None
    high: float | None


def count_card(
    connection: sqlite3.Connection,
    path: tuple[str, ...],
    categories: Sequence[int],
    meanings: Mapping[str, Meaning],
) -> CategoryCard:
    """The card of a category whose products have these category numbers, without its tag."""
    listed = ", ".join(map(str, categories))
    (count, rated) = connection.execute(
        f"SELECT count(*), count(rating) FROM products WHERE category IN ({listed})"
    ).fetchone()
    currency, low, high, priced = _prices(connection, listed)
    return CategoryCard(
        tag="",
        path=path,
        count=count,
        also=meanings.get("", Meaning()).also,
        currency=currency,
        price_low=low,
        price_high=high,
        priced=priced / count if count else 0.0,
        rated=rated / count if count else 0.0,
        brands=_brands(connection, listed),
        attributes=_attributes(connection, categories, count, meanings),
    )


def sorted_numbers(connection: sqlite3.Connection, categories: Sequence[int], field: str) -> list[float]:
    """Every number of an attribute, `price` or `rating`, ascending; a range by the end that limits hold."""
    listed = ", ".join(map(str, categories))
    if field == "price":
        currency = _prices(connection, listed)[0]
        query = (
            "SELECT min(amount) AS value FROM offers JOIN products ON key = product "
            f"WHERE category IN ({listed}) AND currency = ? GROUP BY product ORDER BY value"
        )
        return [value for (value,) in connection.execute(query, (currency,))]
    if field == "rating":
        query = (
            f"SELECT rating FROM products WHERE category IN ({listed}) AND rating IS NOT NULL ORDER BY rating"
        )
        return [value for (value,) in connection.execute(query)]
    value = scales(connection, field, categories).sql("coalesce(at_most, at_least)")
    query = (
        f"SELECT {value} AS value FROM attributes WHERE name = ? AND category IN ({listed}) ORDER BY value"
    )
    return [value for (value,) in connection.execute(query, (field,)) if value is not None]


def said_in_titles(
    connection: sqlite3.Connection, words: Sequence[str], categories: Sequence[int]
) -> tuple[str, ...]:
    """Which of these words, made of letters and digits alone, a title of these categories has."""
    listed = ", ".join(map(str, categories))
    query = (
        "SELECT EXISTS (SELECT 1 FROM products_fts CROSS JOIN products ON products.key = products_fts.rowid "
        f"WHERE products_fts MATCH ? AND products.category IN ({listed}))"
    )
    asked = ((word, connection.execute(query, (f'title : "{word}"',)).fetchone()[0]) for word in words)
    return tuple(word for word, found in asked if found)


def _prices(connection: sqlite3.Connection, listed: str) -> tuple[str, float | None, float | None, int]:
    """The commonest currency, the lowest and highest price in it, and how many products have any price."""
    found = connection.execute(
        "SELECT currency, count(*), min(best), max(best) FROM ("
        "SELECT product, currency, min(amount) AS best FROM offers JOIN products ON key = product "
        f"WHERE category IN ({listed}) GROUP BY product, currency) "
        "GROUP BY currency ORDER BY count(*) DESC, currency"
    ).fetchall()
    if not found:
        return "", None, None, 0
    currency, priced, low, high = found[0]
    if len(found) > 1:
        (priced,) = connection.execute(
            "SELECT count(DISTINCT product) FROM offers JOIN products ON key = product "
            f"WHERE category IN ({listed})"
        ).fetchone()
    return currency, low, high, priced


def _brands(connection: sqlite3.Connection, listed: str) -> tuple[str, ...]:
    found = connection.execute(
        f"SELECT min(key) FROM products WHERE category IN ({listed}) AND brand <> '' "
        "GROUP BY brand ORDER BY count(*) DESC, brand LIMIT ?",
        (VALUES_SHOWN,),
    )
    return tuple(_product(connection, key).brand for (key,) in found.fetchall())


def _attributes(
    connection: sqlite3.Connection, categories: Sequence[int], count: int, meanings: Mapping[str, Meaning]
) -> tuple[CardAttribute, ...]:
    listed = ", ".join(map(str, categories))
    found = connection.execute(
        "SELECT name, unit, count(*), sum(at_least IS NOT NULL OR at_most IS NOT NULL), "
        f"sum(flag IS NOT NULL AND words IN ({_BARE_FLAGS})), "
        "min(min(at_least), min(at_most)), max(max(at_least), max(at_most)) FROM attributes "
        f"WHERE name IN ({PRESENT}) AND category IN ({listed}) "
        "GROUP BY name, unit ORDER BY count(*) DESC, unit"
    )
    groups: dict[str, list[_Group]] = {}
    for row in found.fetchall():
        groups.setdefault(row[0], []).append(_Group(*row))
    attributes = [
        _attribute(connection, listed, count, of_name, meanings.get(name, Meaning()))
        for name, of_name in groups.items()
    ]
    return tuple(sorted(attributes, key=lambda a: (-a.coverage, a.name)))


def _attribute(
    connection: sqlite3.Connection, listed: str, count: int, groups: list[_Group], meaning: Meaning
) -> CardAttribute:
    name, values = groups[0].name, sum(g.values for g in groups)
    kind = _kind(values, sum(g.numbers for g in groups), sum(g.flags for g in groups))
    numeric = [g for g in groups if g.low is not None and g.high is not None]
    common = to_commonest([g.unit for g in numeric])
    ends = [
        # 2700 min are 45 h and not 45.00000000009.
        float(f"{end * scale.factor + scale.shift:.9g}") if scale != Scale() else end
        for g in numeric
        for end in (g.low, g.high)
        if end is not None and (scale := common.by_unit.get(g.unit))
    ]
    return CardAttribute(
        name=name,
        kind=kind,
        unit=common.unit if kind == "number" else "",
        low=min(ends) if kind == "number" else None,
        high=max(ends) if kind == "number" else None,
        values=_values(connection, listed, name) if kind == "text" else (),
        coverage=values / count,
        also=meaning.also,
        low_words=meaning.low_words,
        high_words=meaning.high_words,
        aliases=meaning.aliases,
        better=meaning.better,
        order=meaning.order,
    )


def _kind(values: int, numbers: int, flags: int) -> AttributeKind:
    """How an attribute is asked for; "no" is said of numbers and texts too, so few of them outweigh it."""
    texts = values - numbers - flags
    if numbers and numbers >= max(texts, _TELLING_SHARE * values):
        return "number"
    return "flag" if flags and texts < _TELLING_SHARE * values else "text"


def _values(connection: sqlite3.Connection, listed: str, name: str) -> tuple[str, ...]:
    """The commonest values, as their records write them."""
    found = connection.execute(
        f"SELECT words, count(*), min(product) FROM attributes WHERE name = ? AND category IN ({listed}) "
        "AND words <> '' GROUP BY words ORDER BY count(*) DESC, words LIMIT ?",
        (name, _GROUPS_READ),
    )
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for words, count, key in found.fetchall():
        parts = words.strip().split(" | ")
        counts.update(dict.fromkeys(parts, count))
        if not written.keys() >= set(parts):
            written.update((spaced(word), word) for word in _written_words(connection, key, name))
    commonest = sorted(counts, key=lambda part: (-counts[part], part))[:VALUES_SHOWN]
    return tuple(written.get(part, part) for part in commonest)


def _written_words(connection: sqlite3.Connection, key: int, name: str) -> tuple[str, ...]:
    attribute = _product(connection, key).attribute(name)
    return attribute.words if attribute else ()


def _product(connection: sqlite3.Connection, key: int) -> Product:
    (record,) = connection.execute("SELECT record FROM products WHERE key = ?", (key,)).fetchone()
    return Product.model_validate_json(record)
