"""The session store: every question with its steps, its evidence and its report, in one SQLite file.

A step is one transaction, so a killed session resumes where it was. Snapshots of the records that were shown
are kept, so that an old report can be checked even after the catalogue has changed.
"""

import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from agent import session_rows, session_search
from agent.desk import Desk, DeskState
from agent.ledger import Seen
from agent.report.record import Report
from agent.session_rows import SessionRows
from agent.trajectory import Entry, Move, Question, Trajectory
from agent.wire import WIRE_VERSION
from index.product import Record
from index.search import Index
from index.store.database import shrink
from index.text.sanitize import plain_lines

_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)
_SEEN: TypeAdapter[Seen] = TypeAdapter(Seen)

_SCHEMA = Path(__file__).with_name("session_schema.sql")


class SessionError(Exception):
    """A session that is not there or cannot be read; the message is for the person."""


class SessionSummary(Record):
    """One line of the session list."""

    id: str
    started: datetime
    question: str
    author: str
    steps: int
    finished: bool
    note: str = ""
    """What the person wrote about it."""
    judged: bool = False
    """Whether the person said of any product that they took or refused it."""


Verdict = Literal["took", "refused"]


class Judged(Record):
    """What the person said of a product that was recommended."""

    session: str
    product: str
    verdict: Verdict
    at: datetime


def new_id(now: datetime) -> str:
    """A short id that sorts by time and that a person can type."""
    return f"{now:%y%m%d-%H%M%S}-{secrets.token_hex(2)}"


