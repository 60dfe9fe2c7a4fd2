"""Large imports: indexes over values that come in no order are dropped, and made anew in one go at the end.

Each row of a chunk falls on another page of such an index, and a thousand rows write tens of megabytes; over
a million products that was most of an import. Readers see every committed chunk meanwhile, and their filters
take longer. What a killed import has left out is made by whoever opens the catalogue next.
"""

import sqlite3
from pathlib import Path

from filelock import FileLock, Timeout

from index.store.database import DEFERRED, bulk_lock, make_lacking, transaction

FEWEST = 20_000
"""New products from which it is worth while, where they are more than the catalogue had before."""


class Bulk:
    """The state of one import."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._lock: FileLock | None = None
        self._path = path
        (before,) = connection.execute("SELECT count(*) FROM products").fetchone()
        self._from = max(FEWEST, before)

    def written(self, new: int) -> None:
        """Take note of the new products so far; the indexes go as soon as these are many."""
        if self._lock is not None or new < self._from:
            return
        lock = bulk_lock(self._path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return  # another import has them out already
        self._lock = lock
        with transaction(self._connection):
            for name in DEFERRED:
                self._connection.execute(f"DROP INDEX IF EXISTS {name}")

    def end(self) -> None:
        """Make the indexes anew."""
        if self._lock is not None:
            make_lacking(self._connection)

    def leave(self) -> None:
        """Let others make what is not there; whoever opens the catalogue next does."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
