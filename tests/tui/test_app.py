"""The app over the tiny shop, driven by its keys: what a person sees after asking, saving, stopping."""

import asyncio
import gc
import json
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher, Input

from agent.session import Sessions
from index.product import Product, Review
from tests.agent.shop import QUESTION, kettle, open_shop
from tests.slow import slow
from tests.tui.screen import PATIENCE, ask, text, until
from tui.app import ResearchApp
from tui.bench import Bench
from tui.messages import Acting, Metered
from tui.settings import Settings, SettingsError
from tui.shown import Meter
from tui.widgets.course import StepTitle
from tui.widgets.keys import Keys
from tui.widgets.prompt import Prompt
from tui.widgets.status import Status


def app_over(home: Path, more: Sequence[Product | Review] = ()) -> ResearchApp:
    open_shop(home, more).close()
    return ResearchApp(lambda cancel: Bench(Settings(engine="rules", approve_plan=False), home, cancel))


@asynccontextmanager
async def running(app: ResearchApp, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[str]]:
    async with app.run_test(size=size) as pilot:
        yield pilot


async def test_a_question_becomes_a_report(tmp_path: Path) -> None:
    async with running(app_over(tmp_path)) as pilot:
        await ask(pilot, QUESTION)
        await until(pilot, lambda: "Sources" in text(pilot, "#report"))

        assert "Best fit" in text(pilot, "#report")
        assert "Brissa Calm" in text(pilot, "#report")


async def test_steps_and_needs_are_shown(tmp_path: Path) -> None:
    async with running(app_over(tmp_path)) as pilot:
        await ask(pilot, QUESTION)

        assert "visit product" in text(pilot, "#steps")
        assert "price < 60 EUR" in " ".join(text(pilot, "#needs").split())


async def test_who_researches_and_that_it_is_offline_is_in_sight(tmp_path: Path) -> None:
    async with running(app_over(tmp_path), size=(80, 24)) as pilot:
        await until(pilot, lambda: "8 products" in text(pilot, "#status"))
        await until(pilot, lambda: "offline · 0 network calls · rules" in text(pilot, "Header"))


WAYS = {
    "Research": (),
    "Catalogue": ("f2",),
    "Sessions": ("f3",),
    "Report": ("f3", "v"),
    "Shortlist": ("f3", "s"),
    "Two reports": ("f3", "=", "down", "="),
    "Settings": ("f4",),
    "Models": ("f9",),
    "Side by side": ("f9", "t"),
    "Training": ("f10",),
    "Comparison": ("f6", "c"),
    "Plots": ("f6", "c", "p"),
    "Product": ("f6", "down", "o"),
}
MAIN = ("Research", "Catalogue", "Report", "Product")
METER = Meter("micro-agent.gguf", 331, 5200, 16384)


@asynccontextmanager
async def opened(home: Path, title: str) -> AsyncIterator[Pilot[str]]:
    """A screen of the app, with a report behind it, or two where that is what it shows."""
    async with running(app_over(home), size=(80, 24)) as pilot:
        await ask(pilot, QUESTION)
        if title == "Two reports":
            await pilot.press("ctrl+n")
            await ask(pilot, QUESTION)
        for key in WAYS[title]:
            await pilot.press(key)
            await pilot.pause(0.3)
        await until(pilot, lambda: pilot.app.screen.title == title)
        yield pilot


@pytest.mark.longer
@pytest.mark.parametrize("title", [*MAIN, *slow(*(title for title in WAYS if title not in MAIN))])
async def test_every_screen_shows_what_the_model_costs_and_keys_that_stand_still(
    tmp_path: Path, title: str
) -> None:
    async with opened(tmp_path, title) as pilot:
        pilot.app.screen_stack[0].post_message(Metered(METER))
        header = f"{title} — offline · 0 network calls · 331 tok/s · context 32% · micro-agent"
        await until(pilot, lambda: header in text(pilot, "Header"))
        shown = "".join(
            segment.text for strip in pilot.app.screen._compositor.render_strips() for segment in strip
        )
        assert shown.count("331 tok/s") == 1

        foot = pilot.app.screen.query_one(Keys)
        await until(pilot, lambda: bool(foot.keys))
        stand = foot.keys
        pilot.app.screen.refresh_bindings()
        await pilot.pause(0.2)
        assert foot.keys is stand


async def test_a_narrow_screen_shows_the_report_and_its_steps_by_turns(tmp_path: Path) -> None:
    async with running(app_over(tmp_path), size=(80, 24)) as pilot:
        await ask(pilot, QUESTION)
        assert pilot.app.query_one("#reading").display
        assert not pilot.app.query_one("#course").display

        await pilot.press("ctrl+t")
        assert not pilot.app.query_one("#reading").display
        assert pilot.app.query_one("#course").display


