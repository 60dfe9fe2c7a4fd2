"""The models' screen: what is here and fits, a fetch after asking, verifying, using, and going back."""

import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest
from textual.widgets import Label

from agent.wire import WIRE_VERSION
from models import fetching
from models.bundled_agent import bundled_agent
from models.in_use import ModelsInUse
from models.store import ModelStore, Pin
from models.usable import Model
from tests.gguf_factory import write_gguf
from tests.models.hub import COMMIT, Hub, ask_only, hub
from tests.tui.host import Host
from tests.tui.models_shown import (
    CARD,
    ended,
    fetch,
    go_to,
    listed,
    offered,
    row_of,
    said,
    shown,
    shown_text,
)
from tests.tui.screen import text, until
from tui import offline
from tui.app import ResearchApp
from tui.bench import Bench
from tui.messages import SettingsChanged
from tui.screens.fetching import FetchingScreen
from tui.screens.models import ModelsScreen
from tui.settings import Settings
from tui.widgets.course_bar import CourseBar

DATA = random.Random(0).randbytes(6_000_000)
NOW = datetime(2026, 11, 27, tzinfo=UTC)
KEY = f"{CARD.repository}/{CARD.file}"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub of this machine that has six megabytes under a name of the catalogue."""
    with hub() as held:
        held.files[KEY] = DATA
        ask_only(held, monkeypatch)
        yield held


serving = pytest.mark.usefixtures("served")


def lay_in(home: Path, model: Path) -> None:
    """Have a hub's model here, as a fetch leaves it."""
    with hub() as held, pytest.MonkeyPatch.context() as patch:
        held.files[KEY] = model.read_bytes()
        ask_only(held, patch)
        fetching.fetch(CARD, ModelStore(home), NOW)


async def test_all_models_are_listed_with_what_runs_here_and_why(tmp_path: Path) -> None:
    async with shown(tmp_path) as pilot:
        assert "16.0 GB of memory, of which a model may take 12.0" in said(pilot, "#machine")
        assert row_of(pilot, "bundled") == ["bundled", "0.03", "in use", "16k", "–"]
        fits = row_of(pilot, "qwen3-4b-instruct-2507")
        assert fits[2:] == ["no", "Q4_K_M 32k ~7.6/s", "unverified"]
        assert row_of(pilot, "qwen3-30b-a3b-instruct-2507")[3].endswith("GB too large")

        await go_to(pilot, "qwen3-4b-instruct-2507")
        told = shown_text(pilot)
        assert "From unsloth/Qwen3-4B-Instruct-2507-GGUF" in told
        assert "Apache-2.0" in told
        assert "Unverified: nobody has pinned it yet" in told
        assert "Runs with 32,768 tokens of context: 2.5 GB of weights, 4.8 of cache" in told
        await go_to(pilot, "qwen3-30b-a3b-instruct-2507")
        assert "Does not fit, even with the shortest context" in shown_text(pilot)


async def test_nothing_is_fetched_before_the_bytes_and_the_repository_are_said(
    tmp_path: Path, served: Hub
) -> None:
    async with shown(tmp_path) as pilot:
        await go_to(pilot, CARD.name)
        for no in ("escape", "enter"):
            await pilot.press("f")
            await until(pilot, lambda: isinstance(pilot.app.screen, FetchingScreen))
            asked = " ".join(text(pilot, "#fetching").split())
            assert f"about {CARD.bytes:,} bytes" in asked
            assert f"repository {CARD.repository} at 127.0.0.1" in asked
            assert "is unverified" in asked
            await pilot.press(no)
            await until(pilot, lambda: isinstance(pilot.app.screen, ModelsScreen))
    assert served.asked == []


