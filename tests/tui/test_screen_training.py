"""The Training screen: what one would take, where one is, what it learns from, the gate, the way back."""

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from threading import Event

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from agent.wire import WIRE_VERSION
from finetune.errors import OutOfTimeError
from finetune.gate.report import write_comparison
from finetune.retrain.journal import JOURNAL, alone, is_running, journalled, read_journal
from index.search import Index
from models.bundled_agent import bundled_agent
from models.file_mark import file_mark
from models.in_use import ModelsInUse
from models.usable import Model
from tests.agent.conftest import shop
from tests.finetune.test_retrain import NOW, Heard, measured
from tests.gguf_factory import write_adapter
from tests.tui.host import Host
from tests.tui.past import notices
from tests.tui.retrainings import begun, leave_data, small_home, tell
from tests.tui.screen import text, until
from tui import messages
from tui.screens.rolling_back import RollingBackScreen
from tui.screens.training import TrainingScreen
from tui.training.apart import Apart
from tui.training.choices import Chosen

__all__ = ["shop"]


class Told(Host):
    """Keeps what the screen tells its app."""

    def on_retraining_ended(self, ended: messages.RetrainingEnded) -> None:
        self.asked.append(ended)

    def on_settings_changed(self, changed: messages.SettingsChanged) -> None:
        self.asked.append(changed)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that the screen's own processes know too."""
    monkeypatch.setenv("PRODUCTRESEARCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PRODUCTRESEARCH_CONTEXT", "4096")
    monkeypatch.setenv("PRODUCTRESEARCH_THREADS", "1")
    return small_home(tmp_path / "home")


@asynccontextmanager
async def training(home: Path, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[None]]:
    """The screen, once it has looked."""
    app = Told(home, TrainingScreen)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: bool(pilot.app.screen.query("#state")) and text(pilot, "#state") != "")
        yield pilot
    app.bench.close()


@contextmanager
def going(home: Path) -> Iterator[Heard]:
    """A retraining in the middle of its training, for as long as the block takes."""
    heard = Heard()
    with alone(home), journalled(heard.told, home, begun(home).name) as told:
        tell(told)
        yield heard


def button(pilot: Pilot[None], name: str) -> Button:
    return pilot.app.screen.query_one(f"#{name}", Button)


def field(pilot: Pilot[None], name: str) -> str:
    return pilot.app.screen.query_one(f"#{name}", Input).value


async def test_a_new_home_has_the_command_s_numbers_and_says_what_retraining_is(home: Path) -> None:
    async with training(home) as pilot:
        await until(pilot, lambda: "Nothing was retrained here yet" in text(pilot, "#state"))
        assert [field(pilot, name) for name in ("tasks", "minutes", "held-out", "until")] == [
            "200",
            "13",
            "70",
            "",
        ]
        assert button(pilot, "stop").disabled


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("tasks", "3", "The number of dialogues is 4 to 1,000,000."),
        ("tasks", "many", "'many' is no number of dialogues."),
        ("held-out", "301", "The number of tasks compared is 20 to 300."),
        ("minutes", "nan", "The number of minutes of training is 0.1 to 1,000,000."),
        ("until", "25:00", "'25:00' is no time of the day; write it as 07:00."),
    ],
)
async def test_what_cannot_be_meant_is_said_and_nothing_begins(
    home: Path, name: str, value: str, sentence: str
) -> None:
    async with training(home) as pilot:
        pilot.app.screen.query_one(f"#{name}", Input).value = value
        button(pilot, "start").press()
        await until(pilot, lambda: sentence in notices(pilot))
        assert not (home / "retrain").exists()


