"""Opening the catalogue's SQLite file and saying in one sentence what SQLite could not do.

Which tables there are stands in `schema.sql`; reading and writing records is left to `catalog` and `writer`.
"""

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from index.errors import CatalogueError, CorruptError, FullDiskError, LockedError
from models.full_disk import is_full

SCHEMA_VERSION = "1"
PATIENCE = 30.0
"""Seconds to wait for another writer; its transactions take well under one, the last ones of a large import
some ten, in which it makes an index of a million products."""

DEFERRED = frozenset({"attributes_value", "identifiers_value"})
"""Indexes that a large import makes at its end: see `index.store.bulk`."""

_ROOM_KIB = 200_000
_LOG_PAGES = 10_000
"""About 40 MB of the log before it is written into the file."""

_NO_ROOM = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
}
_MADE = re.compile(r"\bCREATE (?:VIRTUAL )?(?:TABLE|(?:UNIQUE )?INDEX) (\w+)")
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Connection(sqlite3.Connection):
    """A connection that one thread may close while others read: what runs is interrupted, and ends first.

    Closed in the middle of a statement, Python's own goes on with a connection that is gone, and crashes.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._running = threading.RLock()

    def execute(self, *args: Any) -> sqlite3.Cursor:
        """Run one statement, up to its first row."""
        with self._running:
            return super().execute(*args)

    def close(self) -> None:
        """Release the file; closing twice does nothing."""
        if not self._running.acquire(blocking=False):
            # Only then: SQLite leaves its log beside the file where it was interrupted.
            with suppress(sqlite3.ProgrammingError):  # what runs finds just now that all is closed
                self.interrupt()
            self._running.acquire()
        try:
            super().close()
        finally:
            self._running.release()


def connect(path: Path, patience: float = PATIENCE) -> sqlite3.Connection:
    """Open the catalogue at `path`, made there if there is none; every connection is in autocommit."""
    with faults(path), disk_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)  # it may hold what the person ordered and looked for
        connection = sqlite3.connect(
            path, timeout=patience, isolation_level=None, check_same_thread=False, factory=Connection
        )
        try:
            _prepare(connection, path, patience)
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def faults(path: Path) -> Iterator[None]:
    """Turn SQLite's faults into the index's own."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.NotSupportedError):
        raise  # faults of ours, not of the file
    except sqlite3.DatabaseError as error:
        raise _translated(error, path) from error


@contextmanager
def disk_faults(path: Path) -> Iterator[None]:
    """Turn the file system's faults into the index's own."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise full_disk(path) from error
        raise CatalogueError(f"{path} cannot be used: {error.strerror}.") from error


def make_roomy(connection: sqlite3.Connection) -> None:
    """Let a connection that writes much keep what it touches in memory.

    An index over values in no order is written all over its pages; those that do not fit are read and
    written again with every chunk of an import.
    """
    connection.execute(f"PRAGMA cache_size = -{_ROOM_KIB}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")


def shrink(connection: sqlite3.Connection) -> None:
    """Write the file anew without what was deleted, and empty the log that stands beside it."""
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One write transaction: all of it is committed, or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has already rolled back by itself after some faults, such as a full disk.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def renew(connection: sqlite3.Connection, table: str) -> None:
    """Empty a derived table, also where it is damaged, inside the caller's transaction."""
    (definition,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    connection.execute(f"DROP TABLE {table}")
    connection.execute(definition)


def full_disk(path: Path) -> FullDiskError:
    """What the person is told of a disk without room."""
    return FullDiskError(
        f"The disk that holds {path} takes no more; free some space and run this again "
        "(everything stored before is kept)."
    )


def _prepare(connection: sqlite3.Connection, path: Path, patience: float) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    # In WAL mode NORMAL keeps every commit through a kill; only a power cut may lose the last ones, whole.
    connection.execute("PRAGMA synchronous = NORMAL")
    if not _has_schema(connection, path):
        _create(connection, path, patience)
    (version,) = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    if version != SCHEMA_VERSION:
        raise CatalogueError(
            f"The catalogue {path} was made by another version (schema {version}, here {SCHEMA_VERSION}); "
            "move it away and import the files again."
        )
    _upgrade(connection, path)


def _upgrade(connection: sqlite3.Connection, path: Path) -> None:
    """Add what a catalogue lacks that was made before it was thought of, or whose import was killed."""
    lacking = _lacking(connection).keys()
    if lacking and lacking <= DEFERRED:
        try:
            with bulk_lock(path).acquire(timeout=0):
                make_lacking(connection)
        except Timeout:
            pass  # an import has them out, and makes them at its end
    elif lacking:
        make_lacking(connection)


def make_lacking(connection: sqlite3.Connection) -> None:
    """Make each table and index of the schema that is not there, each in a transaction of its own."""
    for name in _lacking(connection):
        with transaction(connection):
            # Looked for again: another process may have added it since.
            if statement := _lacking(connection).get(name):
                connection.execute(statement)


def bulk_lock(path: Path) -> FileLock:
    """Held by the one import that has the deferred indexes out."""
    return FileLock(path.with_name(path.name + ".bulk.lock"))


def _lacking(connection: sqlite3.Connection) -> dict[str, str]:
    """Statements of the schema whose table or index is not there, by its name, tables first."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    return {name: made for name, made in _schema().items() if name not in there}


@cache
def _schema() -> dict[str, str]:
    """The schema's statements by the name of what they make."""
    return {found[1]: statement for statement in _statements() if (found := _MADE.search(statement))}


def _has_schema(connection: sqlite3.Connection, path: Path) -> bool:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and "meta" not in tables:
        raise _damaged(path)
    return bool(tables)


def _create(connection: sqlite3.Connection, path: Path, patience: float) -> None:
    # SQLite's own busy timeout does not cover the change to WAL mode, so two first openers take turns here.
    try:
        with FileLock(path.with_name(path.name + ".lock"), timeout=patience):
            connection.execute("PRAGMA journal_mode = WAL")
            if _has_schema(connection, path):
                return
            with transaction(connection):
                for statement in _statements():
                    connection.execute(statement)
                connection.executemany(
                    "INSERT INTO meta VALUES (?, ?)",
                    [("schema", SCHEMA_VERSION), ("generation", "0"), ("vectors", "0")],
                )
    except Timeout as error:
        raise _locked(path) from error


def _statements() -> Iterator[str]:
    """The schema's statements one by one: `executescript` would commit before each run."""
    statement = ""
    for line in Path(__file__).with_name("schema.sql").read_text(encoding="utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _translated(error: sqlite3.DatabaseError, path: Path) -> CatalogueError:
    # What Python's module finds by itself, such as stored text that is no UTF-8, carries no code.
    extended = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_NOTADB)
    primary = extended & 0xFF
    if extended in _NO_ROOM:
        return full_disk(path)
    if primary in _BUSY:
        return _locked(path)
    if primary in _DAMAGED:
        return _damaged(path)
    return CatalogueError(f"The catalogue {path} cannot be used: {error}.")


def _locked(path: Path) -> LockedError:
    return LockedError(
        f"Another process is writing to {path}; wait until it has finished and run this again."
    )


def _damaged(path: Path) -> CorruptError:
    return CorruptError(f"{path} is damaged or is no catalogue; move it away and import the files again.")