async def test_a_model_is_fetched_with_progress_and_then_is_here(tmp_path: Path, served: Hub) -> None:
    served.pause = 0.02
    async with shown(tmp_path) as pilot:
        await fetch(pilot)
        await until(pilot, lambda: " left" in str(pilot.app.screen.query_one(Label).content))
        assert "MB/s" in str(pilot.app.screen.query_one(Label).content)
        assert pilot.app.screen.query_one(CourseBar).has_class("-running")
        assert f"{CARD.name} is here: revision {COMMIT[:12]}" in await ended(pilot)
        await until(pilot, lambda: row_of(pilot, CARD.name)[2] == "yes")
        assert row_of(pilot, CARD.name)[4] == "when fetched"
        assert f"revision {COMMIT[:12]}, SHA-256 {sha256(DATA).hexdigest()[:12]}" in shown_text(pilot)
        assert not offered(pilot, "f")
        assert offered(pilot, "v")
        assert not pilot.app.screen.query_one(CourseBar).has_class("-running")
    assert ModelStore(tmp_path).path(CARD).read_bytes() == DATA


async def test_a_fetch_that_is_stopped_keeps_its_half_and_goes_on_from_there(
    tmp_path: Path, served: Hub
) -> None:
    served.pause = 0.03
    store = ModelStore(tmp_path)
    async with shown(tmp_path) as pilot:
        await fetch(pilot)
        await until(pilot, lambda: bool(store.partials(CARD)) and store.partials(CARD)[0].stat().st_size > 0)
        await pilot.press("escape")
        assert await ended(pilot) == "Stopped; the next fetch goes on from here."
        half = store.partials(CARD)[0].stat().st_size
        assert 0 < half < len(DATA)
        await until(pilot, lambda: row_of(pilot, CARD.name)[2].endswith("%"))
        assert isinstance(pilot.app.screen, ModelsScreen)

        served.pause = 0
        await fetch(pilot)
        assert "is here" in await ended(pilot)
    assert served.asked[-1][2] == f"bytes={half}-"
    assert store.path(CARD).read_bytes() == DATA


async def test_leaving_the_app_while_a_fetch_runs_loses_nothing(tmp_path: Path, served: Hub) -> None:
    served.pause = 0.03
    store = ModelStore(tmp_path)
    async with shown(tmp_path) as pilot:
        await fetch(pilot)
        await until(pilot, lambda: bool(store.partials(CARD)) and store.partials(CARD)[0].stat().st_size > 0)
    half = store.partials(CARD)[0].stat().st_size
    assert 0 < half < len(DATA)
    assert store.partials(CARD)[0].read_bytes() == DATA[:half]


async def test_what_is_not_what_the_hub_lists_is_deleted_and_said(tmp_path: Path, served: Hub) -> None:
    served.spoilt = True
    async with shown(tmp_path) as pilot:
        await fetch(pilot)
        assert "its SHA-256 is another" in await ended(pilot)
        assert pilot.app.screen.query_one("#said").has_class("-failed")
        assert row_of(pilot, CARD.name)[2] == "no"


async def test_a_disk_without_room_is_a_sentence_before_anything_comes(
    tmp_path: Path, served: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(NamedTuple):
        total: int = 10**9
        used: int = 10**9
        free: int = 0

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Full())
    async with shown(tmp_path) as pilot:
        await fetch(pilot)
        assert "make room, or set PRODUCTRESEARCH_HOME to another disk" in await ended(pilot)
    assert [method for method, *_ in served.asked] == ["HEAD"]


async def test_an_answer_of_the_hub_cannot_draw_on_the_screen(tmp_path: Path, served: Hub) -> None:
    served.false_etag = "[red]\x1b]0;owned\x07[/]"
    async with shown(tmp_path) as pilot:
        await fetch(pilot)
        sentence = await ended(pilot)
        assert "does not say what" in sentence
        assert "\x1b" not in sentence


async def test_the_badge_counts_a_fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Hub(address="http://hub.invalid")
    ask_only(nowhere, monkeypatch)
    app = ResearchApp(lambda cancel: Bench(Settings(engine="rules"), tmp_path, cancel))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "no products" in text(pilot, "#status"))
        await pilot.press("f9")
        await listed(pilot)
        assert offline.calls() == 0
        await fetch(pilot)
        assert "The hub cannot be reached" in await ended(pilot)
        assert offline.calls() > 0
        await until(pilot, lambda: "0 network calls" not in text(pilot, "Header"))