@pytest.mark.longer
async def test_a_follow_up_keeps_the_needs(tmp_path: Path) -> None:
    async with running(app_over(tmp_path)) as pilot:
        await ask(pilot, QUESTION)
        await ask(pilot, "and in white?")

        needs = " ".join(text(pilot, "#needs").split())
        assert "price < 60 EUR" in needs
        assert "white" in needs
        assert "Then: and in white?" in text(pilot, "#report")
    assert len(Sessions(tmp_path / "sessions.sqlite").list()) == 1


async def test_a_new_session_forgets_the_needs(tmp_path: Path) -> None:
    async with running(app_over(tmp_path)) as pilot:
        await ask(pilot, QUESTION)
        await pilot.press("ctrl+n")

        assert not pilot.app.query_one("#ledger").display
        assert not pilot.app.query_one("#report").display
        await pilot.press("ctrl+q")
    assert pilot.app.return_value == ""


async def test_keys_scroll_the_report_while_the_cursor_stays_at_the_prompt(tmp_path: Path) -> None:
    async with running(app_over(tmp_path)) as pilot:
        await ask(pilot, QUESTION)
        await until(pilot, lambda: pilot.app.query_one("#report").max_scroll_y > 0)
        await pilot.press("pagedown")

        assert pilot.app.query_one("#report").scroll_y > 0
        assert pilot.app.focused is pilot.app.query_one("#prompt")


async def test_the_report_is_saved_under_the_name_that_is_typed(tmp_path: Path) -> None:
    path = tmp_path / "kettles.json"
    async with running(app_over(tmp_path / "home")) as pilot:
        await ask(pilot, QUESTION)
        await pilot.press("ctrl+s")
        await pilot.pause()
        pilot.app.screen.query_one("#name", Input).value = str(path)
        await pilot.press("enter")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)

        assert "kettles.json" in text(pilot, "#status")
    assert json.loads(path.read_text(encoding="utf-8"))["outcome"] == "picks"


async def test_nothing_is_offered_to_save_before_there_is_a_report(tmp_path: Path) -> None:
    async with running(app_over(tmp_path)) as pilot:
        await pilot.press("ctrl+s")

        assert len(pilot.app.screen_stack) == 1


async def test_an_empty_catalogue_says_what_to_do(tmp_path: Path) -> None:
    app = ResearchApp(lambda cancel: Bench(Settings(engine="rules", approve_plan=False), tmp_path, cancel))
    async with running(app) as pilot:
        await ask(pilot, "a kettle", then="did not work")

        assert "The catalogue is empty" in text(pilot, "#steps")


async def test_a_run_that_fails_is_told_and_the_app_lives_on(tmp_path: Path) -> None:
    sessions = tmp_path / "sessions.sqlite"
    app = app_over(tmp_path)
    sessions.write_bytes(b"no database" * 100)
    async with running(app) as pilot:
        await ask(pilot, QUESTION, then="did not work")
        assert "session store" in " ".join(text(pilot, "#steps").split())

        sessions.unlink()
        await ask(pilot, QUESTION)
        assert "Best fit" in text(pilot, "#report")


async def test_an_unforeseen_fault_is_one_sentence(tmp_path: Path) -> None:
    class Broken(Bench):
        def stock(self) -> str:
            raise ZeroDivisionError("no\nlines [red]here")

    app = ResearchApp(lambda cancel: Broken(Settings(engine="rules", approve_plan=False), tmp_path, cancel))
    async with running(app) as pilot:
        await until(pilot, lambda: "ZeroDivisionError: no lines [red]here" in text(pilot, "#status"))


async def test_settings_that_cannot_be_read_end_the_app_with_the_reason() -> None:
    def refuse(cancel: threading.Event) -> Bench:  # noqa: ARG001
        raise SettingsError("There is no setting 'x'.")

    app = ResearchApp(refuse)
    async with running(app) as pilot:
        await until(pilot, lambda: app.fault is not None)
        await pilot.pause()
    assert isinstance(app.fault, SettingsError)


async def test_a_hostile_title_is_shown_as_the_text_it_is(tmp_path: Path) -> None:
    hostile = kettle(9, "[red]Gift[/] **free** \x1b[31mkettle", 20.0, 1.7, 50, "White", 5.0)
    async with running(app_over(tmp_path, [hostile])) as pilot:
        await ask(pilot, QUESTION)

        for title in pilot.app.query(StepTitle):
            title.action_open()
        await pilot.pause()
        for part in ("#steps", "#report"):
            shown = " ".join(text(pilot, part).split())
            assert "[red]Gift[/] **free**" in shown
            assert "\x1b" not in shown


