"""Sets of keys are sets, and SQLite says of each key what they say."""

import sqlite3
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from index.retrieval.keys import PASSES, Keys

SOME = st.frozensets(st.integers(0, 3000), max_size=60)


@given(one=SOME, other=SOME)
def test_they_meet_and_part_as_sets_do(one: frozenset[int], other: frozenset[int]) -> None:
    keys = Keys.of(one)
    assert list(keys) == sorted(one)
    assert len(keys) == len(one)
    assert list(keys & Keys.of(other)) == sorted(one & other)
    assert list(keys.without(other)) == sorted(one - other)
    assert {key for key in other if key in keys} == one & other


@given(one=SOME, other=SOME)
def test_sqlite_finds_the_same_keys(one: frozenset[int], other: frozenset[int]) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE rows (key INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO rows VALUES (?)", [(key,) for key in other])
        found = connection.execute(
            f"SELECT key FROM rows WHERE {PASSES.format('key')} ORDER BY key", (Keys.of(one).flags,)
        )
        assert [key for (key,) in found] == sorted(one & other)
