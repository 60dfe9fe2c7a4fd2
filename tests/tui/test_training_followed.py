"""The Training screen follows a retraining that it did not begin, by its journal and by what is left."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from finetune.retrain.journal import alone, journalled
from finetune.retrain.told import Told
from finetune.run_record import Point
from tests.tui.past import bench, home, researched, showing
from tests.tui.screen import text, until
from tui.bench import Bench
from tui.screens.training import TrainingScreen

__all__ = ["bench", "home", "researched"]

__all__ = ["bench", "home", "researched"]

NAME = "retrained-0123456789"


def silent() -> Told:
    """Nobody listens but the journal."""
    return Told(say=lambda _: None, count=lambda *_: None, point=lambda _: None)


def everything(pilot: Pilot[None]) -> str:
    """All that the run's pane says."""
    return "\n".join(text(pilot, f"#{name}") for name in ("state", "going"))


async def test_where_nothing_runs_the_person_is_asked_what_it_should_be(bench: Bench) -> None:
    async with showing(TrainingScreen(bench)) as pilot:
        await until(pilot, lambda: text(pilot, "#state") != "")
        assert pilot.app.screen.query("RetrainForm").first().display


async def test_a_retraining_begun_elsewhere_is_followed_while_it_runs(bench: Bench, home: Path) -> None:
    with alone(home), journalled(silent(), home, NAME) as told:
        told.say("8 of 9 dialogues are worth [bold]learning[/bold] from.")
        told.count(3, 12, "supervised dialogues")
        told.point(Point(step=4, of=20, seconds=8.0, loss=0.5))
        async with showing(TrainingScreen(bench)) as pilot:
            await until(pilot, lambda: "3 of 12 supervised dialogues" in everything(pilot))
            assert "[bold]learning[/bold]" in everything(pilot)
            told.count(7, 12, "supervised dialogues")
            await until(pilot, lambda: "7 of 12" in everything(pilot))


async def test_one_that_was_killed_is_shown_as_such_and_can_be_gone_on_with(bench: Bench, home: Path) -> None:
    with journalled(silent(), home, NAME) as told:
        told.count(3, 12, "supervised dialogues")
    journal = home / "retrain" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().rpartition(b"\n\n")[0] + b"\n{cut")
    async with showing(TrainingScreen(bench)) as pilot:
        await until(pilot, lambda: "ended" in text(pilot, "#state").casefold())
        assert pilot.app.screen.query("RetrainForm").first().display


@pytest.mark.parametrize("left", [b"", b"\x00\xff\n" * 50, b"[]\n{}\n"])
async def test_a_damaged_journal_hides_nothing_else(bench: Bench, home: Path, left: bytes) -> None:
    (home / "retrain").mkdir()
    (home / "retrain" / "journal.jsonl").write_bytes(left)
    async with showing(TrainingScreen(bench)) as pilot:
        await until(pilot, lambda: text(pilot, "#state") != "")
        assert pilot.app.screen.query("RetrainForm").first().display