@serving
async def test_every_byte_is_verified_and_a_changed_one_is_found(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    async with shown(tmp_path) as pilot:
        await fetch(pilot)
        await ended(pilot)
        await until(pilot, lambda: offered(pilot, "v"))
        await pilot.press("v")
        assert await ended(pilot) == f"{CARD.name} is as it was fetched, SHA-256 {sha256(DATA).hexdigest()}."
        store.path(CARD).write_bytes(DATA[:-1] + bytes([DATA[-1] ^ 1]))
        await until(pilot, lambda: offered(pilot, "v"))
        await pilot.press("v")
        assert "is not the file that was fetched" in await ended(pilot)


@pytest.mark.longer
async def test_a_verification_tells_how_far_it_is_and_can_be_stopped(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    pin = Pin(
        repository=CARD.repository,
        file=CARD.file,
        revision=COMMIT,
        sha256="0" * 64,
        bytes=40 << 30,
        fetched=NOW,
    )
    partial = store.partial(CARD, pin.sha256)
    partial.parent.mkdir(parents=True)
    with partial.open("wb") as file:
        file.truncate(pin.bytes)  # it takes no room, and a minute to be read
    store.put(CARD, pin)
    async with shown(tmp_path) as pilot:
        await go_to(pilot, CARD.name)
        await pilot.press("v")
        await until(pilot, lambda: " left" in str(pilot.app.screen.query_one(Label).content))
        assert "of 42.95 GB" in str(pilot.app.screen.query_one(Label).content)
        await pilot.press("escape")
        assert await ended(pilot) == "Stopped; nothing has changed."


@pytest.mark.longer
async def test_a_model_is_tried_put_in_use_and_rolled_back(tmp_path: Path) -> None:
    """The bundled weights under a name of the catalogue, which a trial passes."""
    lay_in(tmp_path, bundled_agent())
    async with shown(tmp_path) as pilot:
        assert not offered(pilot, "r")
        await go_to(pilot, CARD.name)
        await pilot.press("u")
        await until(pilot, lambda: "tokens written" in str(pilot.app.screen.query_one(Label).content))
        assert "of 10:00 at most" in str(pilot.app.screen.query_one(Label).content)
        sentence = await ended(pilot)
        assert f"{CARD.name} is in use: it planned and reported in" in sentence
        assert "The setting engine names rules" in sentence
        await until(pilot, lambda: row_of(pilot, CARD.name)[2] == "in use")
        assert row_of(pilot, "bundled")[2] == "yes"
        assert isinstance(pilot.app, Host)
        assert any(isinstance(asked, SettingsChanged) for asked in pilot.app.asked)

        await until(pilot, lambda: offered(pilot, "r"))
        await pilot.press("r")
        assert await ended(pilot) == "micro-agent.gguf is in use again."
        await until(pilot, lambda: row_of(pilot, "bundled")[2] == "in use")


@pytest.mark.slow
async def test_a_model_that_cannot_research_is_refused_and_the_one_before_stays(tmp_path: Path) -> None:
    lay_in(tmp_path, write_gguf(tmp_path / "dice.gguf", vocab=1024))
    async with shown(tmp_path) as pilot:
        await go_to(pilot, CARD.name)
        await pilot.press("u")
        assert "it is not put in use" in await ended(pilot)
        assert row_of(pilot, "bundled")[2] == "in use"
    assert ModelsInUse(tmp_path, bundled_agent()).entries == ()


@pytest.mark.longer
async def test_a_trial_can_be_stopped(tmp_path: Path) -> None:
    lay_in(tmp_path, bundled_agent())
    async with shown(tmp_path) as pilot:
        await go_to(pilot, CARD.name)
        await pilot.press("u")
        await until(pilot, lambda: "tokens written" in str(pilot.app.screen.query_one(Label).content))
        await pilot.press("escape")
        assert "Stopped; " in await ended(pilot)
    assert ModelsInUse(tmp_path, bundled_agent()).entries == ()


async def test_a_lost_model_is_said_and_can_be_gone_back_from(tmp_path: Path) -> None:
    lay_in(tmp_path, bundled_agent())
    in_use = ModelsInUse(tmp_path, bundled_agent())
    store = ModelStore(tmp_path)
    in_use.promote(Model(store.path(CARD)), "named by you", NOW, WIRE_VERSION)
    store.remove(CARD)
    async with shown(tmp_path) as pilot:
        await until(pilot, lambda: "models rollback" in said(pilot))
        await pilot.press("r")
        assert "micro-agent.gguf is in use again" in await ended(pilot)


@pytest.mark.longer
async def test_a_model_is_deleted_when_told_twice_but_not_the_one_in_use(tmp_path: Path) -> None:
    store, in_use = ModelStore(tmp_path), ModelsInUse(tmp_path, bundled_agent())
    lay_in(tmp_path, bundled_agent())
    in_use.promote(Model(store.path(CARD)), "named by you", NOW, WIRE_VERSION)
    async with shown(tmp_path) as pilot:
        await go_to(pilot, CARD.name)
        await pilot.press("d")
        assert "d once more does it" in said(pilot)
        await pilot.press("down", "up", "d")
        assert "d once more does it" in said(pilot)
        await pilot.press("d")
        assert "is in use; go back" in await ended(pilot)
        assert store.state(CARD) == "here"
        await until(pilot, lambda: offered(pilot, "r"))
        await pilot.press("r")
        await ended(pilot)
        await until(pilot, lambda: row_of(pilot, "bundled")[2] == "in use")
        await pilot.press("d", "d")
        assert "0.03 GB are free again" in await ended(pilot)
        await until(pilot, lambda: row_of(pilot, CARD.name)[2] == "no")
        assert not offered(pilot, "d")
    assert store.state(CARD) == "absent"


@pytest.mark.slow
async def test_the_header_names_the_model_that_was_put_in_use(tmp_path: Path) -> None:
    lay_in(tmp_path, bundled_agent())
    app = ResearchApp(lambda cancel: Bench(Settings(threads=1), tmp_path, cancel))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "micro-agent" in text(pilot, "Header"))
        await pilot.press("f9")
        await listed(pilot)
        await go_to(pilot, CARD.name)
        await pilot.press("u")
        assert "is in use" in await ended(pilot)
        await until(pilot, lambda: CARD.file.removesuffix(".gguf") in text(pilot, "Header"))


async def test_what_takes_long_to_stop_does_not_keep_the_person_here(tmp_path: Path, served: Hub) -> None:
    served.pause = 1
    async with shown(tmp_path) as pilot:
        await fetch(pilot)
        await until(pilot, lambda: len(served.asked) == 2)
        await pilot.press("escape")
        await until(pilot, lambda: said(pilot) == "Stopping …")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, ModelsScreen))


async def test_a_file_whose_name_is_markup_is_shown_as_it_is(tmp_path: Path) -> None:
    named = write_gguf(tmp_path / "[red]d[b]ice\x1b[31m.gguf", vocab=1024)
    in_use = ModelsInUse(tmp_path, bundled_agent())
    in_use.promote(Model(named), "named by you", NOW, WIRE_VERSION)
    async with shown(tmp_path) as pilot:
        assert row_of(pilot, str(named))[:3] == ["[red]d[b]ice.gguf", "0.00", "in use"]
        await until(pilot, lambda: "[red]d[b]ice.gguf" in text(pilot, "#models"))
        assert "[red]d[b]ice.gguf" in shown_text(pilot)


@pytest.mark.parametrize("size", [(80, 24), (20, 8), pytest.param((40, 12), marks=pytest.mark.slow)])
async def test_a_narrow_terminal_is_no_fault(tmp_path: Path, size: tuple[int, int]) -> None:
    async with shown(tmp_path) as pilot:
        await pilot.resize_terminal(*size)
        await pilot.press("down", "down", "up")
        assert pilot.app.screen.query_one("#models").size.height > 0
        assert row_of(pilot, "bundled")[2] == "in use"