@pytest.mark.longer
async def test_one_at_work_is_shown_with_its_stage_its_counts_and_the_time_left(
    home: Path, shop: Index
) -> None:
    with going(home):
        leave_data(begun(home), shop)
        async with training(home) as pilot:
            await until(pilot, lambda: "Retraining since" in text(pilot, "#state"))
            await until(pilot, lambda: "▸ training" in text(pilot, "#stages"))
            assert "✓ data set" in text(pilot, "#stages")
            assert "5 of 5 supervised dialogues" in text(pilot, "#counts")
            assert "30 of 60 steps of the training, about 60 s left" in text(pilot, "#counts")
            assert "invented [red]shoppers[/] ask" in text(pilot, "#words")
            assert any("⠀" < dots <= "⣿" for dots in text(pilot, "#loss"))
            assert button(pilot, "start").disabled
            assert not button(pilot, "stop").disabled


async def test_what_is_told_while_one_looks_is_shown(home: Path) -> None:
    heard = Heard()
    with alone(home), journalled(heard.told, home, begun(home).name) as told:
        async with training(home) as pilot:
            told.count(1, 20, "tasks of the comparison")
            await until(pilot, lambda: "1 of 20 tasks" in text(pilot, "#counts"))
            told.count(2, 20, "tasks of the comparison")
            await until(pilot, lambda: "2 of 20 tasks of the comparison, about" in text(pilot, "#counts"))


async def test_one_that_stopped_says_why_and_is_gone_on_with_by_its_own_numbers(home: Path) -> None:
    with pytest.raises(OutOfTimeError), going(home):
        raise OutOfTimeError("It is 07:00, and what was done so far is kept.")
    async with training(home) as pilot:
        await until(pilot, lambda: "It is 07:00" in text(pilot, "#state"))
        assert "Start goes on with it" in " ".join(text(pilot, "#state").split())
        assert (field(pilot, "tasks"), field(pilot, "held-out"), field(pilot, "minutes")) == (
            "5",
            "3",
            "0.05",
        )
        assert not button(pilot, "start").disabled


async def test_one_whose_process_was_killed_is_shown_as_stopped(home: Path) -> None:
    with going(home):
        journal = (home / "retrain" / JOURNAL).read_bytes()
    (home / "retrain" / JOURNAL).write_bytes(journal)
    async with training(home) as pilot:
        await until(pilot, lambda: "ended from outside" in text(pilot, "#state"))
        assert "left" not in text(pilot, "#counts")


async def test_of_a_damaged_journal_what_can_be_read_is_shown(home: Path) -> None:
    with going(home):
        pass
    path = home / "retrain" / JOURNAL
    at = '"at":"2026-01-01T00:00:00Z"'
    hostile = [
        b"\xff\xfe\x00",
        b"{" * 5000,
        f'{{{at},"kind":"counted","text":"x","done":-1,"total":0}}'.encode(),
        f'{{{at},"kind":"counted","text":"x","done":1,"total":{10**40}}}'.encode(),
        f'{{{at},"kind":"measured","point":{{"step":{10**30},"of":1,"seconds":1}}}}'.encode(),
        f'{{{at},"kind":"measured","point":{{"step":31,"of":60,"seconds":NaN,"loss":Infinity}}}}'.encode(),
        b'{"at":"2026-01-01T00:00:00","kind":"said","text":"no zone"}',
        f'{{{at},"kind":"said","text":"\\u001b[2Jgone [b]"}}'.encode(),
    ]
    path.write_bytes(path.read_bytes() + b"\n".join(hostile) + b"\n")
    async with training(home) as pilot:
        await until(pilot, lambda: "30 of 60 steps" in text(pilot, "#counts"))
        assert "gone [b]" in text(pilot, "#words")
        assert "no zone" not in text(pilot, "#words")


async def test_a_name_in_the_journal_leads_nowhere_else(home: Path, shop: Index, tmp_path: Path) -> None:
    write_comparison(measured(shop, tmp_path), tmp_path / "elsewhere")
    with journalled(Heard().told, home, "../../elsewhere"):
        pass
    async with training(home) as pilot:
        await until(pilot, lambda: "Ended at" in text(pilot, "#state"))
        await pilot.press("f7")
        assert "predicate success" not in text(pilot, "#table")


