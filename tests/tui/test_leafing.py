"""Rows read in a process of their own are those that are read here, and nothing is lost with the process."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from unittest.mock import Mock

import psutil
import pytest

from index.errors import CatalogueError
from index.freshness import shipped
from index.search import Index, SearchRequest
from tests.agent.shop import open_shop
from tests.tui.catalogue import app_over, opened, said
from tests.tui.screen import text, until
from tests.tui.test_catalogue_browse import MANY
from tui.ages import Today
from tui.browsing import PAGE, Row, rows_of
from tui.leafing import Leafing
from tui.pages_wanted import PagesWanted
from tui.widgets.browse import Browse
from tui.widgets.product_list import ProductList

PATIENCE = 30.0
TODAY = Today(shipped(), date(2026, 11, 28))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Index]:
    open_shop(tmp_path).close()
    with Index.open(tmp_path, meaning=False) as index:
        yield index


@pytest.fixture
def leafing(shop: Index) -> Iterator[Leafing]:
    with closing(Leafing(shop.home, lambda: shop)) as reader:
        yield reader


def keys(shop: Index) -> tuple[int, ...]:
    return shop.listing(SearchRequest(query="")).keys


def children() -> set[psutil.Process]:
    return set(psutil.Process().children())


def read_apart(leafing: Leafing, shop: Index) -> tuple[Row, ...]:
    """What is read once the process is there."""
    leafing.read(keys(shop), TODAY)
    late = time.monotonic() + PATIENCE
    while not leafing.apart and time.monotonic() < late:
        time.sleep(0.01)
    assert leafing.apart
    return leafing.read(keys(shop), TODAY)


def test_rows_are_the_same_whoever_reads_them(leafing: Leafing, shop: Index) -> None:
    here = rows_of(shop, keys(shop), TODAY)
    assert len(here) > 5
    assert leafing.read(keys(shop), TODAY) == here
    assert read_apart(leafing, shop) == here


def test_rows_asked_for_in_another_order_come_in_it(leafing: Leafing, shop: Index) -> None:
    there = read_apart(leafing, shop)
    assert leafing.read(keys(shop)[::-1], TODAY) == there[::-1]
    assert leafing.read((), TODAY) == ()


def test_a_process_that_was_ended_is_missed_by_nobody(leafing: Leafing, shop: Index) -> None:
    before = children()
    there = read_apart(leafing, shop)
    (child,) = children() - before
    child.kill()
    assert leafing.read(keys(shop), TODAY) == there
    assert not leafing.apart
    assert leafing.read(keys(shop), TODAY) == there


def test_a_fault_of_the_catalogue_is_raised_here(leafing: Leafing, shop: Index) -> None:
    before = children()
    read_apart(leafing, shop)
    (child,) = children() - before
    child.kill()
    listed = keys(shop)
    shop.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        leafing.read(listed, TODAY)


def test_closing_ends_the_process(leafing: Leafing, shop: Index) -> None:
    before = children()
    read_apart(leafing, shop)
    assert len(children() - before) == 1
    leafing.close()
    assert children() == before
    assert leafing.read(keys(shop), TODAY) == rows_of(shop, keys(shop), TODAY)
    leafing.close()
    assert children() == before


def test_closing_does_not_wait_for_a_process_that_has_just_begun(leafing: Leafing, shop: Index) -> None:
    before = children()
    leafing.read(keys(shop), TODAY)
    leafing.close()
    assert (children() - before, leafing.apart) == (set(), False)


def test_a_process_that_hangs_holds_nobody_up_who_closes(leafing: Leafing, shop: Index) -> None:
    before = children()
    there = read_apart(leafing, shop)
    (child,) = children() - before
    child.suspend()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(leafing.read, keys(shop), TODAY)
        time.sleep(0.2)
        began = time.monotonic()
        leafing.close()
        assert time.monotonic() - began < 2
        assert waiting.result() == there


def test_the_newest_wish_comes_first_and_no_page_twice() -> None:
    wanted = PagesWanted()
    assert wanted.want((3, 4, 2))
    assert wanted.take() == 3
    assert not wanted.want((4, 3, 5)), "somebody takes them already"
    assert [wanted.take(), wanted.take(), wanted.take()] == [4, 5, None]
    assert not wanted.want((3, 4)), "they are coming"
    wanted.came(3)
    assert wanted.want((3, 4))
    assert [wanted.take(), wanted.take()] == [3, None]


def test_of_another_list_all_pages_may_be_wanted() -> None:
    wanted = PagesWanted()
    wanted.want((3, 4))
    wanted.take()
    wanted.clear()
    assert wanted.take() is None
    assert wanted.want((3,))


async def test_the_list_of_the_catalogue_is_read_apart_and_the_process_goes_with_the_app(
    tmp_path: Path,
) -> None:
    before = children()
    app = app_over(tmp_path, MANY)
    async with opened(app) as pilot:
        products = pilot.app.screen.query_one(ProductList)
        products.focus()
        await until(pilot, lambda: products.rows == 408)
        await until(pilot, lambda: pilot.app.screen.query_one(Browse)._leafing.apart)
        assert products.row_at(PAGE * 6) is None
        await pilot.press("end")
        await until(pilot, lambda: "Serel 399" in text(pilot, "#products"))
        assert len(children() - before) == 1
    assert children() == before


async def test_a_page_that_could_not_be_read_is_read_when_it_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_over(tmp_path, MANY)
    async with opened(app) as pilot:
        products = pilot.app.screen.query_one(ProductList)
        products.focus()
        await until(pilot, lambda: products.rows == 408)
        with monkeypatch.context() as broken:
            broken.setattr(Leafing, "read", Mock(side_effect=CatalogueError("The disk is gone.")))
            await pilot.press("end")
            await until(pilot, lambda: "The disk is gone." in said(pilot, "#found"))
        await pilot.press("home", "end")
        await until(pilot, lambda: "Serel 399" in text(pilot, "#products"))
