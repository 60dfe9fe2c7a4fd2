"""One question to two models over the person's catalogue: two reports, and no session unless one is kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from agent.session import Sessions
from models.bundled_agent import bundled_agent
from models.usable import Model
from tests.agent.shop import QUESTION, open_shop
from tests.gguf_factory import write_gguf
from tests.tui.host import Host
from tests.tui.models_shown import offered, said
from tests.tui.screen import text, until
from tui.screens.side_by_side import SideBySideScreen
from tui.settings import Settings
from tui.widgets.answer import AnswerColumn

BRIEF = Settings(threads=1, max_steps=4)


@asynccontextmanager
async def shown(home: Path, right: str, settings: Settings = BRIEF) -> AsyncIterator[Pilot[None]]:
    """The screen with the bundled model on the left."""
    open_shop(home).close()
    here = {"bundled": Model(bundled_agent())}
    app = Host(home, lambda bench: SideBySideScreen(bench, here, "bundled", right), settings)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, SideBySideScreen))
        await pilot.pause()
        yield pilot
    app.bench.close()


async def ask(pilot: Pilot[Any], question: str = QUESTION) -> None:
    pilot.app.screen.query_one("#both-question", Input).value = question
    await pilot.press("enter")
    await until(pilot, lambda: bool(said(pilot, "#left .name")))


async def rested(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: not screen(pilot).busy)
    await pilot.pause(0.2)


def screen(pilot: Pilot[Any]) -> SideBySideScreen:
    found = pilot.app.screen
    assert isinstance(found, SideBySideScreen)
    return found


def column(pilot: Pilot[Any], side: str) -> AnswerColumn:
    return pilot.app.screen.query_one(f"#{side}", AnswerColumn)


def stored(home: Path) -> list[str]:
    """The questions of the person's sessions."""
    if not (home / "sessions.sqlite").exists():
        return []
    with closing(Sessions(home / "sessions.sqlite")) as sessions:
        return [each.question for each in sessions.list()]


@pytest.mark.slow
async def test_both_write_a_report_and_only_what_is_kept_becomes_a_session(tmp_path: Path) -> None:
    dice = write_gguf(tmp_path / "dice.gguf", vocab=1024)
    home = tmp_path / "home"
    async with shown(home, str(dice)) as pilot:
        await ask(pilot)
        await rested(pilot)
        for side in ("left", "right"):
            assert column(pilot, side).has_class("-answered")
            assert "Written by" in text(pilot, f"#{side}-paper")
            assert " steps · " in said(pilot, f"#{side} .tally")
            assert " tokens a second" in said(pilot, f"#{side} .tally")
        assert "micro-agent" in text(pilot, "#left-paper")
        assert "dice" in text(pilot, "#right-paper")
        assert stored(home) == []

        assert offered(pilot, "f5")
        await pilot.press("f5")
        await until(pilot, lambda: "The left answer is a session now" in said(pilot))
        assert not offered(pilot, "f5")
        assert offered(pilot, "f6")
    assert stored(home) == [QUESTION]
    with closing(Sessions(home / "sessions.sqlite")) as sessions:
        (kept,) = sessions.list()
        assert sessions.report(kept.id).author.startswith("micro-agent")
        assert sessions.evidence(kept.id)


@pytest.mark.longer
async def test_a_file_that_is_no_model_is_a_sentence_and_the_other_is_asked_all_the_same(
    tmp_path: Path,
) -> None:
    broken = tmp_path / "[red]br[b]oken.gguf"
    broken.write_bytes(b"\x1b[31mno model")
    async with shown(tmp_path / "home", "bundled") as pilot:
        pilot.app.screen.query_one("#left-model", Input).value = str(broken)
        await ask(pilot)
        await rested(pilot)
        assert column(pilot, "left").has_class("-failed")
        assert "[red]br[b]oken.gguf" in said(pilot, "#left .tally")
        assert "\x1b" not in said(pilot, "#left .tally")
        assert "Written by" in text(pilot, "#right-paper")
        assert not offered(pilot, "f5")


async def test_a_model_that_was_not_fetched_is_a_sentence(tmp_path: Path) -> None:
    async with shown(tmp_path, "qwen3-8b") as pilot:
        await ask(pilot)
        await rested(pilot)
        assert "qwen3-8b is not here" in said(pilot, "#right .tally")


@pytest.mark.longer
async def test_escape_stops_the_first_and_does_not_ask_the_second(tmp_path: Path) -> None:
    async with shown(tmp_path, "bundled", Settings(threads=1)) as pilot:
        await ask(pilot)
        await until(pilot, lambda: " tokens a second" in said(pilot, "#left .tally"))
        await pilot.press("escape")
        await rested(pilot)
        assert said(pilot, "#left .tally") == "Stopped."
        assert said(pilot, "#right .tally") == "Was not asked."
        assert not offered(pilot, "f5")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, SideBySideScreen))
    assert stored(tmp_path) == []


async def test_what_is_missing_gets_the_cursor(tmp_path: Path) -> None:
    async with shown(tmp_path, "") as pilot:
        await pilot.press("enter")
        assert pilot.app.focused is pilot.app.screen.query_one("#right-model")
        assert not screen(pilot).busy
        await pilot.press(*"bundled", "enter")
        assert pilot.app.focused is pilot.app.screen.query_one("#both-question")


async def test_a_question_that_cannot_be_researched_is_a_sentence_on_both_sides(tmp_path: Path) -> None:
    async with shown(tmp_path, "bundled") as pilot:
        await ask(pilot, "a" * 5000)
        await rested(pilot)
        for side in ("left", "right"):
            assert column(pilot, side).has_class("-failed")
            assert "characters" in said(pilot, f"#{side} .tally")


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (20, 8)])
async def test_a_narrow_terminal_is_no_fault(tmp_path: Path, size: tuple[int, int]) -> None:
    async with shown(tmp_path, "bundled") as pilot:
        await pilot.resize_terminal(*size)
        await pilot.press("tab", "tab", "tab")
        assert column(pilot, "left").size.width > 0
