"""A session as the rows that hold it: taken out whole, put back whole, or put in again under another id."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TABLES = ("sessions", "entries", "evidence", "notes", "shortlist", "verdicts")
"""The tables that hold a session, what is referred to first; each row begins with the session's id."""
OWN = "verdicts"
"""The table of what the person did in the end, which goes to nobody else."""


@dataclass(frozen=True, slots=True)
class SessionRows:
    """Everything that is stored of one session."""

    id: str
    rows: Mapping[str, Sequence[tuple[object, ...]]]
    """By table."""

    def under(self, session_id: str) -> "SessionRows":
        """The same under another id."""
        renamed = {t: [(session_id, *row[1:]) for row in rows] for t, rows in self.rows.items()}
        return SessionRows(session_id, renamed)


def read(db: sqlite3.Connection, session_id: str) -> SessionRows:
    """The rows of a session."""
    rows = {}
    for table in TABLES:
        key = "id" if table == "sessions" else "session"
        rows[table] = db.execute(f"SELECT * FROM {table} WHERE {key} = ?", (session_id,)).fetchall()
    return SessionRows(session_id, rows)


def insert(db: sqlite3.Connection, session: SessionRows) -> None:
    """Put a session in; raises sqlite3.IntegrityError where its id is taken."""
    for table, rows in session.rows.items():
        for row in rows:
            db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
