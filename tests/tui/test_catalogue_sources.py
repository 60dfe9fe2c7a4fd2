"""Sources on the catalogue screen: what came from where, how old it is, and taking it out."""

from datetime import date
from pathlib import Path

import pytest
from textual.widgets import DataTable

from index.catalog import Catalog
from tests.tui.catalogue import CatalogueApp, app_over, bench_over, opened, said, titles
from tests.tui.screen import text, until
from tui.screens.removing import RemovingScreen
from tui.source_text import age_text


@pytest.mark.parametrize(
    ("day", "age"),
    [
        (date(2026, 10, 11), "today"),
        (date(2026, 10, 12), "today"),
        (date(2026, 10, 10), "1 day"),
        (date(2026, 8, 21), "51 days"),
        (date(2026, 6, 1), "4 months"),
        (date(2023, 6, 1), "3 years"),
        (None, ""),
    ],
)
def test_an_age_is_said_as_people_say_it(day: date | None, age: str) -> None:
    assert age_text(day, date(2026, 10, 11)) == age


async def test_every_source_has_its_counts_and_its_age(tmp_path: Path) -> None:
    async with opened(app_over(tmp_path)) as pilot:
        await pilot.press("f7")
        await until(pilot, lambda: "kettles" in text(pilot, "#source-table"))
        row = text(pilot, "#source-table").splitlines()[1].split()

        assert row[:5] == ["kettles", "8", "8", "1", "0"]
        assert row[6:] == ["2026-10-01", "10", "days"]


async def test_a_source_goes_only_after_it_was_asked_again(tmp_path: Path) -> None:
    async with opened(app_over(tmp_path)) as pilot:
        await pilot.press("f7")
        await until(pilot, lambda: pilot.app.screen.query_one(DataTable).row_count == 1)
        await until(pilot, lambda: isinstance(pilot.app.focused, DataTable))
        await pilot.press("delete")
        await until(pilot, lambda: isinstance(pilot.app.screen, RemovingScreen))
        assert "takes out 8 products, 8 reviews, 1 page" in " ".join(text(pilot, "#removing").split())
        await pilot.press("enter")
        assert len(titles(pilot)) == 8

        await until(pilot, lambda: isinstance(pilot.app.focused, DataTable))
        await pilot.press("delete")
        await until(pilot, lambda: isinstance(pilot.app.screen, RemovingScreen))
        await pilot.press("y")
        await until(pilot, lambda: "Removed kettles: 8 products" in said(pilot, "#sources-said"))
        await pilot.press("f5")
        await until(pilot, lambda: pilot.app.screen.query_one("#browse").has_class("-empty"))
    with Catalog.open(tmp_path / "catalog.sqlite") as catalog:
        assert not catalog.sources()


async def test_the_mouse_takes_a_source_out_too(tmp_path: Path) -> None:
    async with opened(app_over(tmp_path)) as pilot:
        await pilot.click("#--content-tab-pane-sources")
        await until(pilot, lambda: pilot.app.screen.query_one(DataTable).row_count == 1)
        await pilot.pause()
        await pilot.click("#remove-source")
        await until(pilot, lambda: isinstance(pilot.app.screen, RemovingScreen))
        await pilot.click("#remove")
        await until(pilot, lambda: "Removed kettles" in said(pilot, "#sources-said"))


async def test_nothing_can_be_removed_where_nothing_is(tmp_path: Path) -> None:
    async with opened(CatalogueApp(bench_over(tmp_path))) as pilot:
        await pilot.press("f7", "delete")
        await until(pilot, lambda: "Nothing was imported yet." in said(pilot, "#sources-said"))

        assert len(pilot.app.screen_stack) == 2


@pytest.mark.slow
async def test_a_source_that_another_process_took_out_is_told(tmp_path: Path) -> None:
    async with opened(app_over(tmp_path)) as pilot:
        await pilot.press("f7")
        await until(pilot, lambda: pilot.app.screen.query_one(DataTable).row_count == 1)
        with Catalog.open(tmp_path / "catalog.sqlite") as catalog:
            catalog.remove_source("kettles")
        await until(pilot, lambda: isinstance(pilot.app.focused, DataTable))
        await pilot.press("delete")
        await until(pilot, lambda: isinstance(pilot.app.screen, RemovingScreen))
        await pilot.press("y")

        await until(pilot, lambda: "No source is called kettles" in said(pilot, "#sources-said"))
