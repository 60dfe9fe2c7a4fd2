"""What the app stands: models that fail, screens that shrink, runs cut short, full disks, a second app."""

import asyncio
import sqlite3
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import Input

from agent.loop import Called
from agent.session import SessionError, Sessions
from agent.wire import WIRE_VERSION
from models.bundled_agent import bundled_agent
from models.engine import Cancel, EngineError, Sampling
from models.in_use import ModelsInUse
from models.llama import LlamaEngine
from models.usable import Model
from tests.agent.shop import QUESTION, open_shop
from tests.gguf_factory import write_gguf
from tests.tui.screen import PATIENCE, ask, text, until
from tui.app import OpenBench, ResearchApp
from tui.asked import AppPerson
from tui.bench import Bench
from tui.drive import left_off
from tui.launch import open_bench
from tui.messages import Opened, SettingsChanged
from tui.settings import Settings
from tui.shown import Choice, QuizTab
from tui.widgets.ledger import LedgerView
from tui.widgets.prompt import Prompt
from tui.widgets.quiz import Quiz

RULES = Settings(engine="rules", approve_plan=False)


@asynccontextmanager
async def app_with(open_bench: OpenBench, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[str]]:
    async with ResearchApp(open_bench).run_test(size=size) as pilot:
        yield pilot


def rules_at(home: Path) -> OpenBench:
    """The rules over the tiny shop."""
    open_shop(home).close()
    return lambda cancel: Bench(RULES, home, cancel)


def faults(pilot: Pilot[str]) -> list[str]:
    """The sentences that the course of the session tells of faults."""
    lines = " ".join(text(pilot, "#steps").split())
    return [fault.split(" ▸ ")[0].strip() for fault in f" {lines}".split(" ! ")[1:]]


def stored(home: Path) -> list[tuple[str, bool]]:
    sessions = Sessions(home / "sessions.sqlite")
    try:
        return [(session.question, session.finished) for session in sessions.list()]
    finally:
        sessions.close()


# -- models ------------------------------------------------------------------------------------------------


async def test_a_model_that_does_not_load_is_one_sentence_and_the_rules_can_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = write_gguf(tmp_path / "half.gguf", vocab=1024, keep=0.5)
    open_shop(tmp_path).close()
    (tmp_path / "settings.toml").write_text(f'engine = "{model}"\napprove_plan = false\n', encoding="utf-8")
    monkeypatch.setenv("PRODUCTRESEARCH_HOME", str(tmp_path))
    async with app_with(open_bench) as pilot:
        await ask(pilot, QUESTION, then="did not work")
        (fault,) = faults(pilot)
        assert "half.gguf is truncated" in fault
        assert "Traceback" not in fault
        assert "ask again" in text(pilot, "#status")

        await pilot.press("f4")
        await until(pilot, lambda: bool(pilot.app.screen.query("#engine")))
        pilot.app.screen.query_one("#engine Input", Input).focus().value = "rules"
        await pilot.press("enter", "escape")
        await until(pilot, lambda: "rules" in text(pilot, "Header"))
        await ask(pilot, QUESTION)
        assert "Best fit" in text(pilot, "#report")
    assert stored(tmp_path) == [(QUESTION, True)]


class Dying(LlamaEngine):
    """A model whose second step fails as a runtime does, once."""

    steps = 0

    def write(
        self, grammar: str, budget: int, sampling: Sampling, cancel: Cancel | None = None
    ) -> Iterator[str]:
        self.steps += 1
        if self.steps == 2:
            raise EngineError("llama.cpp could not evaluate the text; there is not enough memory.")
        return super().write(grammar, budget, sampling, cancel)


@pytest.mark.longer
async def test_a_model_that_dies_in_a_run_is_one_sentence_and_an_empty_line_goes_on(tmp_path: Path) -> None:
    model = write_gguf(tmp_path / "dice.gguf", vocab=1024)
    open_shop(tmp_path).close()

    def open_bench(cancel: threading.Event) -> Bench:
        settings = Settings(engine=str(model), approve_plan=False, max_steps=3, threads=1)
        bench = Bench(settings, tmp_path, cancel)
        bench._engine = Dying.open(model, context_size=settings.context, threads=1)
        bench._model = Model(model)
        return bench

    async with app_with(open_bench) as pilot:
        await ask(pilot, QUESTION, then="did not work")
        assert faults(pilot)[-1] == "llama.cpp could not evaluate the text; there is not enough memory."
        assert "an empty line tries again" in " ".join(text(pilot, "#status").split())
        assert stored(tmp_path) == [(QUESTION, False)]

        await pilot.press("enter")
        # Dice may ask back; the person does not answer them.
        await until(pilot, lambda: pilot.app.query_one(Quiz).display or "Done" in text(pilot, "#status"))
        if pilot.app.query_one(Quiz).display:
            await pilot.press("S")
        await until(pilot, lambda: "Done" in text(pilot, "#status"))
        assert "Written by dice" in text(pilot, "#report")
    assert stored(tmp_path) == [(QUESTION, True)]