@pytest.mark.longer
async def test_the_yield_and_the_samples_are_shown_and_turned(home: Path, shop: Index) -> None:
    with going(home):
        leave_data(begun(home), shop)
        async with training(home) as pilot:
            await pilot.press("f6")
            await until(pilot, lambda: "Sample 1 of 4" in text(pilot, "#heading"))
            funnel = [line.split()[:2] for line in text(pilot, "#funnel").splitlines() if line]
            assert funnel[:2] == [["drawn", "5"], ["held", "5"]]
            assert "kept" in [row[0] for row in funnel]
            assert "⏎" in text(pilot, "#coloured")
            await pilot.press("n")
            await until(pilot, lambda: "Sample 2 of 4" in text(pilot, "#heading"))


@pytest.mark.longer
async def test_the_gate_is_shown_and_the_model_before_comes_back_only_after_asking(
    home: Path, shop: Index, tmp_path: Path
) -> None:
    about = begun(home)
    with journalled(Heard().told, home, about.name):
        write_comparison(measured(shop, tmp_path), about.folder)
    write_comparison(measured(shop, tmp_path / "again"), about.shelf)
    adapter = about.shelf / "adapter.gguf"
    write_adapter(adapter, arch="qwen3moe", width=384, base=file_mark(bundled_agent()))
    used = ModelsInUse(home, bundled_agent())
    used.promote(Model(bundled_agent(), adapter), "retrained", NOW, WIRE_VERSION)
    async with training(home) as pilot:
        await pilot.press("f7")
        await until(pilot, lambda: "what this retraining made" in " ".join(text(pilot, "#answers").split()))
        assert "predicate success" in text(pilot, "#table")
        assert "nothing here overrides it" in text(pilot, "#promotes")
        assert "put in use  The candidate is better" in text(pilot, "#past")
        button(pilot, "roll-back").press()
        await until(pilot, lambda: isinstance(pilot.app.screen, RollingBackScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, TrainingScreen))
        assert used.entries
        button(pilot, "roll-back").press()
        await until(pilot, lambda: isinstance(pilot.app.screen, RollingBackScreen))
        await pilot.press("y")
        await until(pilot, lambda: "the agent that came along" in text(pilot, "#answers"))
        assert isinstance(pilot.app, Told)
        assert any(isinstance(told, messages.SettingsChanged) for told in pilot.app.asked)
        assert used.entries == ()
        await until(pilot, lambda: button(pilot, "promote").display)
        button(pilot, "promote").press()
        await until(pilot, lambda: "what this retraining made" in " ".join(text(pilot, "#answers").split()))
        assert not button(pilot, "promote").display
    assert used.current == Model(used.bundled, adapter)


