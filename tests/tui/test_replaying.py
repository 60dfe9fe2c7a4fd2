"""A session in a file, played with no model and no catalogue."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from agent.session import SessionError, Sessions
from agent.session_rows import OWN
from tests.agent.shop import QUESTION, open_shop
from tests.tui.past import notices
from tests.tui.screen import text, until
from tui import replaying
from tui.app import ResearchApp
from tui.bench import Bench
from tui.replaying import record, recorded, unpacked
from tui.settings import Settings


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A finished session of the rules over the tiny shop, in a file."""
    import threading

    home, path = tmp_path / "home", tmp_path / "kettles.session"
    open_shop(home).close()
    bench = Bench(Settings(engine="rules"), home, threading.Event())
    with bench.research(QUESTION, "") as research:
        list(research.run())
    bench.close()
    with closing(Sessions(home / "sessions.sqlite")) as sessions:
        record(sessions, research.trajectory.id, path)
    return path


async def test_a_recording_plays_its_steps_its_needs_and_its_report(
    recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "BETWEEN_STEPS", 0.01)
    monkeypatch.setattr(replaying, "BETWEEN_PIECES", 0.001)
    with unpacked(recording) as (home, session):
        app = ResearchApp(lambda cancel: Bench(Settings(engine="rules"), home, cancel), session)
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: "Written by" in text(pilot, "#report"))
            assert "visit product" in text(pilot, "#steps")
            assert "price < 60 EUR" in text(pilot, "#needs")
            assert "Brissa Calm 17" in text(pilot, "#report")
            await pilot.press("f10")
            await until(pilot, lambda: "A recording has nothing to retrain" in notices(pilot))
    assert not home.exists()


@pytest.mark.parametrize("damage", ["cut", "other tables", "foreign rows", "too many columns"])
def test_what_is_no_recording_is_said_to_be_none(recording: Path, damage: str) -> None:
    rows = json.loads(recording.read_text())
    match damage:
        case "cut":
            recording.write_bytes(recording.read_bytes()[:200])
        case "other tables":
            recording.write_text(json.dumps({**rows, "sqlite_master": []}))
        case "foreign rows":
            rows["entries"][0][0] = "another"
            recording.write_text(json.dumps(rows))
        case "too many columns":
            rows["entries"][0].append("more")
            recording.write_text(json.dumps(rows))
    with pytest.raises(SessionError), unpacked(recording):
        pass


def test_a_recording_holds_the_session_whole(recording: Path) -> None:
    with unpacked(recording) as (home, session), closing(Sessions(home / "sessions.sqlite")) as sessions:
        assert sessions.rows(session).rows == {**recorded(recording).rows, OWN: []}
        assert sessions.report(session).questions == (QUESTION,)