async def test_a_model_in_use_that_is_gone_keeps_nobody_out_and_another_can_be_chosen(tmp_path: Path) -> None:
    open_shop(tmp_path).close()
    model = write_gguf(tmp_path / "mine.gguf", vocab=1024)
    ModelsInUse(tmp_path, bundled_agent()).promote(Model(model), "tried out", datetime.now(UTC), WIRE_VERSION)
    model.unlink()
    settings = Settings(approve_plan=False)
    async with app_with(lambda cancel: Bench(settings, tmp_path, cancel)) as pilot:
        await until(pilot, lambda: "no model" in text(pilot, "Header"))
        await ask(pilot, QUESTION, then="did not work")
        (fault,) = faults(pilot)
        assert "mine.gguf" in fault
        assert "models rollback" in fault
        pilot.app.post_message(SettingsChanged(RULES))
        await until(pilot, lambda: "rules" in text(pilot, "Header"))
        await ask(pilot, QUESTION)
        assert "Best fit" in text(pilot, "#report")


# -- small screens ---------------------------------------------------------------------------------------


class Stepwise(Bench):
    """A bench whose runs wait before each call until they are let go on."""

    def __init__(self, home: Path, cancel: threading.Event, gate: threading.Semaphore) -> None:
        super().__init__(RULES, home, cancel)
        self._gate = gate

    @contextmanager
    def research(self, question: str, session: str, person: AppPerson | None = None) -> Iterator[Any]:
        with super().research(question, session, person) as research:
            run = research.run

            def held() -> Iterator[Any]:
                for event in run():
                    if isinstance(event, Called):
                        self._gate.acquire(timeout=PATIENCE)
                    yield event

            research.run = held  # type: ignore[method-assign]
            yield research


SIZES = ((20, 24), (80, 3), (20, 3), (2, 24), (1, 1), (200, 60), (40, 10), (80, 24))


@pytest.mark.slow
async def test_a_run_goes_on_while_the_screen_shrinks_and_grows(tmp_path: Path) -> None:
    open_shop(tmp_path).close()
    gate = threading.Semaphore(0)
    async with app_with(lambda cancel: Stepwise(tmp_path, cancel, gate), size=(80, 24)) as pilot:
        pilot.app.query_one(Prompt).value = QUESTION
        await pilot.press("enter")
        for size in SIZES:
            gate.release()
            await pilot.resize_terminal(*size)
            await pilot.pause(0.05)
            await pilot.press("f6", "ctrl+t", "pagedown")
        gate.release(100)
        await until(pilot, lambda: "Done" in text(pilot, "#status"))
        await until(pilot, lambda: "Best fit" in text(pilot, "#report"))
        for part in ("#reading", "#status", "#prompt", "Header", "Keys"):
            shown = pilot.app.screen.query_one(part)
            assert shown.region.area, part
            assert pilot.app.screen.region.contains_region(shown.region), part
        assert pilot.app.query_one("#report").region.height > 5


async def opened(pilot: Pilot[str], *keys: str) -> None:
    """Press keys that open something, and let it come."""
    await pilot.press(*keys)
    await pilot.pause(0.1)


@pytest.mark.longer
@pytest.mark.parametrize(
    "size",
    [(20, 24), pytest.param((80, 3), marks=pytest.mark.slow), pytest.param((3, 20), marks=pytest.mark.slow)],
)
async def test_every_screen_opens_where_there_is_hardly_room(tmp_path: Path, size: tuple[int, int]) -> None:
    async with app_with(rules_at(tmp_path)) as pilot:
        await ask(pilot, QUESTION)
        await pilot.resize_terminal(*size)
        await pilot.press("f6")
        screens = (("f3",), ("f4",), ("f9",), ("f10",), ("f1",), ("ctrl+p",))
        for keys in (("e",), ("c",), ("o",), ("ctrl+s",), *screens):
            await opened(pilot, *keys)
            await opened(pilot, "escape")
        await pilot.resize_terminal(80, 24)
        while len(pilot.app.screen_stack) > 1:
            await opened(pilot, "escape")
        pilot.app.query_one("#prompt").focus()
        await ask(pilot, "and in white?")
        assert "Then: and in white?" in text(pilot, "#report")


