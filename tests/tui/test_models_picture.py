"""What the models' screens look like: pictures that are read when they change."""

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from textual.pilot import Pilot
from textual.widgets import Input

from agent.report.markdown import markdown
from agent.report.record import Report
from models.bundled_agent import bundled_agent
from models.store import ModelStore
from models.usable import Model
from tests.models.hub import Hub, ask_only
from tests.tui.host import Host
from tests.tui.looks import in_every_look
from tests.tui.models_shown import CARD, app_over, go_to, listed
from tests.tui.screen import text, until
from tui.listener import Course
from tui.screens.fetching import FetchingScreen
from tui.screens.models import ModelsScreen
from tui.screens.side_by_side import SideBySideScreen
from tui.side_by_side import Tally
from tui.widgets.answer import AnswerColumn
from tui.widgets.course_bar import CourseBar


async def list_of_all(pilot: Pilot[Any]) -> None:
    """One fetched in part, at the cursor."""
    await go_to(pilot, CARD.name)


async def asked(pilot: Pilot[Any]) -> None:
    """What is said before a fetch."""
    await go_to(pilot, CARD.name)
    await pilot.press("f")
    await until(pilot, lambda: isinstance(pilot.app.screen, FetchingScreen))


async def fetching(pilot: Pilot[Any]) -> None:
    """A fetch on its way."""
    await go_to(pilot, CARD.name)
    screen = pilot.app.screen
    assert isinstance(screen, ModelsScreen)
    screen.busy = True
    screen.refresh_bindings()
    screen.query_one(CourseBar).begin(f"Fetching {CARD.name}")
    told = "0.42 of 1.27 GB, 33 %, 12.3 MB/s, 1:09 left"
    screen.post_message(ModelsScreen.Went(Course(f"Fetching {CARD.name}", 42, 127, told)))


SCENES: dict[str, Callable[[Pilot[Any]], Awaitable[None]]] = {
    scene.__name__: scene for scene in (list_of_all, asked, fetching)
}


@in_every_look
@pytest.mark.parametrize("scene", SCENES)
def test_the_models(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    snap_compare: Callable[..., bool],
    scene: str,
    size: tuple[int, int],
    theme: str,
) -> None:
    ask_only(Hub(address="https://hub.invalid"), monkeypatch)
    partial = ModelStore(tmp_path).partial(CARD, "0" * 64)
    partial.parent.mkdir(parents=True)
    with partial.open("wb") as file:
        file.truncate(CARD.bytes // 3)

    async def run_before(pilot: Pilot[Any]) -> None:
        pilot.app.theme = theme
        await listed(pilot)
        await SCENES[scene](pilot)
        await pilot.pause(0.3)

    assert snap_compare(app_over(tmp_path), terminal_size=size, run_before=run_before)


@in_every_look
def test_two_models_side_by_side(
    tmp_path: Path, report: Report, snap_compare: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    written = markdown(report.model_copy(update={"author": "[red]one[/]", "written": date(2026, 10, 4)}))

    async def run_before(pilot: Pilot[Any]) -> None:
        pilot.app.theme = theme
        await until(pilot, lambda: isinstance(pilot.app.screen, SideBySideScreen))
        for field in pilot.app.screen.query(Input):
            field.cursor_blink = False
        left, right = (pilot.app.screen.query_one(f"#{side}", AnswerColumn) for side in ("left", "right"))
        left.begin("[red]one[/].gguf")
        right.begin("bundled")
        left.tally(Tally(12.0, 9, 1210, 101.4))
        await left.show(written)
        right.tally(Tally(3.0, 2, 148, 51.2))
        for line in ("→ plan: 4 needs", "  price must: price < 60 EUR"):
            right.tell(Text(line))
        await until(pilot, lambda: "Written by" in text(pilot, "#left-paper"))
        await pilot.pause(0.3)

    here = {"bundled": Model(bundled_agent())}
    app = Host(tmp_path, lambda bench: SideBySideScreen(bench, here, "[red]one[/].gguf", "bundled"))
    assert snap_compare(app, terminal_size=size, run_before=run_before)
