"""Which records tell of one thing: by GTINs, ASINs and makers' part numbers, and by the person's word.

A number joins records of different sources only, and none where a source gives it to several of its own: it
then names a family, not a thing. Two groups whose numbers contradict each other are never joined.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from index.identity.numbers import Numbers, contradict, numbers

MOST_ALIKE = 100
"""Records that bear one number: one that fills a gap is borne by thousands and read of none."""

_SHARED = "SELECT value FROM identifiers GROUP BY value HAVING count(*) BETWEEN 2 AND ?"
"""Read off the index in its order: nothing is sorted."""
_LED_BY_ZEROS = "SELECT value, product FROM identifiers WHERE value >= '0' AND value < '1'"
"""A GTIN of twelve digits has a nought less than the same one of thirteen."""


class Bearer(NamedTuple):
    """A record with the numbers that it bears."""

    source: str
    numbers: Numbers


class Said(NamedTuple):
    """The person's word on two records, by their keys."""

    one: int
    other: int
    same: bool


def groups(connection: sqlite3.Connection) -> list[list[int]]:
    """Keys of the records of each thing that more than one record tells of, each ascending."""
    said = _said(connection)
    keys = _candidates(connection) if _several_sources(connection) else set()
    bearers = _bearers(connection, keys | {key for pair in said for key in pair[:2]})
    return joined(bearers, said)


def joined(bearers: Mapping[int, Bearer], said: Sequence[Said]) -> list[list[int]]:
    """The groups among these records; what was said to be one thing is one, whatever the numbers say."""
    grouping = _Grouping(bearers, {frozenset(pair[:2]) for pair in said if not pair.same})
    for alike in _alike(bearers):
        for key in alike[1:]:
            grouping.join(alike[0], key, said=False)
    # After the numbers, so that a word on one record takes along what is one with it.
    for pair in said:
        if pair.same:
            grouping.join(pair.one, pair.other, said=True)
    return sorted(sorted(group) for group in grouping.groups())


class _Grouping:
    """Groups that grow together, with what their members say of themselves."""

    def __init__(self, bearers: Mapping[int, Bearer], apart: Set[frozenset[int]]) -> None:
        self._bearers = bearers
        self._apart = apart
        self._group = {key: [key] for key in bearers}

    def join(self, one: int, other: int, *, said: bool) -> None:
        mine, its = self._group[one], self._group[other]
        if mine is its or any(frozenset((a, b)) in self._apart for a in mine for b in its):
            return
        if not said and self._speaks_against(mine, its):
            return
        mine += its
        self._group.update(dict.fromkeys(its, mine))

    def groups(self) -> Iterator[list[int]]:
        for key, group in self._group.items():
            if group[0] == key and len(group) > 1:
                yield group

    def _speaks_against(self, mine: list[int], its: list[int]) -> bool:
        """Whether a source tells of both groups, or their numbers contradict each other."""
        if {self._bearers[key].source for key in mine} & {self._bearers[key].source for key in its}:
            return True
        return any(contradict(self._bearers[a].numbers, self._bearers[b].numbers) for a in mine for b in its)


def _alike(bearers: Mapping[int, Bearer]) -> Iterator[list[int]]:
    """Records of different sources with one number, the surest numbers first."""
    told: tuple[defaultdict[object, list[int]], ...] = tuple(defaultdict(list) for _ in range(3))
    for key, (_, borne) in sorted(bearers.items()):
        for number in borne.gtins:
            told[0][number].append(key)
        if borne.asin:
            told[1][borne.asin].append(key)
        if borne.part:
            told[2][borne.part].append(key)
    for by_number in told:
        for keys in by_number.values():
            sources = {bearers[key].source for key in keys}
            if 1 < len(keys) == len(sources):
                yield keys


def _several_sources(connection: sqlite3.Connection) -> bool:
    first, last = connection.execute(
        "SELECT (SELECT min(source) FROM products), (SELECT max(source) FROM products)"
    ).fetchone()
    return bool(first != last)


def _candidates(connection: sqlite3.Connection) -> set[int]:
    """Keys of the records that share some identifier with another, whatever kind it is."""
    shared = f"SELECT DISTINCT product FROM identifiers WHERE value IN ({_SHARED})"
    found = {key for (key,) in connection.execute(shared, (MOST_ALIKE,))}
    bare: defaultdict[str, set[int]] = defaultdict(set)
    for value, key in connection.execute(_LED_BY_ZEROS):
        if value.isdecimal():
            bare[value.lstrip("0")].add(key)
    for number, keys in bare.items():
        others = connection.execute("SELECT product FROM identifiers WHERE value = ? LIMIT 100", (number,))
        alike = keys | {key for (key,) in others}
        if 1 < len(alike) <= MOST_ALIKE:
            found |= alike
    return found


def _bearers(connection: sqlite3.Connection, keys: Iterable[int]) -> dict[int, Bearer]:
    query = (
        "SELECT key, source, json_extract(record, '$.gtin', '$.asin', '$.brand', '$.mpn') FROM products "
        "WHERE key IN (SELECT value FROM json_each(?))"
    )
    found = connection.execute(query, (json.dumps(sorted(keys)),))
    return {key: Bearer(source, numbers(*json.loads(told))) for key, source, told in found}


def _said(connection: sqlite3.Connection) -> list[Said]:
    """What was said of products that are here, in the order of their ids."""
    query = (
        "SELECT a.key, b.key, same FROM same_said JOIN products a ON a.id = one "
        "JOIN products b ON b.id = other ORDER BY one, other"
    )
    return [Said(one, other, bool(same)) for one, other, same in connection.execute(query)]
