"""Reviews, pages and events written into their tables; products have a file of their own.

The caller holds the transaction and has decided what is to be written.
"""

import sqlite3
from functools import cache

from index.product import Page
from index.store.database import renew
from index.store.prepared import PreparedText, page_text


def write_text(connection: sqlite3.Connection, record: PreparedText) -> None:
    """Write one record inside the caller's transaction."""
    columns: dict[str, object] = {
        "id": record.id,
        "source": record.source,
        "seen": record.seen,
        "digest": record.digest,
        "record": record.record,
        **dict(record.joined),
    }
    connection.execute(_upsert(record.table, tuple(columns)), tuple(columns.values()))
    if record.table == "pages":
        _replace_page_text(connection, record.id, record.text)


def rewrite_page_texts(connection: sqlite3.Connection) -> None:
    """Make the full-text index of the pages anew inside the caller's transaction."""
    renew(connection, "pages_fts")
    for (record,) in connection.execute("SELECT record FROM pages ORDER BY key").fetchall():
        page = Page.model_validate_json(record)
        _replace_page_text(connection, page.id, page_text(page))


@cache
def _upsert(table: str, columns: tuple[str, ...]) -> str:
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) "
        f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in columns)}"
    )


def _replace_page_text(connection: sqlite3.Connection, page_id: str, text: tuple[str, ...]) -> None:
    (key,) = connection.execute("SELECT key FROM pages WHERE id = ?", (page_id,)).fetchone()
    connection.execute("DELETE FROM pages_fts WHERE rowid = ?", (key,))
    connection.execute("INSERT INTO pages_fts (rowid, title, body) VALUES (?, ?, ?)", (key, *text))
