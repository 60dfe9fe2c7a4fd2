"""The app as a process at a terminal: told to end, cut off, without colour or UTF-8, from key to report."""

import re
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agent.session import Sessions, SessionSummary
from agent.trajectory import Observation
from index.catalog import Catalog
from index.demo.shop import build_demo
from tests.agent.shop import QUESTION, open_shop
from tests.slow import slow
from tests.tui.terminal import Screen
from tests.tui.tmux import needs_tmux, terminal
from tui.leaving import GRACE

PATIENCE = 240.0
"""Seconds for the bundled model on a busy machine."""
QUICK = 3.0
"""Seconds in which a process that is told to end has ended."""
SIZE = {"COLUMNS": "120", "LINES": "40"}
AT_ONCE = {"PRODUCTRESEARCH_APPROVE_PLAN": "false"}
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?2004l")
"""What gives a terminal back: its own screen, the cursor, no mouse reports, no marked pastes."""


def sessions(home: Path) -> list[SessionSummary]:
    with closing(Sessions(home / "sessions.sqlite")) as store:
        return store.list()


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


def is_restored(screen: Screen) -> bool:
    return all(sequence in screen.raw[-400:] for sequence in RESTORED)


def begin(screen: Screen, question: str) -> None:
    """Ask, as a person does: the line first, then Enter."""
    screen.wait_for("8 products")
    screen.type(question)
    screen.wait_for(question)
    screen.type("\r")


def closed(screen: Screen) -> int:
    return screen.hang_up()


def terminated(screen: Screen) -> int:
    screen.tell(signal.SIGTERM)
    return screen.end()


def hung_up(screen: Screen) -> int:
    screen.tell(signal.SIGHUP)
    return screen.end()


END: dict[str, tuple[Callable[[Screen], int], int]] = {
    "SIGTERM": (terminated, 143),
    "SIGHUP": (hung_up, 129),
    "a closed window": (closed, 129),
}


@pytest.mark.longer
@pytest.mark.parametrize("how", ["SIGTERM", *slow("SIGHUP", "a closed window")])
def test_a_run_that_is_told_to_end_is_stored_and_offered_at_the_next_start(tmp_path: Path, how: str) -> None:
    open_shop(tmp_path).close()
    end, code = END[how]
    screen = Screen(tmp_path, (), SIZE)
    begin(screen, QUESTION)
    screen.wait_for("Is that right?")
    began = time.monotonic()
    assert end(screen) == code
    assert time.monotonic() - began < QUICK
    if how == "SIGTERM":
        assert is_restored(screen)
    assert "Traceback" not in screen.shown
    assert [(s.question, s.finished) for s in sessions(tmp_path)] == [(QUESTION, False)]

    again = Screen(tmp_path, (), {**SIZE, **AT_ONCE})
    again.wait_for("Your last question was not finished")
    again.type("\r")
    again.wait_for("Done;")
    again.type("\x11")
    assert again.end() == 0
    assert [(s.question, s.finished) for s in sessions(tmp_path)] == [(QUESTION, True)]


STUCK = """
import sys, time
from pathlib import Path
from agent.loop import Observed, Research
from tui.launch import run_app

run = Research.run

def stuck(self):
    for event in run(self):
        yield event
        if isinstance(event, Observed):
            Path(sys.argv[1]).touch()
            time.sleep(60)

Research.run = stuck
run_app()
"""


def begin_a_step_that_takes_its_time(home: Path) -> Screen:
    """A run whose first step is stored, and whose second one does not end."""
    open_shop(home).close()
    stuck = home / "stuck"
    screen = Screen(home, (str(stuck),), {**SIZE, **AT_ONCE}, program=STUCK)
    begin(screen, QUESTION)

    def is_stuck() -> bool:
        screen.read_on(0.2)
        return stuck.exists()

    wait_until(is_stuck, PATIENCE)
    return screen


@pytest.mark.slow
def test_a_step_that_takes_its_time_holds_no_process_that_is_told_to_end(tmp_path: Path) -> None:
    screen = begin_a_step_that_takes_its_time(tmp_path)
    began = time.monotonic()
    assert terminated(screen) == 143
    assert time.monotonic() - began < QUICK
    assert is_restored(screen)


@pytest.mark.longer
def test_a_step_that_takes_its_time_holds_nobody_who_leaves_and_what_was_stored_goes_on(
    tmp_path: Path,
) -> None:
    screen = begin_a_step_that_takes_its_time(tmp_path)
    began = time.monotonic()
    screen.type("\x11")
    screen.wait_for("Ask on with: productresearch research --resume", GRACE)
    assert is_restored(screen)
    assert screen.end() == 0
    assert time.monotonic() - began < GRACE + QUICK
    assert "Traceback" not in screen.shown
    with closing(Sessions(tmp_path / "sessions.sqlite")) as store:
        (session,) = store.list()
        assert any(isinstance(entry, Observation) for entry in store.trajectory(session.id).entries)
    assert f"--resume {session.id}" in screen.shown

    again = Screen(tmp_path, ("research", "--yes", "--resume", session.id), SIZE)
    assert again.end() == 0
    assert [(s.question, s.finished) for s in sessions(tmp_path)] == [(QUESTION, True)]


