"""Screens as a recorded session leaves them, in SVG: played from a file, with no model.

Home needs no catalogue; what reads one beside the session has the shop of these tests.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from agent.session import Sessions
from tests.agent.shop import open_shop
from tests.tui.looks import in_every_look
from tests.tui.models_shown import MACHINE
from tests.tui.screen import text, until
from tui import replaying
from tui.app import ResearchApp
from tui.bench import Bench
from tui.replaying import recorded, unpacked
from tui.screens.models import ModelsScreen
from tui.settings import PREFIX, Settings
from tui.widgets.prompt import Prompt

RECORDING = Path(__file__).with_name("kettles.session")
"""Made by `productresearch sessions record` after a question to the kettle shop of these tests."""
LATER = RECORDING.with_name("kettles-later.session")
"""The same question to the same shop when one kettle had become cheaper, one too dear, and one was new."""
SCENES = {"report": (), "steps": ("ctrl+t",), "evidence": ("f6", "down", "down", "enter")}
"""Keys pressed when all has been played."""
OVER = {
    "compare": (("f6", "c"), "#grid", "Brissa Calm 17"),
    "product": (("f6", "down", "o"), "#similar", "Brissa Calm 15"),
    "sessions": (("f3",), "#past", "a quiet kettle"),
    "catalogue": (("f2",), "ProductList", "Brissa Calm 17"),
    "settings": (("f4",), "SettingRow", "rules"),
    "models": (("f9",), "#machine", "16.0 GB"),
}
"""Keys that open another screen then, and what stands where on it once it has been read."""
TODAY = date(2026, 11, 28)
SETTLED = 0.3
"""Seconds after which what the keys set off has come to rest."""


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """The home and the session of the recording, which plays faster than a person would follow it."""
    monkeypatch.setattr(replaying, "BETWEEN_STEPS", 0.01)
    monkeypatch.setattr(replaying, "BETWEEN_PIECES", 0.001)
    with unpacked(RECORDING) as unpacked_recording:
        yield unpacked_recording


def player(recording: tuple[Path, str], theme: str) -> ResearchApp:
    home, session = recording
    settings = Settings(engine="rules", theme=theme)
    return ResearchApp(lambda cancel: Bench(settings, home, cancel, lambda: TODAY), session)


async def to_the_end(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: bool(pilot.app.query("#report")))
    await until(pilot, lambda: "Written by" in text(pilot, "#report"))
    pilot.app.query_one("#prompt", Prompt).cursor_blink = False


async def another_screen(pilot: Pilot[Any], place: str, said: str) -> None:
    """What a key opens, once it has been read."""
    await until(pilot, lambda: len(pilot.app.screen_stack) > 1 and bool(pilot.app.screen.query(place)))
    await until(pilot, lambda: said in text(pilot, place))
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings in a folder of the same name on every machine, and none from outside."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(f"{PREFIX}HOME", "~/shop")


@pytest.mark.usefixtures("greenwich", "at_home")
@in_every_look
@pytest.mark.parametrize("scene", [*SCENES, *OVER])
def test_a_replayed_session(
    recording: tuple[Path, str],
    monkeypatch: pytest.MonkeyPatch,
    snap_compare: Callable[..., bool],
    scene: str,
    size: tuple[int, int],
    theme: str,
) -> None:
    async def run_before(pilot: Pilot[Any]) -> None:
        await to_the_end(pilot)
        if scene in SCENES:
            await pilot.press(*SCENES[scene])
        else:
            keys, place, said = OVER[scene]
            await pilot.press(*keys)
            await another_screen(pilot, place, said)
        await pilot.pause(SETTLED)

    if scene in OVER:
        monkeypatch.setattr(ModelsScreen.__init__, "__defaults__", (lambda: MACHINE,))
        open_shop(recording[0]).close()
    assert snap_compare(player(recording, theme), terminal_size=size, run_before=run_before)


@pytest.mark.usefixtures("greenwich")
@in_every_look
def test_two_replayed_reports_compared(
    recording: tuple[Path, str], snap_compare: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    async def run_before(pilot: Pilot[Any]) -> None:
        await to_the_end(pilot)
        await pilot.press("f3")
        await another_screen(pilot, "#past", "a quiet kettle")
        await pilot.press("down", "=", "down", "=")
        await another_screen(pilot, "#differences", "Ondel Hush: new")
        await pilot.pause(SETTLED)

    with closing(Sessions(recording[0] / "sessions.sqlite")) as sessions:
        sessions.put_back(recorded(LATER))
    assert snap_compare(player(recording, theme), terminal_size=size, run_before=run_before)
