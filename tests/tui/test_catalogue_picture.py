"""What the catalogue looks like: pictures that are read when they change."""

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable, Input, TextArea

from tests.agent.shop import kettle, open_shop
from tests.tui.catalogue import LAMPS, CatalogueApp, bench_over, look_at, titles
from tests.tui.looks import in_every_look
from tests.tui.screen import text, until
from tui.screens.catalogue import CatalogueScreen
from tui.screens.removing import RemovingScreen

HOSTILE = kettle(
    9, "[red]Gift[/] kettle 漢字 with a title that is far too long for its column", 20.0, 1.7, 50, "White"
)


async def browse(pilot: Pilot[Any]) -> None:
    """Two products marked, the cursor on a third."""
    await until(pilot, lambda: "Kettles" in text(pilot, "#categories"))
    await until(pilot, lambda: pilot.app.focused is pilot.app.screen.query_one("#search"))
    await pilot.press("enter")
    await pilot.press("c", "down", "down", "c", "down")


async def nothing(pilot: Pilot[Any]) -> None:
    """An empty catalogue."""
    await until(pilot, lambda: pilot.app.screen.query_one("#browse").has_class("-empty"))


async def preview(pilot: Pilot[Any]) -> None:
    """A dry run that waits for its confirmation."""
    await look_at(pilot, "\n".join(LAMPS.splitlines()))


async def sources(pilot: Pilot[Any]) -> None:
    """The sources, and what is asked before one goes."""
    await pilot.press("f7")
    await until(pilot, lambda: pilot.app.screen.query_one(DataTable).row_count == 1)
    await until(pilot, lambda: isinstance(pilot.app.focused, DataTable))
    await pilot.press("delete")
    await until(pilot, lambda: isinstance(pilot.app.screen, RemovingScreen))


SCENES: dict[str, Callable[[Pilot[Any]], Awaitable[None]]] = {
    scene.__name__: scene for scene in (browse, nothing, preview, sources)
}


@in_every_look
@pytest.mark.parametrize("scene", SCENES)
def test_the_catalogue(
    tmp_path: Path, snap_compare: Callable[..., bool], scene: str, size: tuple[int, int], theme: str
) -> None:
    if scene != "nothing":
        open_shop(tmp_path, [HOSTILE]).close()
        with sqlite3.connect(tmp_path / "catalog.sqlite") as connection:
            connection.execute("UPDATE imports SET finished = '2026-10-02T10:00:00+00:00'")
        connection.close()

    async def run_before(pilot: Pilot[Any]) -> None:
        pilot.app.theme = theme
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogueScreen))
        for field in pilot.app.screen.query(Input):
            field.cursor_blink = False
        for area in pilot.app.screen.query(TextArea):
            area.cursor_blink = False
        if scene != "nothing":
            await until(pilot, lambda: len(titles(pilot)) == 9)
        await SCENES[scene](pilot)
        await pilot.pause(0.3)

    assert snap_compare(CatalogueApp(bench_over(tmp_path)), terminal_size=size, run_before=run_before)
