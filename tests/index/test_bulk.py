"""A large import makes its indexes at its end; readers find everything meanwhile, and after a kill too."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.catalog import Catalog
from index.conditions import Condition, Op
from index.search import Index, SearchRequest
from index.store import bulk, writer
from index.store.database import DEFERRED
from tests.index.shelf import import_lamps, lamp, stocked

BRIGHT = Condition(attribute="light_output", op=Op.AT_LEAST, number=405, unit="lm")


@pytest.fixture(autouse=True)
def soon_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Imports that are large from ten products on, written five at a time."""
    monkeypatch.setattr(bulk, "FEWEST", 10)
    monkeypatch.setattr(writer, "CHUNK_ROWS", 5)


def made(folder: Path) -> set[str]:
    """Which of the deferred indexes are there."""
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    return names & DEFERRED


def bright(folder: Path) -> int:
    """How many bright lamps a search in a connection of its own finds."""
    with Index.open(folder, meaning=False) as index:
        return index.search(SearchRequest(query="", conditions=(BRIGHT,), limit=100)).total


def test_readers_find_what_is_written_while_the_indexes_are_out(tmp_path: Path) -> None:
    with stocked(tmp_path, 0) as catalog, catalog.importing("lamps", "many.jsonl", "many") as batch:
        for number in range(40):
            batch.add(lamp(number))
            if number == 4:
                assert made(tmp_path) == DEFERRED
            if number == 30:
                assert bright(tmp_path) == 25
                # Opening it to search has left them out: the import makes them.
                assert made(tmp_path) == set()
    assert made(tmp_path) == DEFERRED
    assert bright(tmp_path) == 35
    with Catalog.open(tmp_path / "catalog.sqlite") as catalog:
        assert catalog.verify() == []


def break_off(catalog: Catalog) -> None:
    """An import that somebody stops."""
    with catalog.importing("lamps", "many.jsonl", "many") as batch:
        for number in range(30):
            batch.add(lamp(number))
        raise KeyboardInterrupt


def test_what_a_broken_import_left_out_is_made_by_who_opens_it_next(tmp_path: Path) -> None:
    with stocked(tmp_path, 0) as catalog, pytest.raises(KeyboardInterrupt):
        break_off(catalog)
    assert made(tmp_path) == set()
    Catalog.open(tmp_path / "catalog.sqlite").close()
    assert made(tmp_path) == DEFERRED


def test_a_small_addition_to_a_large_catalogue_leaves_them_in(tmp_path: Path) -> None:
    with stocked(tmp_path, 50) as catalog:
        import_lamps(catalog, 80)
        with catalog.importing("lamps", "more.jsonl", "more") as batch:
            for number in range(80, 120):
                batch.add(lamp(number))
            batch.write()
            assert made(tmp_path) == DEFERRED


def test_of_two_large_imports_at_once_one_has_them_out_and_both_are_whole(tmp_path: Path) -> None:
    with (
        stocked(tmp_path, 0) as catalog,
        catalog.importing("lamps", "a.jsonl", "a") as one,
        catalog.importing("lamps", "b.jsonl", "b") as other,
    ):
        for number in range(40):
            one.add(lamp(number))
            one.write()
            other.add(lamp(100 + number))
            other.write()
    assert made(tmp_path) == DEFERRED
    assert bright(tmp_path) == 75