def test_leaving_by_a_key_in_a_run_stores_it_and_says_how_to_go_on(tmp_path: Path) -> None:
    open_shop(tmp_path).close()
    screen = Screen(tmp_path, (), SIZE)
    begin(screen, QUESTION)
    screen.wait_for("Is that right?")
    screen.type("\x11")
    assert screen.end() == 0
    (session,) = sessions(tmp_path)
    assert not session.finished
    assert f"productresearch research --resume {session.id}" in screen.shown


# -- poor terminals ----------------------------------------------------------------------------------------

POOR = {
    "no colour": {"NO_COLOR": "1"},
    "a dumb terminal": {"TERM": "dumb", "COLORTERM": ""},
    "a VT100": {"TERM": "vt100", "COLORTERM": "", "NO_COLOR": "1"},
    "no UTF-8": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": ""},
    "none of it": {"TERM": "vt100", "COLORTERM": "", "NO_COLOR": "1", "LC_ALL": "C", "PYTHONUTF8": "0"},
}
COLOUR = re.compile(r"[34]8;2;(\d+);(\d+);(\d+)")


@pytest.mark.longer
@needs_tmux
@pytest.mark.parametrize("how", ["none of it", *slow(*(how for how in POOR if how != "none of it"))])
def test_a_report_can_be_read_at_a_poor_terminal(tmp_path: Path, how: str) -> None:
    open_shop(tmp_path).close()
    met, unmet, frame = ("+", "x", "+--") if "LC_ALL" in POOR[how] else ("✓", "✗", "╭──")
    with terminal(tmp_path, {**AT_ONCE, **POOR[how]}, size=(220, 90)) as tmux:
        tmux.wait_for("8 products")
        tmux.type(QUESTION)
        tmux.wait_for(QUESTION)
        tmux.press("Enter")
        shown = tmux.wait_for("Done; F6 walks through the report")
        assert frame in shown
        assert "must price < 60 EUR" in " ".join(shown.split())
        assert "\\u" not in shown

        tmux.wait_for(f"{met} 49.90 EUR")
        tmux.wait_for(f"{unmet} 62 dB")
        tmux.wait_for("? unknown")
        if "NO_COLOR" in POOR[how]:
            assert all(red == green == blue for red, green, blue in COLOUR.findall(tmux.styled))
        tmux.press("C-q")
        tmux.wait_for("Ask on with")


def test_the_command_line_prints_its_report_where_there_is_no_utf_8(tmp_path: Path) -> None:
    open_shop(tmp_path).close()
    words = ("research", "--yes", QUESTION)
    screen = Screen(tmp_path, words, {"LC_ALL": "C", "PYTHONUTF8": "0", "NO_COLOR": "1"})
    assert screen.end() == 0
    assert "+ 49.90 EUR" in screen.shown
    assert screen.raw.isascii()


# -- from key to report --------------------------------------------------------------------------------------


DEMO_QUESTION = "quiet wireless headphones with long battery life under 200 dollars"


@pytest.mark.slow
@needs_tmux
@pytest.mark.parametrize(("engine", "name"), [("rules", "rules"), ("bundled", "micro-agent")])
def test_a_question_is_answered_and_proved_by_keys_alone(tmp_path: Path, engine: str, name: str) -> None:
    with Catalog.open(tmp_path / "catalog.sqlite") as catalog:
        build_demo(catalog, 0)
    settings = {"PRODUCTRESEARCH_ENGINE": engine, "PRODUCTRESEARCH_THREADS": "2"}
    with terminal(tmp_path, settings) as tmux:
        tmux.wait_for(f"offline · 0 network calls · {name}")
        tmux.wait_for("saved pages")
        tmux.type(DEMO_QUESTION)
        tmux.wait_for(DEMO_QUESTION)
        tmux.press("Enter")
        planned = tmux.wait_for("Is that right? Change what is not, then search.", PATIENCE)
        assert "Search with these needs" in planned
        assert "must price" in planned

        tmux.press("Enter")
        reported = tmux.wait_for("Done; F6 walks through the report", PATIENCE)
        assert "Best fit" in reported
        assert "0 network calls" in reported

        tmux.press("F6", "Down", "Down")
        tmux.wait_for("Evidence y Copy")
        tmux.press("e")
        tmux.wait_for("✓ Copied by code from its record")
        tmux.wait_for("✓ The catalogue still says so")
        tmux.wait_for("esc Close")
        tmux.press("Escape")
        tmux.wait_for("Evidence y Copy")
        tmux.press("c")
        tmux.wait_for("≠ marks what differs")
        tmux.wait_for("≠ price")
        tmux.wait_for("esc Back")
        tmux.press("Escape")
        tmux.wait_for("Evidence y Copy")
        tmux.press("C-q")
        tmux.wait_for("Ask on with: productresearch research --resume")
        wait_until(lambda: tmux.has_ended)
    assert [s.finished for s in sessions(tmp_path)] == [True]