@pytest.mark.longer
async def test_all_is_looked_through_for_garbage_only_while_no_key_is_pressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("tui.app._PAUSE", 0.2)
    monkeypatch.setattr("tui.app.monotonic", lambda: now[0])
    usual = gc.get_threshold()
    async with running(app_over(tmp_path)) as pilot:
        await until(pilot, lambda: gc.get_threshold()[2] > 1_000_000)
        aside = gc.get_freeze_count()
        await pilot.press("f2")
        await until(pilot, lambda: pilot.app.screen.title == "Catalogue")
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen.title == "Research")
        assert gc.get_freeze_count() > aside * 0.9

        now[0] = 50.0
        await pilot.press("x")
        looked = _full_collections()
        await pilot.pause(1.0)
        assert _full_collections() == looked
        now[0] = 51.0
        await until(pilot, lambda: _full_collections() > looked)
    assert gc.get_threshold() == usual


def _full_collections() -> int:
    return int(gc.get_stats()[2]["collections"])


class Held(Bench):
    """A bench whose runs wait before their second step, so that a test can press a key meanwhile."""

    def __init__(self, home: Path, cancel: threading.Event, gate: threading.Event) -> None:
        super().__init__(Settings(engine="rules", approve_plan=False), home, cancel)
        self._gate = gate

    def research(self, question: str, session: str, person: Any = None) -> Any:
        self._gate.wait(PATIENCE)
        return super().research(question, session, person)


async def test_a_stopped_run_goes_on_in_the_same_session(tmp_path: Path) -> None:
    open_shop(tmp_path).close()
    gate = threading.Event()
    async with running(ResearchApp(lambda cancel: Held(tmp_path, cancel, gate))) as pilot:
        pilot.app.query_one("#prompt", Prompt).value = QUESTION
        await pilot.press("enter", "escape")
        gate.set()
        await until(pilot, lambda: "Stopped" in text(pilot, "#status"))

        await ask(pilot, "")
        assert "Best fit" in text(pilot, "#report")
    assert [s.finished for s in Sessions(tmp_path / "sessions.sqlite").list()] == [True]


async def test_quitting_during_a_run_keeps_the_session(tmp_path: Path) -> None:
    open_shop(tmp_path).close()
    gate = threading.Event()
    app = ResearchApp(lambda cancel: Held(tmp_path, cancel, gate))
    async with running(app) as pilot:
        pilot.app.query_one("#prompt", Prompt).value = QUESTION
        await pilot.press("enter", "ctrl+q")
        gate.set()
    sessions = Sessions(tmp_path / "sessions.sqlite")
    async with asyncio.timeout(PATIENCE):
        while not sessions.list():
            await asyncio.sleep(0.02)
    assert [s.question for s in sessions.list()] == [QUESTION]


async def test_a_question_asked_before_the_bench_is_open_is_researched(tmp_path: Path) -> None:
    open_shop(tmp_path).close()
    gate = threading.Event()

    def open_late(cancel: threading.Event) -> Bench:
        gate.wait(PATIENCE)
        return Bench(Settings(engine="rules", approve_plan=False), tmp_path, cancel)

    async with running(ResearchApp(open_late)) as pilot:
        pilot.app.query_one("#prompt", Prompt).value = QUESTION
        await pilot.press("enter")
        gate.set()
        await until(pilot, lambda: "Best fit" in text(pilot, "#report"))


async def test_what_is_being_written_is_told_without_its_marks(tmp_path: Path) -> None:
    async with running(app_over(tmp_path)) as pilot:
        status = pilot.app.screen.query_one(Status)
        status.work()
        for piece in ("It is ", "a kettle.\n<tool_", 'call>\n{"name": "visit_', 'product", "arg'):
            status.write(piece)
            status._tick()
            await pilot.pause()
        assert "s visit product" in " ".join(text(pilot, "#status").split())
        pilot.app.screen.post_message(Acting("It is a kettle.", "visit product: id=P1"))
        await pilot.pause()
        for written, shown in (
            ("Enough is known.\n", "s Enough is known."),
            ("## Verdict\n{{P1", "s writing the report"),
        ):
            status.write(written)
            status._tick()
            await pilot.pause()
            assert shown in " ".join(text(pilot, "#status").split())
            assert "{{" not in text(pilot, "#status")


async def test_a_run_that_ends_with_nothing_promises_nothing_more(tmp_path: Path) -> None:
    rules = Settings(engine="rules")
    async with running(ResearchApp(lambda cancel: Bench(rules, tmp_path, cancel))) as pilot:
        await ask(pilot, QUESTION, then="did not work")
        assert pilot.app.query_one("#pages", ContentSwitcher).current == "welcome"