@pytest.mark.longer
@pytest.mark.parametrize("size", [(5, 3), (1, 1), (19, 40), (80, 11)])
async def test_the_commands_are_closed_where_the_screen_has_no_more_room_for_them(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with app_with(rules_at(tmp_path), size=(80, 24)) as pilot:
        await opened(pilot, "ctrl+p")
        assert isinstance(pilot.app.screen, CommandPalette)
        await pilot.resize_terminal(*size)
        await pilot.press("pagedown", "down", "x", "pageup")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, CommandPalette)
        await pilot.resize_terminal(80, 24)
        assert pilot.app.query_one(Prompt).value == "x"
        await opened(pilot, "ctrl+p")
        assert isinstance(pilot.app.screen, CommandPalette)


async def test_a_question_back_can_be_answered_where_there_is_hardly_room(tmp_path: Path) -> None:
    async with app_with(rules_at(tmp_path), size=(20, 24)) as pilot:
        await until(pilot, lambda: bool(pilot.app.query(Quiz)))
        tab = QuizTab("", (Choice("white", 2, "white"), Choice("black", None, "black")))
        await pilot.app.query_one(Quiz).ask("Which one?", (tab,))
        await pilot.pause()
        await pilot.resize_terminal(20, 3)
        await pilot.press("down", "enter")
        assert not pilot.app.query_one(Quiz).display


# -- runs that were cut short --------------------------------------------------------------------------------


def cut_short(home: Path, asked: datetime | None = None) -> str:
    """A session of two steps, asked just now or on some day; its id."""
    open_shop(home).close()
    bench = Bench(RULES, home, threading.Event())
    with bench.research(QUESTION, "") as research:
        for seen, event in enumerate(research.run()):
            if seen > 6 and isinstance(event, Called):
                break
    bench.close()
    if asked is not None:
        with sqlite3.connect(home / "sessions.sqlite") as db:
            db.execute(
                "UPDATE entries SET entry = json_set(entry, '$.at', ?) WHERE entry ->> 'kind' = 'question'",
                (asked.isoformat(),),
            )
        db.close()
    return research.trajectory.id


async def test_what_was_left_off_is_offered_and_an_empty_line_goes_on(tmp_path: Path) -> None:
    cut_short(tmp_path)
    async with app_with(lambda cancel: Bench(RULES, tmp_path, cancel)) as pilot:
        await until(pilot, lambda: f"not finished: “{QUESTION}”. An empty" in text(pilot, "#status"))
        await ask(pilot, "")
        steps = " ".join(text(pilot, "#steps").split())
        assert steps.index(QUESTION) < steps.index("plan") < steps.index("(going on)")
        assert "Best fit" in text(pilot, "#report")
    assert stored(tmp_path) == [(QUESTION, True)]


async def test_another_question_takes_the_offer_back(tmp_path: Path) -> None:
    cut_short(tmp_path)
    async with app_with(lambda cancel: Bench(RULES, tmp_path, cancel)) as pilot:
        await until(pilot, lambda: "not finished" in text(pilot, "#status"))
        await ask(pilot, "a white kettle")
        await pilot.press("ctrl+n", "enter")
        await pilot.pause()
        assert "A new session." in text(pilot, "#status")
    assert stored(tmp_path) == [("a white kettle", True), (QUESTION, False)]


@pytest.mark.parametrize(("days", "offers"), [(0.9, 1), (1.1, 0)])
def test_only_a_question_of_the_last_day_is_offered(tmp_path: Path, days: float, offers: int) -> None:
    now = datetime.now(UTC)
    cut_short(tmp_path, now - timedelta(days=days))
    assert len(list(left_off(Bench(RULES, tmp_path, threading.Event()), now))) == offers


def test_a_session_of_another_version_is_not_offered(tmp_path: Path) -> None:
    cut_short(tmp_path)
    with sqlite3.connect(tmp_path / "sessions.sqlite") as db:
        db.execute("UPDATE sessions SET wire = wire + 1")
    db.close()
    assert list(left_off(Bench(RULES, tmp_path, threading.Event()), datetime.now(UTC))) == []


# -- full disks --------------------------------------------------------------------------------------------


class Filling(Bench):
    """A bench whose session store may grow by so many pages in its next run, and freely after that."""

    pages: int | None = None

    @contextmanager
    def sessions(self) -> Iterator[Sessions]:
        with super().sessions() as sessions:
            if self.pages is not None:
                (size,) = sessions._db.execute("PRAGMA page_count").fetchone()
                sessions._db.execute(f"PRAGMA max_page_count = {size + self.pages}")
            yield sessions