async def test_stop_asks_the_process_at_work_to_end(home: Path) -> None:
    program = (
        "import signal, sys, time; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from pathlib import Path; from finetune.retrain.journal import alone, journalled\n"
        "from finetune.retrain.told import Told\n"
        "told = Told(say=print, count=print, point=print)\n"
        "home = Path(sys.argv[1])\n"
        "with alone(home), journalled(told, home, 'retrained-0'): time.sleep(60)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program, str(home)], stderr=subprocess.DEVNULL)
    try:
        async with training(home) as pilot:
            await until(pilot, lambda: not button(pilot, "stop").disabled)
            button(pilot, "stop").press()
            await until(pilot, lambda: "It was asked to stop. What was done" in text(pilot, "#state"))
        child.wait(20)
    finally:
        child.kill()
        child.wait()


def test_two_at_once_are_refused_in_a_sentence(home: Path) -> None:
    over, said = Event(), []

    def ended(sentence: str, failed: bool) -> None:
        said.append((sentence, failed))
        over.set()

    with alone(home):
        begun_here = Apart(Chosen(), ended)
        assert over.wait(120)
    assert said == [
        ("A retraining is at work in this home already; wait for it, or stop it first.", True),
    ]
    assert begun_here.over


@pytest.mark.slow
async def test_a_forecast_says_what_it_would_take_and_changes_nothing(home: Path) -> None:
    use_small_model(home)
    async with training(home) as pilot:
        pilot.app.screen.query_one("#tasks", Input).focus()
        await pilot.press("enter")
        await until(pilot, lambda: "Trying out" in text(pilot, "#forecast"))
        await within(120, pilot, lambda: "Nothing was changed." in text(pilot, "#forecast"))
        assert "Dialogues: 200, about" in text(pilot, "#forecast")
        await within(20, pilot, lambda: not button(pilot, "start").disabled)
        assert "Trying out" not in text(pilot, "#forecast")
    assert read_journal(home) == ()


@pytest.mark.longer
@pytest.mark.parametrize("size", [(20, 8), pytest.param((40, 12), marks=pytest.mark.slow)])
async def test_a_tiny_terminal_is_no_fault(home: Path, shop: Index, size: tuple[int, int]) -> None:
    with going(home):
        leave_data(begun(home), shop)
        async with training(home, size) as pilot:
            for key in ("f6", "tab", "n", "f7", "tab", "f5", "tab"):
                await pilot.press(key)
            await pilot.pause(1.2)
            await pilot.resize_terminal(120, 40)
            await pilot.pause()


def use_small_model(home: Path) -> None:
    """So that a process of its own retrains it, and not the one that comes along."""
    ModelsInUse(home, bundled_agent()).promote(Model(home / "bundled.gguf"), "a test", NOW, 4)


@pytest.mark.slow
async def test_a_retraining_goes_on_while_one_is_elsewhere_stops_and_ends(home: Path) -> None:
    pytest.importorskip("trl")
    use_small_model(home)
    async with training(home) as pilot:
        for name, value in (("tasks", "5"), ("minutes", "0.1"), ("held-out", "20")):
            pilot.app.screen.query_one(f"#{name}", Input).value = value
        button(pilot, "start").press()
        await within(120, pilot, lambda: "supervised dialogues" in text(pilot, "#counts"))
        await pilot.press("escape")
        await within(300, pilot, lambda: any(entry.point for entry in read_journal(home)))
        assert is_running(home)
        assert isinstance(pilot.app, Told)
        await pilot.app.push_screen(TrainingScreen(pilot.app.bench))
        await within(20, pilot, lambda: not button(pilot, "stop").disabled)
        button(pilot, "stop").press()
        await within(60, pilot, lambda: "Start goes on" in " ".join(text(pilot, "#state").split()))
        kept = len(read_journal(home))
        button(pilot, "start").press()
        await within(600, pilot, lambda: "Ended at" in text(pilot, "#state"))
        entries = read_journal(home)
        assert len(entries) > kept
        assert sum(entry.kind == "begun" for entry in entries) == 2
        assert sum("turned back" in entry.text for entry in entries) == 1
        await pilot.press("f7")
        await within(20, pilot, lambda: "the model in use stays" in " ".join(text(pilot, "#table").split()))


@pytest.mark.longer
async def test_a_data_set_is_made_and_looked_at_without_a_training(home: Path) -> None:
    use_small_model(home)
    async with training(home) as pilot:
        pilot.app.screen.query_one("#tasks", Input).value = "5"
        button(pilot, "distill").press()
        await within(120, pilot, lambda: "The data set is made" in " ".join(text(pilot, "#state").split()))
        await within(20, pilot, lambda: not button(pilot, "start").disabled)
        await pilot.press("f6")
        await within(60, pilot, lambda: "Sample 1 of" in text(pilot, "#heading"))
        assert "held" in text(pilot, "#funnel")
        assert "learned" not in text(pilot, "#funnel")
        assert not any(entry.point for entry in read_journal(home))


async def within(seconds: float, pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait for what another process brings about."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        await pilot.pause(0.2)
