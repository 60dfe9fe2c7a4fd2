"""What the comparison, its plots and its search look like: pictures that are read when they change."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from tests.agent.shop import open_shop
from tests.tui.host import Host
from tests.tui.looks import in_every_look
from tests.tui.screen import text, until
from tests.tui.test_compare import NEEDS, later, table
from tui.screens.compare import CompareScreen

SIX = ("kettles:1", "kettles:2", "kettles:3", "kettles:6", "kettles:7", "kettles:8")
PRICES = [
    later(number, amount, day)
    for number, amounts in ((2, (45.0, 41.5)), (3, (49.0, 62.0)), (6, (99.0, 95.0)))
    for amount, day in zip(amounts, (date(2026, 4, 1), date(2026, 7, 15)), strict=True)
]


async def compare(pilot: Pilot[Any], theme: str, press: str = "") -> None:
    """The grid, and what a key opens over it."""
    pilot.app.theme = theme
    await until(pilot, lambda: bool(pilot.app.screen.query("#grid")) and not table(pilot).loading)
    await until(pilot, lambda: len(table(pilot).columns) > 1)
    await pilot.press("down", "down", "right", *press)
    await pilot.pause()


@in_every_look
def test_the_grid(
    tmp_path: Path, snap_compare: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    async def run(pilot: Pilot[Any]) -> None:
        await compare(pilot, theme)

    assert snap_compare(host(tmp_path), terminal_size=size, run_before=run)


@in_every_look
def test_the_plots(
    tmp_path: Path, snap_compare: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    async def run(pilot: Pilot[Any]) -> None:
        await compare(pilot, theme, "p")
        await until(pilot, lambda: "Brissa" in text(pilot, "#legend"))
        await pilot.pause()

    assert snap_compare(host(tmp_path), terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_the_search(tmp_path: Path, snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    async def run(pilot: Pilot[Any]) -> None:
        await compare(pilot, "textual-dark", "a")
        sought = pilot.app.screen.query_one(Input)
        sought.cursor_blink = False
        sought.value = "kettle white"
        found = pilot.app.screen.query_one(OptionList)
        await until(pilot, lambda: found.option_count > 0 and not found.loading)
        await pilot.pause()

    assert snap_compare(host(tmp_path), terminal_size=size, run_before=run)


def host(home: Path) -> Host:
    """The tiny shop with more prices, and six of its products compared."""
    open_shop(home, PRICES).close()
    return Host(home, lambda bench: CompareScreen(bench, SIX, NEEDS, {"kettles:1": "P4"}))
