"""Search over past research: every word that is typed must stand in a session's questions, report or note.

Words are found inside words, so that a search grows as it is typed. What a session says is folded once, in
7 ms, and kept; a thousand of them (5 kB each) are then read in 30 to 60 ms, without an index of words.
"""

import sqlite3
import unicodedata

from pydantic import ValidationError

from agent.report.markdown import markdown
from agent.report.record import Report

MOST_WORDS = 16
"""Words of a search that are looked for; each is one more reading of everything."""


def found(db: sqlite3.Connection, text: str) -> set[str]:
    """The ids of the sessions in which every word stands; of all where no word was typed."""
    words = folded(text).split()[:MOST_WORDS]
    conditions = "".join(" AND instr(words, ?) > 0" for _ in words)
    return {i for (i,) in db.execute(f"SELECT session FROM searchable WHERE TRUE{conditions}", words)}


def stale(db: sqlite3.Connection) -> list[str]:
    """The ids of the sessions that have changed since they were folded."""
    return [i for (i,) in db.execute("SELECT id FROM sessions EXCEPT SELECT session FROM searchable")]


def fold(db: sqlite3.Connection, session: str) -> None:
    """Write down what can be found in a session; nothing where it is forgotten by now."""
    for question, report in db.execute("SELECT question, report FROM sessions WHERE id = ?", (session,)):
        words = folded("\n".join([question, *_said(db, session), _report_text(report)]))
        db.execute("INSERT OR REPLACE INTO searchable VALUES (?, ?)", (session, words))


def folded(text: str) -> str:
    """Text without case, accents and what cannot be stored."""
    parted = unicodedata.normalize("NFKD", text.encode("utf-8", "ignore").decode("utf-8"))
    return "".join(c for c in parted.casefold() if not unicodedata.combining(c) and c != "\0")


def _said(db: sqlite3.Connection, session: str) -> list[str]:
    rows = db.execute(
        "SELECT json_extract(entry, '$.text') FROM entries "
        "WHERE session = :session AND json_extract(entry, '$.kind') = 'question' "
        "UNION ALL SELECT note FROM notes WHERE session = :session",
        {"session": session},
    )
    return [text for (text,) in rows]


def _report_text(stored: str | None) -> str:
    """What a report says; nothing where an earlier version wrote it in a form that is no longer read."""
    if stored is None:
        return ""
    try:
        return markdown(Report.model_validate_json(stored)).replace("\\", "")
    except ValidationError:
        return ""