@pytest.mark.longer
@pytest.mark.parametrize("pages", [0, 4])
async def test_a_store_that_is_full_is_one_sentence_and_keeps_what_it_has(tmp_path: Path, pages: int) -> None:
    open_shop(tmp_path).close()
    benches: list[Filling] = []

    def open_bench(cancel: threading.Event) -> Bench:
        benches.append(Filling(RULES, tmp_path, cancel))
        return benches[0]

    async with app_with(open_bench) as pilot:
        await ask(pilot, "a black kettle")
        benches[0].pages = pages
        await ask(pilot, "and in white?", then="did not work")
        (fault,) = faults(pilot)
        assert "database or disk is full" in fault
        assert "nothing that was stored is lost; make room on the disk" in fault
        before = entries(tmp_path)

        benches[0].pages = None
        await ask(pilot, "" if "empty line" in text(pilot, "#status") else "and in white?")
        assert entries(tmp_path)[: len(before)] == before
    assert stored(tmp_path) == [("a black kettle", True)]


def entries(home: Path) -> list[str]:
    with sqlite3.connect(home / "sessions.sqlite") as db:
        found = [entry for (entry,) in db.execute("SELECT entry FROM entries ORDER BY session, place")]
    db.close()
    return found


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system that holds the shop, and little more."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


async def test_a_disk_that_fills_is_one_sentence_and_room_on_it_lets_the_session_go_on(
    small_disk: Path,
) -> None:
    async with app_with(rules_at(small_disk)) as pilot:
        await ask(pilot, "a black kettle")
        before = entries(small_disk)
        filler = small_disk / "film"
        fill(filler)
        await ask(pilot, "and in white?", then="did not work")
        assert len(faults(pilot)) == 1
        assert "make room on the disk" in faults(pilot)[0]
        filler.unlink()
        await ask(pilot, "and in white?")
        assert entries(small_disk)[: len(before)] == before
    assert stored(small_disk) == [("a black kettle", True)]


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


# -- two apps --------------------------------------------------------------------------------------------


@pytest.mark.longer
async def test_two_apps_over_one_home_research_at_the_same_time(tmp_path: Path) -> None:
    open_bench = rules_at(tmp_path)
    questions = (QUESTION, "a white kettle under 90 EUR")
    together = threading.Barrier(2, timeout=PATIENCE)

    class Together(Bench):
        @contextmanager
        def research(self, question: str, session: str, person: AppPerson | None = None) -> Iterator[Any]:
            together.wait()
            with super().research(question, session, person) as research:
                yield research

    async def researched(question: str) -> str:
        async with app_with(lambda cancel: Together(RULES, tmp_path, cancel)) as pilot:
            await ask(pilot, question)
            return text(pilot, "#report")

    del open_bench
    reports = await asyncio.gather(*map(researched, questions))
    assert all("Written by" in report for report in reports)
    assert sorted(stored(tmp_path)) == sorted((question, True) for question in questions)


def test_of_two_that_go_on_with_one_session_the_later_is_refused_and_nothing_is_mixed(tmp_path: Path) -> None:
    session = cut_short(tmp_path)
    one, other = (Bench(RULES, tmp_path, threading.Event()) for _ in range(2))
    with one.research("", session) as first, other.research("", session) as second:
        list(second.run())
        with pytest.raises(SessionError, match="in another window"):
            list(first.run())
    with closing(Sessions(tmp_path / "sessions.sqlite")) as sessions:
        assert sessions.trajectory(session) == second.trajectory
        assert sessions.has_report(session)
    one.close()
    other.close()


async def test_quitting_while_the_catalogue_is_opened_is_no_fault(tmp_path: Path) -> None:
    open_shop(tmp_path).close()
    bench = Bench(RULES, tmp_path, threading.Event())
    assert bench.index.catalog.counts().products
    app = ResearchApp(lambda cancel: Bench(RULES, tmp_path, cancel))
    async with app.run_test(size=(80, 24)):
        pass
    app.on_opened(Opened(bench))  # as it still stands among the messages of an app that ends
    assert bench._index is None


async def test_needs_that_are_mounted_while_the_app_is_left_are_no_fault() -> None:
    class Emptied(LedgerView):
        """As it stands where its parts were taken away before it was told that it is mounted."""

        def compose(self) -> ComposeResult:
            return ()

    class Leaving(App[None]):
        def compose(self) -> ComposeResult:
            yield Emptied(id="ledger")

    async with Leaving().run_test() as pilot:
        await pilot.pause()
        assert pilot.app.query(Emptied)
