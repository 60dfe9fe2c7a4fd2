"""Reviews, pages and events written into their tables; products have a file of their own.

The caller holds the transaction and has decided what is to be written; this file knows the columns.
"""

import sqlite3
from datetime import UTC, datetime

from index.product import Event, Page, Review
from index.store.database import renew
from index.text.scripts import in_pairs


def table_of(record: Review | Page | Event) -> str:
    """The table that holds records of this kind."""
    if isinstance(record, Review):
        return "reviews"
    return "pages" if isinstance(record, Page) else "events"


def write_record(connection: sqlite3.Connection, record: Review | Page | Event, digest: str) -> None:
    """Write one record inside the caller's transaction."""
    origin = record.origin
    columns: dict[str, object] = {
        "id": record.id,
        "source": origin.source,
        "seen": origin.seen.isoformat(),
        "digest": digest,
        "record": record.model_dump_json(),
    }
    if isinstance(record, Review):
        columns["product_id"] = record.product_id
    if isinstance(record, Event):
        columns["at"] = _sortable(record.at)
    connection.execute(_upsert(table_of(record), list(columns)), tuple(columns.values()))
    if isinstance(record, Page):
        _replace_page_text(connection, record)


def rewrite_page_texts(connection: sqlite3.Connection) -> None:
    """Make the full-text index of the pages anew inside the caller's transaction."""
    renew(connection, "pages_fts")
    for (record,) in connection.execute("SELECT record FROM pages ORDER BY key").fetchall():
        _replace_page_text(connection, Page.model_validate_json(record))


def _upsert(table: str, columns: list[str]) -> str:
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) "
        f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in columns)}"
    )


def _sortable(at: datetime) -> str:
    """Moments of different time zones in one order; one without a zone is taken as it stands."""
    return (at.astimezone(UTC) if at.tzinfo else at).isoformat()


def _replace_page_text(connection: sqlite3.Connection, page: Page) -> None:
    (key,) = connection.execute("SELECT key FROM pages WHERE id = ?", (page.id,)).fetchone()
    connection.execute("DELETE FROM pages_fts WHERE rowid = ?", (key,))
    connection.execute(
        "INSERT INTO pages_fts (rowid, title, body) VALUES (?, ?, ?)",
        (key, in_pairs(page.title), in_pairs(" ".join(page.sentences))),
    )
