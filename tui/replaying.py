"""A session in a file, and played again as it was: anywhere, with no model and no catalogue."""

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError
from textual.message import Message

from agent.opening import without_history
from agent.session import SessionError, Sessions
from agent.session_rows import OWN, TABLES, SessionRows
from agent.trajectory import Question, Step
from tui.drafting import Drafting
from tui.messages import Began, Bound, Drafted, Reported
from tui.retelling import retold

if TYPE_CHECKING:
    from tui.bench import Bench

BETWEEN_STEPS, BETWEEN_PIECES = 0.6, 0.02
"""Seconds that a replay waits."""
PIECE = 12
"""Characters of a report that come at once."""
_ROWS: TypeAdapter[dict[str, list[tuple[str | int | None, ...]]]] = TypeAdapter(
    dict[str, list[tuple[str | int | None, ...]]]
)


def record(sessions: Sessions, session_id: str, path: Path) -> None:
    """Write what is stored of a session to a file; raises SessionError and OSError.

    What its researcher was told of the person's past stays here, and what the person took or refused.
    """
    stored = {name: rows for name, rows in sessions.rows(session_id).rows.items() if name != OWN}
    entries = [(session, place, _without_past(str(entry))) for session, place, entry in stored["entries"]]
    path.write_text(json.dumps({**stored, "entries": entries}), encoding="utf-8")


def _without_past(entry: str) -> str:
    if json.loads(entry)["kind"] != "question":
        return entry
    return without_history(Question.model_validate_json(entry)).model_dump_json()


def recorded(path: Path) -> SessionRows:
    """The session of a file; raises SessionError."""
    try:
        rows = _ROWS.validate_json(path.read_bytes())
        (first,) = rows["sessions"]
    except (OSError, ValidationError, KeyError, ValueError) as error:
        raise SessionError(f"{path} is no recording of a session.") from error
    if set(rows) != set(TABLES) - {OWN} or any(row[0] != first[0] for kept in rows.values() for row in kept):
        raise SessionError(f"{path} is no recording of a session.")
    return SessionRows(str(first[0]), rows)


@contextmanager
def unpacked(path: Path) -> Iterator[tuple[Path, str]]:
    """A home that holds the session of a file and nothing else, and the session's id; raises SessionError."""
    recording = recorded(path)
    with TemporaryDirectory(prefix="productresearch-") as home:
        with closing(Sessions(Path(home, "sessions.sqlite"))) as sessions:
            sessions.put_back(recording)
        yield Path(home), recording.id


def played(bench: "Bench", session: str) -> Iterator[Message]:
    """A stored session at the pace at which one can follow it; raises what the store raises."""
    from agent.report.markdown import markdown
    from tui.drive import ledger
    from tui.report_blocks import blocks

    with bench.sessions() as sessions:
        trajectory, desk = sessions.trajectory(session), sessions.desk(session, bench.index)
        report = sessions.report(session)
    yield Began(session)
    for entry in trajectory.entries:
        for message in retold((entry,)):
            yield message
            time.sleep(BETWEEN_STEPS)
        if isinstance(entry, Step) and entry.call is not None and entry.call.name == "plan":
            yield Bound(ledger(desk))
        if isinstance(entry, Step) and entry.report:
            yield Drafted("")
            drafting = Drafting(desk)
            for start in range(0, len(entry.report), PIECE):
                yield Drafted(drafting.feed(entry.report[start : start + PIECE]))
                time.sleep(BETWEEN_PIECES)
    yield Reported(report, markdown(report), tuple(blocks(report)), tuple(desk.needs))
