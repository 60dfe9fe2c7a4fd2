"""A folder for what is taken out of archives: gone when its user is done, or at the next start after a kill.

A lock beside the folder says that its user lives; the system lets it go with the process.
"""

import shutil
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from filelock import FileLock, Timeout

UNPACKED = "unpacked"
"""The folder of them in a home."""


class Scratch:
    """Makes its folder on first use; close it."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder: Path | None = None
        self._lock: FileLock | None = None

    @property
    def folder(self) -> Path:
        """The folder, which nobody else may read."""
        if self._folder is None:
            above = self._home / UNPACKED
            above.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _gate(above):
                mine = above / uuid4().hex
                self._lock = _lock_of(mine)
                self._lock.acquire(timeout=0)
                mine.mkdir(mode=0o700)
            self._folder = mine
        return self._folder

    def close(self) -> None:
        """Remove the folder and what is in it."""
        if self._folder is not None and self._lock is not None:
            with _gate(self._folder.parent):
                _remove(self._folder, self._lock)
            self._folder = self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def sweep(home: Path) -> None:
    """Remove what users left that were killed."""
    above = home / UNPACKED
    if not above.is_dir():
        return
    with _gate(above):
        for folder in [path for path in above.iterdir() if path.is_dir()]:
            lock = _lock_of(folder)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue  # its user is at work
            _remove(folder, lock)


def _remove(folder: Path, lock: FileLock) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()
    Path(lock.lock_file).unlink(missing_ok=True)


def _gate(above: Path) -> FileLock:
    """Held while a folder is made or removed, so that none is swept before its own lock is taken."""
    return FileLock(above / "gate.lock")


def _lock_of(folder: Path) -> FileLock:
    # Who closes it may be another thread than who made it.
    return FileLock(folder.with_suffix(".lock"), thread_local=False)
