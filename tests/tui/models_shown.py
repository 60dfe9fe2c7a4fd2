"""The models' screen in an app of its own, over a machine that was not measured, for every test of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import DataTable, Static

from models.catalog import catalog
from models.machine import Machine
from tests.tui.host import Host
from tests.tui.screen import text, until
from tui.screens.fetching import FetchingScreen
from tui.screens.models import MEASURING, ModelsScreen
from tui.settings import Settings

CARD = catalog().models["qwen3.5-2b"]
MACHINE = Machine(memory=16 * 10**9, free=12 * 10**9, cores=8, bandwidth=40e9)


def app_over(home: Path) -> Host:
    return Host(home, lambda bench: ModelsScreen(bench, lambda: MACHINE), Settings(engine="rules", threads=1))


@asynccontextmanager
async def shown(home: Path, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[None]]:
    """The screen with its list."""
    app = app_over(home)
    async with app.run_test(size=size) as pilot:
        await listed(pilot)
        yield pilot
    app.bench.close()


async def listed(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, ModelsScreen))
    await until(pilot, lambda: said(pilot, "#machine") != MEASURING)
    await pilot.pause()


def said(pilot: Pilot[Any], selector: str = "#said") -> str:
    """What a line of text says, in or out of sight."""
    return str(pilot.app.screen.query_one(selector, Static).content)


def row_of(pilot: Pilot[Any], name: str) -> list[str]:
    """The texts of a model's line."""
    return [str(cell) for cell in pilot.app.screen.query_one(DataTable).get_row(name)]


async def go_to(pilot: Pilot[Any], name: str) -> None:
    """Put the cursor on a model."""
    table = pilot.app.screen.query_one(DataTable)
    table.move_cursor(row=table.get_row_index(name))
    await pilot.pause()


async def fetch(pilot: Pilot[Any], name: str = CARD.name) -> None:
    """Ask for a model and confirm it."""
    await go_to(pilot, name)
    await pilot.press("f")
    await until(pilot, lambda: isinstance(pilot.app.screen, FetchingScreen))
    await pilot.press("y")
    await until(pilot, lambda: isinstance(pilot.app.screen, ModelsScreen))


async def ended(pilot: Pilot[Any]) -> str:
    """Wait until what runs has ended; what is said of it."""
    screen = pilot.app.screen
    assert isinstance(screen, ModelsScreen)
    await until(pilot, lambda: not screen.busy)
    await pilot.pause(0.1)
    return said(pilot)


def offered(pilot: Pilot[Any], key: str) -> bool:
    """Whether a key of the screen can be pressed now."""
    active = pilot.app.screen.active_bindings
    return key in active and active[key].enabled


def shown_text(pilot: Pilot[Any]) -> str:
    """The model at the cursor, in full."""
    return " ".join(text(pilot, "#model").split())