class Sessions:
    """The store; one connection, used from one thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        self._db = sqlite3.connect(path, timeout=10, isolation_level=None)
        with self._told(path):
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.executescript(_SCHEMA.read_text(encoding="utf-8"))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def save(self, trajectory: Trajectory, desk: Desk, report: Report | None = None) -> None:
        """Write the entries and evidence that are new, and the desk, in one transaction.

        Raises SessionError where somebody else has gone on with the session meanwhile.
        """
        with self._transaction():
            self._save_session(trajectory, desk, report)
            stored = self._db.execute(
                "SELECT count(*) FROM entries WHERE session = ?", (trajectory.id,)
            ).fetchone()[0]
            self._refuse_another(trajectory, stored)
            self._db.executemany(
                "INSERT INTO entries VALUES (?, ?, ?)",
                [
                    (trajectory.id, place, entry.model_dump_json())
                    for place, entry in enumerate(trajectory.entries)
                    if place >= stored
                ],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO evidence VALUES (?, ?, ?)",
                [(trajectory.id, seen.tag, seen.model_dump_json()) for seen in desk.evidence.take_changes()],
            )

    def _save_session(self, trajectory: Trajectory, desk: Desk, report: Report | None) -> None:
        question = next((e.text for e in trajectory.entries if isinstance(e, Question)), "")
        self._db.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
            "desk = excluded.desk, author = excluded.author, finished = excluded.finished, "
            "report = coalesce(excluded.report, report)",
            (
                trajectory.id,
                trajectory.wire,
                trajectory.started.isoformat(),
                trajectory.author,
                trajectory.seed,
                question,
                desk.state().model_dump_json(),
                report is not None,
                report.model_dump_json() if report else None,
            ),
        )

    def _refuse_another(self, trajectory: Trajectory, stored: int) -> None:
        last = self._db.execute(
            "SELECT entry FROM entries WHERE session = ? AND place = ?", (trajectory.id, stored - 1)
        ).fetchone()
        ours = trajectory.entries[:stored]
        if last and (len(ours) < stored or _ENTRY.validate_json(last[0]) != ours[-1]):
            raise SessionError(
                f"session {trajectory.id} has gone on in another window meanwhile; "
                "what was found there is kept, take it up again from past research"
            )

    def trajectory(self, session_id: str) -> Trajectory:
        """A stored trajectory; raises SessionError."""
        row = self._row(session_id)
        if row["wire"] != WIRE_VERSION:
            raise SessionError(
                f"Session {session_id} was written with wire {row['wire']} and this version speaks "
                f"{WIRE_VERSION}; its report can still be shown, but it cannot go on."
            )
        entries = self._db.execute(
            "SELECT entry FROM entries WHERE session = ? ORDER BY place", (session_id,)
        ).fetchall()
        return Trajectory(
            id=row["id"],
            wire=row["wire"],
            started=datetime.fromisoformat(row["started"]),
            author=row["author"],
            seed=row["seed"],
            entries=tuple(_ENTRY.validate_json(entry) for (entry,) in entries),
        )

    def desk(self, session_id: str, index: Index) -> Desk:
        """A stored desk over today's index; raises SessionError."""
        return Desk.restore(index, self.state(session_id), self.evidence(session_id))

    def state(self, session_id: str) -> DeskState:
        """A desk as it is stored; raises SessionError."""
        return DeskState.model_validate_json(self._row(session_id)["desk"])

    def moves(self, session_id: str) -> Sequence[Move]:
        """The person's own moves in a session of any wire, in their order; raises SessionError."""
        self._row(session_id)
        rows = self._db.execute("SELECT entry FROM entries WHERE session = ? ORDER BY place", (session_id,))
        entries = (_ENTRY.validate_json(entry) for (entry,) in rows)
        return tuple(entry for entry in entries if isinstance(entry, Move))

    def evidence(self, session_id: str) -> list[Seen]:
        """The snapshots of a session, in the order of their tags."""
        rows = self._db.execute("SELECT seen FROM evidence WHERE session = ?", (session_id,)).fetchall()
        seen = [_SEEN.validate_json(text) for (text,) in rows]
        return sorted(seen, key=lambda s: (s.tag[0], int(s.tag[1:])))

    def report(self, session_id: str) -> Report:
        """The report of a finished session; raises SessionError."""
        text = self._row(session_id)["report"]
        if text is None:
            raise SessionError(f"session {session_id} has no report yet; go on with --resume {session_id}")
        return Report.model_validate_json(text)

    def has_report(self, session_id: str) -> bool:
        """Whether the last question of a session was answered; raises SessionError."""
        return bool(self._row(session_id)["finished"])

    def list(self) -> list[SessionSummary]:
        """All sessions, newest first."""
        rows = self._db.execute(
            "SELECT id, started, question, author, finished, "
            "(SELECT count(*) FROM entries WHERE session = id), "
            "coalesce((SELECT note FROM notes WHERE session = id), ''), "
            "EXISTS (SELECT 1 FROM verdicts WHERE session = id) "
            "FROM sessions ORDER BY started DESC, rowid DESC"
        ).fetchall()
        return [
            SessionSummary(
                id=i, started=s, question=q, author=a, steps=n, finished=bool(f), note=note, judged=bool(j)
            )
            for i, s, q, a, f, n, note, j in rows
        ]

    def search(self, text: str) -> Sequence[SessionSummary]:
        """Sessions whose questions, report or note hold every word of any text, newest first."""
        if not text.split():
            return self.list()
        for stale in session_search.stale(self._db):
            with self._transaction():  # one each: a run that is under way saves its steps in between
                session_search.fold(self._db, stale)
        found = session_search.found(self._db, text)
        return [summary for summary in self.list() if summary.id in found]

    def fork(self, session_id: str) -> str:
        """Copy a session with its evidence, so that both can go on; the copy's id. Raises SessionError."""
        self._row(session_id)
        now = datetime.now(UTC)
        copy = new_id(now)
        with self._transaction():
            session_rows.insert(self._db, session_rows.read(self._db, session_id).under(copy))
            self._db.execute(
                "UPDATE sessions SET started = ?, report = json_set(report, '$.session', id) WHERE id = ?",
                (now.isoformat(), copy),
            )
        return copy

    def rows(self, session_id: str) -> SessionRows:
        """Everything that is stored of a session; raises SessionError."""
        self._row(session_id)
        return session_rows.read(self._db, session_id)

    def remove(self, session_id: str) -> SessionRows:
        """Forget a session with all its evidence; `put_back` undoes it. Raises SessionError."""
        self._row(session_id)
        with self._transaction():
            removed = session_rows.read(self._db, session_id)
            self._db.execute("DELETE FROM sessions WHERE id = ?", (session_id,))
        return removed

    def forget(self, session_ids: Sequence[str]) -> None:
        """Remove sessions for good: nothing undoes it, and no reader of the file finds them."""
        with self._transaction():
            self._db.executemany("DELETE FROM sessions WHERE id = ?", [(each,) for each in session_ids])
        shrink(self._db)

    def forget_verdicts(self) -> int:
        """Remove everything that was taken or refused for good, and say how much it was."""
        with self._transaction():
            many = self._db.execute("DELETE FROM verdicts").rowcount
        shrink(self._db)
        return many

    def put_back(self, removed: SessionRows) -> None:
        """Store a session again that was removed; raises SessionError where it is there."""
        try:
            with self._transaction():
                session_rows.insert(self._db, removed)
        except sqlite3.IntegrityError as error:
            raise SessionError(f"session {removed.id} is there already") from error
        except sqlite3.OperationalError as error:
            raise SessionError(f"session {removed.id} cannot be stored ({error})") from error

    def annotate(self, session_id: str, note: str) -> None:
        """Write the note of a session; an empty one removes it. Raises SessionError."""
        self._row(session_id)
        with self._transaction():
            self._db.execute("DELETE FROM notes WHERE session = ?", (session_id,))
            if inert := plain_lines(note):
                self._db.execute("INSERT INTO notes VALUES (?, ?)", (session_id, inert))

    def star(self, session_id: str, product_id: str, *, starred: bool) -> None:
        """Put a product on the session's shortlist, or take it off; raises SessionError."""
        self._row(session_id)
        statement = "INSERT OR IGNORE INTO shortlist VALUES (?, ?)"
        if not starred:
            statement = "DELETE FROM shortlist WHERE session = ? AND product = ?"
        self._db.execute(statement, (session_id, product_id))

    def shortlist(self, session_id: str) -> frozenset[str]:
        """The ids of the products that were starred in a session; raises SessionError."""
        self._row(session_id)
        rows = self._db.execute("SELECT product FROM shortlist WHERE session = ?", (session_id,))
        return frozenset(product for (product,) in rows)

    def judge(self, session_id: str, product_id: str, verdict: Verdict | None, now: datetime) -> None:
        """Keep that the person took or refused a product; None forgets it. Raises SessionError."""
        self._row(session_id)
        with self._transaction():
            self._db.execute(
                "DELETE FROM verdicts WHERE session = ? AND product = ?", (session_id, product_id)
            )
            if verdict is not None:
                row = (session_id, product_id, verdict, now.isoformat())
                self._db.execute("INSERT INTO verdicts VALUES (?, ?, ?, ?)", row)

    def verdicts(self) -> Sequence[Judged]:
        """Everything that the person took or refused, in any session, oldest first."""
        rows = self._db.execute("SELECT session, product, verdict, at FROM verdicts ORDER BY at, product")
        return tuple(Judged(session=s, product=p, verdict=v, at=at) for s, p, v, at in rows)

    def _row(self, session_id: str) -> sqlite3.Row:
        cursor = self._db.execute("SELECT * FROM sessions WHERE id = ?", (session_id,))
        cursor.row_factory = sqlite3.Row
        row: sqlite3.Row | None = cursor.fetchone()
        if row is None:
            raise SessionError(f"there is no session {session_id}; see `productresearch sessions list`")
        return row

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _told(self, path: Path) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError:
            raise  # a full disk or a busy file; the store itself is well
        except sqlite3.DatabaseError as error:
            raise SessionError(
                f"{path} cannot be read as the session store ({error}); move it away"
            ) from error
