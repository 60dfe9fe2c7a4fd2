"""What a retraining says, kept as it goes: whoever opens the app later sees how far it is.

The journal belongs to one retraining; one that is taken up again writes on, and another begins it anew.
Which process is at work stands beside it, so that it can be asked to stop from elsewhere.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal

from filelock import FileLock, Timeout
from pydantic import AwareDatetime, ValidationError

from distill.whole_files import record_line
from distill.whole_files import told as telling
from finetune.errors import RetrainError
from finetune.retrain.told import Told
from finetune.run_record import Point
from index.product import Record

JOURNAL, LOCK, WORKER = "journal.jsonl", "lock", "worker"
_PATIENCE = 0.5
"""Seconds until a held lock counts as held: whoever only looks whether it is holds it for an instant."""
_TURN = 0.05
_PIECE = 1 << 20
"""Bytes of the journal that are read at once."""
Kind = Literal["begun", "said", "counted", "measured", "ended", "stopped"]


class Entry(Record):
    """One thing that was told."""

    at: AwareDatetime
    kind: Kind
    text: str = ""
    """The retraining's name, a sentence, or what is counted."""
    done: int = 0
    total: int = 0
    point: Point | None = None


def read_journal(home: Path) -> tuple[Entry, ...]:
    """Everything that the latest retraining has told, as far as it can be read."""
    path = home / "retrain" / JOURNAL
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return ()
    return tuple(_entries(lines))


class Follower:
    """Reads of the journal what was written since it last looked."""

    def __init__(self, home: Path) -> None:
        self._path = home / "retrain" / JOURNAL
        self._head = b""
        self._read = 0
        self._entries: list[Entry] = []

    def look(self) -> tuple[Entry, ...]:
        """Everything that the latest retraining has told by now, as far as it can be read."""
        try:
            with self._path.open("rb") as file:
                self._begin_anew_where_it_does(file.readline(_PIECE) + file.readline(_PIECE), file)
                while piece := self._piece(file):
                    self._entries += _entries(piece.splitlines())
        except OSError:
            return ()
        return tuple(self._entries)

    def _begin_anew_where_it_does(self, head: bytes, file: IO[bytes]) -> None:
        """The first entry bears the moment at which the journal began."""
        if not head.startswith(self._head) or file.seek(0, os.SEEK_END) < self._read:
            self._read = 0
            self._entries.clear()
        self._head = head
        file.seek(self._read)

    def _piece(self, file: IO[bytes]) -> bytes:
        """Whole lines, or a piece of a line that is too long for an entry."""
        piece = file.read(_PIECE)
        whole = piece.rfind(b"\n") + 1
        if not whole and len(piece) == _PIECE:
            whole = _PIECE
        self._read += whole
        file.seek(self._read)
        return piece[:whole]


def is_running(home: Path) -> bool:
    """Whether a retraining is at work in this home now."""
    lock = FileLock(home / "retrain" / LOCK)
    if not Path(lock.lock_file).exists():
        return False
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def ask_to_stop(home: Path, *, firmly: bool = False) -> bool:
    """Ask the retraining at work to end, where there is one; firmly: without a word of its own."""
    waited = 0.0
    while is_running(home):
        worker = _worker(home)
        if worker is not None:
            with suppress(OSError):
                os.kill(worker, signal.SIGTERM if firmly else signal.SIGINT)
            return True
        if waited >= _PATIENCE:
            break
        time.sleep(_TURN)  # it has only just begun
        waited += _TURN
    return False


def _worker(home: Path) -> int | None:
    """The process that is at work; None where that is not written, or makes no sense."""
    try:
        worker = int((home / "retrain" / WORKER).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return worker if worker > 1 else None


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Keep other retrainings of this home out; raises RetrainError where one is at work."""
    folder = home / "retrain"
    with telling(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with FileLock(folder / LOCK, timeout=_PATIENCE):
            with telling(folder):
                (folder / WORKER).write_text(str(os.getpid()), encoding="ascii")
            try:
                yield
            finally:
                (folder / WORKER).unlink(missing_ok=True)
    except Timeout as error:
        raise RetrainError(
            "A retraining is at work in this home already; wait for it, or stop it first."
        ) from error


@contextmanager
def journalled(told: Told, home: Path, name: str) -> Iterator[Told]:
    """Tell the same, and write it down, with how it ends; raises DataError."""
    before = read_journal(home)
    writer = _Writer(home / "retrain" / JOURNAL)
    if not before or (before[0].kind, before[0].text) != ("begun", name):
        writer.begin()
    writer.write("begun", name)
    try:
        yield _writing(told, writer)
    except BaseException as error:
        writer.write("stopped", str(error))
        raise
    writer.write("ended")


class _Writer:
    """Writes entries, each at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin(self) -> None:
        """Forget what was written before."""
        with telling(self._path):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.write_bytes(b"")

    def write(
        self, kind: Kind, text: str = "", done: int = 0, total: int = 0, point: Point | None = None
    ) -> None:
        """One entry, on a line of its own even behind one that was cut."""
        entry = Entry(at=datetime.now(UTC), kind=kind, text=text, done=done, total=total, point=point)
        with telling(self._path), self._path.open("ab") as file:
            file.write(b"\n" + record_line(entry))


def _writing(told: Told, writer: _Writer) -> Told:
    def say(sentence: str) -> None:
        writer.write("said", sentence)
        told.say(sentence)

    def count(done: int, total: int, what: str) -> None:
        writer.write("counted", what, done, total)
        told.count(done, total, what)

    def point(measured: Point) -> None:
        writer.write("measured", point=measured)
        told.point(measured)

    return Told(say=say, count=count, point=point)


def _entries(lines: list[bytes]) -> Iterator[Entry]:
    for line in lines:
        try:
            yield Entry.model_validate_json(line)
        except ValidationError:
            continue  # cut by a kill
