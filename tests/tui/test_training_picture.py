"""What the Training screen looks like: pictures that are read when they change."""

import os
import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from finetune.gate.report import write_comparison
from finetune.retrain.journal import JOURNAL, alone, journalled
from index.search import Index
from tests.agent.conftest import shop
from tests.finetune.test_retrain import Heard, measured
from tests.tui.host import Host
from tests.tui.looks import in_every_look
from tests.tui.retrainings import begun, leave_data, small_home, tell
from tests.tui.screen import text, until
from tui.bench import Bench
from tui.screens.training import TrainingScreen

__all__ = ["shop"]

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def at_noon(home: Path) -> None:
    """Let everything in the journal have happened at one moment."""
    path = home / "retrain" / JOURNAL
    path.write_text(re.sub(r'"at":"[^"]+"', f'"at":"{NOON.isoformat()}"', path.read_text("utf-8")), "utf-8")


async def choosing(pilot: Pilot[Any]) -> None:
    """A home in which nothing was retrained yet."""
    await until(pilot, lambda: "Nothing was retrained" in text(pilot, "#state"))


async def going(pilot: Pilot[Any]) -> None:
    """In the middle of the training."""
    await until(pilot, lambda: "▸ training" in text(pilot, "#stages"))


async def learned(pilot: Pilot[Any]) -> None:
    """The yield and a sample."""
    await until(pilot, lambda: "Retraining since" in text(pilot, "#state"))
    await pilot.press("f6")
    await until(pilot, lambda: "Sample 1 of 4" in text(pilot, "#heading"))


async def gate(pilot: Pilot[Any]) -> None:
    """The comparison."""
    await until(pilot, lambda: "Ended at" in text(pilot, "#state"))
    await pilot.press("f7")
    await until(pilot, lambda: "predicate success" in text(pilot, "#table"))


SCENES = {scene.__name__: scene for scene in (choosing, going, learned, gate)}


@pytest.mark.usefixtures("greenwich")
@in_every_look
@pytest.mark.parametrize("scene", SCENES)
def test_training(
    tmp_path: Path,
    shop: Index,
    snap_compare: Callable[..., bool],
    scene: str,
    size: tuple[int, int],
    theme: str,
) -> None:
    home = small_home(tmp_path / "home")

    async def ready(pilot: Pilot[Any]) -> None:
        pilot.app.theme = theme
        await until(pilot, lambda: bool(pilot.app.screen.query("#state")))
        for field in pilot.app.screen.query(Input):
            field.cursor_blink = False
        await SCENES[scene](pilot)
        await pilot.pause(0.3)

    def screen(bench: Bench) -> TrainingScreen:
        return TrainingScreen(bench, lambda: NOON)

    with ExitStack() as stack:
        if scene in ("going", "learned"):
            stack.enter_context(alone(home))
            told = stack.enter_context(journalled(Heard().told, home, begun(home).name))
            leave_data(begun(home), shop)
            tell(told)
            at_noon(home)
        elif scene == "gate":
            with journalled(Heard().told, home, begun(home).name):
                found = measured(shop, tmp_path)
                lines = tuple(line for line in found.lines if line.figure != "seconds")
                write_comparison(found.model_copy(update={"lines": lines}), begun(home).folder)
            at_noon(home)
            os.utime(begun(home).folder / "gate.txt", (NOON.timestamp(), NOON.timestamp()))
        assert snap_compare(Host(home, screen), terminal_size=size, run_before=ready)
