"""A run's folder: what it was made from, every dialogue as it ended, and the planted faults beside them.

Dialogues stand in `dialogues.sqlite`, labels in `labels.sqlite`, so that nothing that reads dialogues sees
labels. A chunk is one transaction over both files: a killed run loses at most what was being held and doubles
nothing. (SQLite commits to two files at once only with its rollback journal: https://sqlite.org/atomiccommit.html,
section 5; so neither is in WAL mode.)
"""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from distill.dialogue import Dialogue
from distill.errors import RunError
from distill.faults import Label
from distill.task import Task
from index.errors import CatalogueError, CorruptError
from index.errors import FullDiskError as FullCatalogueError
from index.product import Record
from index.store.database import PATIENCE, disk_faults, faults, transaction

_LABELS = TypeAdapter(tuple[Label, ...])
_DIALOGUES = """
CREATE TABLE IF NOT EXISTS dialogues (
    place INTEGER PRIMARY KEY, task TEXT NOT NULL UNIQUE, stop TEXT NOT NULL, steps INTEGER NOT NULL,
    seconds REAL NOT NULL, record BLOB NOT NULL
)"""
_LABELLED = "CREATE TABLE IF NOT EXISTS labels.labels (task TEXT PRIMARY KEY, labels TEXT NOT NULL)"
_PAGE = 64
"""Dialogues read at once: an open cursor would keep the run from writing for as long as somebody reads."""


class Made(Record):
    """What a run is made from; a run goes on only with the very same."""

    tasks: str
    """SHA-256 of the task file."""
    catalogue: str
    """What the catalogue of the home holds, in short; empty where no task is set in it."""
    wire: int
    seed: int
    user: str
    research: str
    supervisor: str
    states: tuple[str, ...]
    report_rounds: int
    fault_share: float
    most_faults: int
    max_steps: int


class Written(NamedTuple):
    """One dialogue on its way to the folder."""

    place: int
    task: str
    stop: str
    steps: int
    seconds: float
    record: bytes
    """The task and its dialogue as compressed JSON."""
    labels: tuple[Label, ...]


class Pair(NamedTuple):
    """A task and the dialogue that was held on it."""

    task: Task
    dialogue: Dialogue


def packed(place: int, task: Task, dialogue: Dialogue, labels: Sequence[Label], seconds: float) -> Written:
    """A dialogue ready to be written."""
    record = zlib.compress(b"\n".join(r.model_dump_json().encode("utf-8") for r in (task, dialogue)), 6)
    return Written(place, dialogue.task, dialogue.stop, dialogue.steps, seconds, record, tuple(labels))


