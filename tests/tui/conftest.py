"""A report over the tiny shop, for the tests of what shows or saves one."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.loop import Reported
from agent.report.record import Report
from tests.agent.shop import QUESTION, open_shop
from tui import offline
from tui.bench import Bench
from tui.settings import Settings


@pytest.fixture(autouse=True)
def _no_settings_of_anybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read from, or written to, the settings of whoever runs the tests."""
    monkeypatch.setenv("PRODUCTRESEARCH_HOME", str(tmp_path / "settings"))


@pytest.fixture(autouse=True)
def _no_calls_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The badge counts for the process; what a test before this one reached for is not this one's."""
    monkeypatch.setattr(offline, "_reached", [])


@pytest.fixture
def greenwich() -> Iterator[None]:
    """A clock that stands in Greenwich, for what shows the hour."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


NEVER = 36_500
"""Days: what is shown of the shop must not depend on the day on which the tests run."""


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The rules' answer, made without a screen."""
    home: Path = tmp_path_factory.mktemp("home")
    open_shop(home).close()
    bench = Bench(Settings(engine="rules", stale_price=NEVER, stale_rating=NEVER), home, threading.Event())
    with bench.research(QUESTION, "") as research:
        reported = next(event for event in research.run() if isinstance(event, Reported))
    bench.close()
    return reported.report
