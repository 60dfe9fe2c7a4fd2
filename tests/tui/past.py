"""A home with past research, for the tests of the screens that show it: the same ids and days every time."""

import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Self

import pytest
from textual.app import App
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen

from agent import session_rows
from agent.loop import Reported
from agent.session import Sessions
from tests.agent.shop import QUESTION, open_shop
from tui import messages
from tui.bench import Bench
from tui.settings import Settings

LATER = "a kettle under 90 EUR in white"
FIRST_ID, LATER_ID, OPEN_ID = "261001-101500-aaaa", "261003-173000-bbbb", "261004-080000-cccc"


class Harness(App[None]):
    """An app with the looks of ours and no screen of its own; it notes what it is told."""

    CSS_PATH = str(Path(messages.__file__).with_name("app.tcss"))

    def __init__(self, screen: Screen[Any], theme: str = "textual-dark") -> None:
        super().__init__()
        self._first, self._look = screen, theme
        self.told: list[Message] = []

    def on_mount(self) -> None:
        self.theme = self._look
        self.push_screen(self._first)

    def on_session_chosen(self, chosen: messages.SessionChosen) -> None:
        self.told.append(chosen)

    def on_settings_changed(self, changed: messages.SettingsChanged) -> None:
        self.told.append(changed)


@asynccontextmanager
async def showing(screen: Screen[Any], size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[None]]:
    """A screen in an app of its own."""
    async with Harness(screen).run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield pilot


def notices(pilot: Pilot[Any]) -> str:
    """Everything that was notified and is still in sight."""
    return "\n".join(notification.message for notification in pilot.app._notifications)


@pytest.fixture(scope="session")
def researched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two finished sessions and one that was cut short."""
    home: Path = tmp_path_factory.mktemp("past")
    open_shop(home).close()
    bench = Bench(Settings(engine="rules"), home, threading.Event())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tui.run.datetime", Then)
        for session, question in ((FIRST_ID, QUESTION), (LATER_ID, LATER), (OPEN_ID, "something for tea")):
            with bench.research(question, "") as research:
                for event in research.run():
                    if isinstance(event, Reported) or session == OPEN_ID:
                        break
            _renamed(home, research.trajectory.id, session)
    bench.close()
    return home


class Then(datetime):
    """A clock that stands on the day of the shop's prices."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls(2026, 10, 1, 10, 15, tzinfo=tz)


def _renamed(home: Path, session: str, name: str) -> None:
    day = f"2026-10-{name[4:6]}"
    with closing(Sessions(home / "sessions.sqlite")) as sessions:
        rows = sessions.remove(session).under(name)
    with closing(sqlite3.connect(home / "sessions.sqlite")) as db, db:
        session_rows.insert(db, rows)
        db.execute(
            "UPDATE sessions SET started = ?, "
            "report = json_set(report, '$.session', id, '$.written', ?) WHERE id = ?",
            (f"{day}T{name[7:9]}:{name[9:11]}:00+00:00", day, name),
        )


@pytest.fixture
def home(researched: Path, tmp_path: Path, greenwich: None) -> Path:  # noqa: ARG001 - the hour of a session
    """A copy of it."""
    return Path(shutil.copytree(researched, tmp_path / "home"))


@pytest.fixture
def bench(home: Path) -> Iterator[Bench]:
    """A bench over the copy."""
    opened = Bench(Settings(engine="rules"), home, threading.Event())
    yield opened
    opened.close()