class RunFolder:
    """The folder of one run; one process writes to it, others may read."""

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: FileLock | None = None) -> None:
        self.path = path
        self._connection = connection
        self._lock = lock

    @classmethod
    def begin(cls, path: Path, made: Made) -> Self:
        """Make a run's folder, or go on with the run in it; raises RunError where it was made otherwise."""
        with _told(path):
            path.mkdir(parents=True, exist_ok=True)
            lock = _alone(path)
        with ExitStack() as stack:
            stack.callback(lock.release)
            _claim(path, made)
            with _told(path):
                connection = stack.enter_context(closing(_connected(path)))
                connection.execute("ATTACH DATABASE ? AS labels", (str(path / "labels.sqlite"),))
                connection.execute(_LABELLED)
            stack.pop_all()
        return cls(path, connection, lock)

    @classmethod
    def open(cls, path: Path) -> Self:
        """A run that is there already, to be read; raises RunError."""
        if not (path / "run.json").exists():
            raise RunError(f"The folder {path} holds no run; make one with `productresearch distill run`.")
        with _told(path):
            return cls(path, _connected(path))

    @property
    def made(self) -> Made:
        """What the run was made from."""
        return _made(self.path / "run.json")

    def close(self) -> None:
        """Release the files."""
        self._connection.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def done(self) -> set[int]:
        """Places in the task file of the dialogues that were held."""
        return {place for (place,) in self._select("SELECT place FROM dialogues")}

    def add(self, chunk: Iterable[Written]) -> None:
        """Write dialogues with their labels, all or none; one that is there already stays as it is."""
        written = list(chunk)
        with _told(self.path), transaction(self._connection):
            self._connection.executemany(
                "INSERT OR IGNORE INTO labels.labels VALUES (?, ?)",
                [(w.task, _LABELS.dump_json(w.labels).decode("utf-8")) for w in written],
            )
            self._connection.executemany(
                "INSERT OR IGNORE INTO dialogues VALUES (?, ?, ?, ?, ?, ?)", [w[:6] for w in written]
            )

    def pairs(self) -> Iterator[Pair]:
        """Every task with its dialogue, in the order of the tasks, read a page at a time."""
        query = "SELECT place, record FROM dialogues WHERE place > ? ORDER BY place LIMIT ?"
        last = -1
        while page := self._select(query, (last, _PAGE)):
            yield from (self._unpacked(record) for _, record in page)
            last = page[-1][0]

    def pair(self, task: str) -> Pair:
        """A task with its dialogue; raises RunError."""
        found = self._select("SELECT record FROM dialogues WHERE task = ?", (task,))
        if not found:
            raise RunError(f"{self.path} holds no dialogue on {task}.")
        return self._unpacked(found[0][0])

    def labels(self, task: str) -> tuple[Label, ...]:
        """The faults that were planted in the dialogue on a task."""
        query = "SELECT labels FROM labels WHERE task = ?"
        with _told(self.path), closing(sqlite3.connect(self.path / "labels.sqlite", PATIENCE)) as labels:
            found = labels.execute(query, (task,)).fetchone()
        return _LABELS.validate_json(found[0]) if found else ()

    def _select(self, query: str, values: tuple[str | int, ...] = ()) -> list[tuple[Any, ...]]:
        with _told(self.path):
            return self._connection.execute(query, values).fetchall()

    def _unpacked(self, record: bytes) -> Pair:
        try:
            task, dialogue = zlib.decompress(record).split(b"\n")
            return Pair(Task.model_validate_json(task), Dialogue.model_validate_json(dialogue))
        except (zlib.error, ValueError) as error:
            raise _damaged(self.path, "a dialogue cannot be read") from error


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path / "dialogues.sqlite", timeout=PATIENCE, isolation_level=None)
    try:
        connection.execute(_DIALOGUES)
    except BaseException:
        connection.close()
        raise
    return connection


def _alone(path: Path) -> FileLock:
    """The lock of the one process that writes; the system releases it for a process that was killed."""
    lock = FileLock(path / "run.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise RunError(f"Another process works on the run in {path}; wait until it has ended.") from error
    return lock


def _claim(path: Path, made: Made) -> None:
    """Write down what a run is made from, or hold it against what stands there; raises RunError."""
    card = path / "run.json"
    if card.exists():
        _same(made, _made(card), path)
        return
    text = json.dumps(made.model_dump(mode="json"), indent=2, sort_keys=True)
    with _told(path):
        partial = card.with_suffix(".partial")
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(card)


def _made(card: Path) -> Made:
    try:
        with _told(card.parent):
            return Made.model_validate_json(card.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise _damaged(card.parent, "its settings cannot be read") from error


def _same(wanted: Made, found: Made, path: Path) -> None:
    before = found.model_dump()
    for name, value in wanted.model_dump().items():
        if value != before[name]:
            raise RunError(
                f"The run in {path} was made with {name} {before[name]!r} and not {value!r}; "
                "go on as it was begun, or take another folder."
            )


def _damaged(path: Path, what: str) -> RunError:
    return RunError(f"The run in {path} is damaged ({what}); take another folder for the run.")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Faults of the files as one sentence about the run; raises RunError."""
    try:
        with faults(path), disk_faults(path):
            yield
    except FullCatalogueError as error:
        raise RunError(
            f"The disk that holds {path} takes no more; free some space and run the same command again "
            "(what was held is kept)."
        ) from error
    except CorruptError as error:
        raise _damaged(path, "its files cannot be read") from error
    except CatalogueError as error:
        raise RunError(f"The run in {path} cannot be read or written: {_cause(error)}.") from error


def _cause(error: CatalogueError) -> str:
    """What the system says, without the index's advice."""
    cause = error.__cause__
    return cause.strerror or str(cause) if isinstance(cause, OSError) else str(cause)
