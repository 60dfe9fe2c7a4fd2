"""Home as a recorded session leaves it, in SVG: played from a file, with no model and no catalogue."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.looks import in_every_look
from tests.tui.screen import text, until
from tui import replaying
from tui.app import ResearchApp
from tui.bench import Bench
from tui.replaying import unpacked
from tui.settings import Settings
from tui.widgets.prompt import Prompt

RECORDING = Path(__file__).with_name("kettles.session")
"""Made by `productresearch sessions record` after a question to the kettle shop of these tests."""
SCENES = {"report": (), "steps": ("ctrl+t",), "evidence": ("f6", "down", "down", "enter")}
"""Keys pressed when all has been played."""


@in_every_look
@pytest.mark.parametrize("scene", SCENES)
def test_a_replayed_session(
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
    scene: str,
    size: tuple[int, int],
    theme: str,
) -> None:
    monkeypatch.setattr(replaying, "BETWEEN_STEPS", 0.01)
    monkeypatch.setattr(replaying, "BETWEEN_PIECES", 0.001)

    async def played(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: bool(pilot.app.query("#report")))
        await until(pilot, lambda: "Written by" in text(pilot, "#report"))
        pilot.app.theme = theme  # the person's own stands by now
        pilot.app.query_one("#prompt", Prompt).cursor_blink = False
        await pilot.press(*SCENES[scene])
        await pilot.pause()

    with unpacked(RECORDING) as (home, session):
        app = ResearchApp(lambda cancel: Bench(Settings(engine="rules"), home, cancel), session)
        assert snap_compare(app, terminal_size=size, run_before=played)
