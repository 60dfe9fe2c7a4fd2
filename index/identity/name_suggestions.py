"""Attribute names of one category that may be one: suggestions, which a person decides.

Two names are compared only where they measure the same, their values lie in the same range and hardly any
product bears both; how near their words are is asked of an embedder.
"""

import sqlite3
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.card import CardAttribute
from index.text.units import UnitError, convert, dimension

Embed = Callable[[list[str]], npt.NDArray[np.float32]]
"""Gives one vector of length 1 for each text."""

LIKELY = 0.6
"""Score from which a pair is worth a person's look."""

_NAME_SHARE = 0.7
"""Of the score falls to the names, the rest to the values."""
_TOGETHER = 0.02
"""Share of the rarer name's products that may bear both: sources err."""


class NameSuggestion(NamedTuple):
    """A name that may be another one's alias; the commoner stands for both."""

    score: float
    """0 to 1."""
    alias: CardAttribute
    name: CardAttribute


def name_suggestions(
    connection: sqlite3.Connection,
    categories: Sequence[int],
    attributes: Sequence[CardAttribute],
    embed: Embed,
    *,
    at_least: float = LIKELY,
) -> list[NameSuggestion]:
    """The likeliest pairs among a category's attributes, best first; its card stands commonest first."""
    pairs = [
        (name, alias, alike)
        for name, alias in combinations(attributes, 2)
        if (alike := values_alike(name, alias)) and _apart(connection, categories, name.name, alias.name)
    ]
    if not pairs:
        return []
    called = {a.name: " ".join(a.name.split("_")) for pair in pairs for a in pair[:2]}
    vectors = dict(zip(called, embed(list(called.values())), strict=True))
    found = [
        NameSuggestion(
            _NAME_SHARE * float(vectors[name.name] @ vectors[alias.name]) + (1 - _NAME_SHARE) * alike,
            alias,
            name,
        )
        for name, alias, alike in pairs
    ]
    return sorted((each for each in found if each.score >= at_least), key=lambda each: -each.score)


def values_alike(one: CardAttribute, other: CardAttribute) -> float:
    """How much the values of two attributes have in common, 0 to 1; 0 for two kinds or two dimensions."""
    if one.kind != other.kind or dimension(one.unit) != dimension(other.unit):
        return 0.0
    if one.kind == "text":
        shared = {*one.values} & {*other.values}
        return len(shared) / min(len({*one.values}), len({*other.values})) if shared else 0.0
    if one.kind == "flag":
        return 0.5
    return _ranges_alike(one, other)


def _ranges_alike(one: CardAttribute, other: CardAttribute) -> float:
    """The share of the narrower range that lies in the wider one."""
    assert one.low is not None
    assert one.high is not None
    assert other.low is not None
    assert other.high is not None
    try:
        low, high = (convert(end, other.unit, one.unit) for end in (other.low, other.high))
    except UnitError:
        return 0.0
    narrower = min(one.high - one.low, high - low)
    shared = min(one.high, high) - max(one.low, low)
    if narrower <= 0:
        return 1.0 if shared >= 0 else 0.0
    return max(shared / narrower, 0.0)


def _apart(connection: sqlite3.Connection, categories: Sequence[int], one: str, other: str) -> bool:
    """Whether hardly any product of these categories bears both names."""
    within = f"category IN ({', '.join(map(str, categories))})"
    rarer, both = connection.execute(
        "SELECT min((SELECT count(*) FROM attributes WHERE name = ?1 AND " + within + "), "
        "(SELECT count(*) FROM attributes WHERE name = ?2 AND " + within + ")), "
        "(SELECT count(*) FROM attributes a JOIN attributes b ON b.product = a.product AND b.name = ?2 "
        f"WHERE a.name = ?1 AND a.{within})",
        (one, other),
    ).fetchone()
    return bool(both <= _TOGETHER * rarer)
