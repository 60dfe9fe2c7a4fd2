"""Whether the catalogue's tables agree with each other; whether the vectors do is asked of `vectors`."""

import sqlite3
from collections.abc import Iterator


def problems(connection: sqlite3.Connection) -> list[str]:
    """What is wrong, in sentences; empty where all is well."""
    return [*_damage(connection), *_loose_ends(connection), *_text_gaps(connection)]


def _damage(connection: sqlite3.Connection) -> Iterator[str]:
    for (finding,) in connection.execute("PRAGMA integrity_check(10)"):
        if finding != "ok":
            yield f"SQLite finds the file damaged ({finding}); move it away and import the files again."
    for table in ("products_fts", "pages_fts"):
        try:
            connection.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")
        except sqlite3.DatabaseError:
            yield f"The text index {table} is damaged; run `productresearch index rebuild`."


def _loose_ends(connection: sqlite3.Connection) -> Iterator[str]:
    loose = len(connection.execute("PRAGMA foreign_key_check").fetchall())
    if loose:
        yield f"{loose} rows belong to products that are gone; move the file away and import the files again."


def _text_gaps(connection: sqlite3.Connection) -> Iterator[str]:
    for table in ("products", "pages"):
        (missing,) = connection.execute(
            f"SELECT count(*) FROM {table} WHERE key NOT IN (SELECT rowid FROM {table}_fts)"
        ).fetchone()
        (left_over,) = connection.execute(
            f"SELECT count(*) FROM {table}_fts WHERE rowid NOT IN (SELECT key FROM {table})"
        ).fetchone()
        if missing or left_over:
            yield (
                f"The text index of {table} lacks {missing} and has {left_over} too many; "
                "run `productresearch index rebuild`."
            )
