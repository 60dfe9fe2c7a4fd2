"""A run's folder: what it was made from, every dialogue as it ended, and the planted faults beside them.

Dialogues stand in `dialogues.sqlite`, labels in `labels.sqlite`, so that nothing that reads dialogues sees
labels. A chunk is one transaction over both files: a killed run loses at most what was being held and doubles
nothing.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

from pydantic import TypeAdapter, ValidationError

from distill.dialogue import Dialogue
from distill.errors import RunError
from distill.faults import Label
from distill.task import Task
from index.product import Record

_LABELS = TypeAdapter(tuple[Label, ...])
_SCHEMA = """
CREATE TABLE IF NOT EXISTS dialogues (
    place INTEGER PRIMARY KEY, task TEXT NOT NULL UNIQUE, stop TEXT NOT NULL, steps INTEGER NOT NULL,
    seconds REAL NOT NULL, record BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS labels.labels (task TEXT PRIMARY KEY, labels TEXT NOT NULL);
"""


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

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def begin(cls, path: Path, made: Made) -> Self:
        """Make a run's folder, or go on with the run in it; raises RunError where it was made otherwise."""
        with _told(path):
            path.mkdir(parents=True, exist_ok=True)
            card = path / "run.json"
            if card.exists():
                _same(made, _made(card), path)
            else:
                text = json.dumps(made.model_dump(mode="json"), indent=2, sort_keys=True)
                partial = card.with_suffix(".partial")
                partial.write_text(text + "\n", encoding="utf-8")
                partial.replace(card)
        return cls._opened(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """A run that is there already; raises RunError."""
        if not (path / "run.json").exists():
            raise RunError(f"{path} holds no run; make one with `productresearch distill run`.")
        return cls._opened(path)

    @classmethod
    def _opened(cls, path: Path) -> Self:
        with _told(path):
            connection = sqlite3.connect(path / "dialogues.sqlite", timeout=10, isolation_level=None)
            connection.execute("ATTACH DATABASE ? AS labels", (str(path / "labels.sqlite"),))
            connection.executescript(_SCHEMA)
        return cls(path, connection)

    @property
    def made(self) -> Made:
        """What the run was made from."""
        return _made(self.path / "run.json")

    def close(self) -> None:
        """Release the files."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def done(self) -> set[int]:
        """Places in the task file of the dialogues that were held."""
        with _told(self.path):
            return {place for (place,) in self._connection.execute("SELECT place FROM dialogues")}

    def add(self, chunk: Iterable[Written]) -> None:
        """Write dialogues with their labels, all or none; one that is there already stays as it is."""
        written = list(chunk)
        with _told(self.path), self._transaction():
            self._connection.executemany(
                "INSERT OR IGNORE INTO labels.labels VALUES (?, ?)",
                [(w.task, _LABELS.dump_json(w.labels).decode("utf-8")) for w in written],
            )
            self._connection.executemany(
                "INSERT OR IGNORE INTO dialogues VALUES (?, ?, ?, ?, ?, ?)", [w[:6] for w in written]
            )

    def stops(self) -> dict[str, int]:
        """How many dialogues ended how."""
        query = "SELECT stop, count(*) FROM dialogues GROUP BY stop ORDER BY count(*) DESC, stop"
        with _told(self.path):
            return dict(self._connection.execute(query).fetchall())

    def pairs(self) -> Iterator[Pair]:
        """Every task with its dialogue, in the order of the tasks, read one by one."""
        with _told(self.path):
            for (record,) in self._connection.execute("SELECT record FROM dialogues ORDER BY place"):
                yield _unpacked(record)

    def pair(self, task: str) -> Pair:
        """A task with its dialogue; raises RunError."""
        with _told(self.path):
            found = self._connection.execute(
                "SELECT record FROM dialogues WHERE task = ?", (task,)
            ).fetchone()
        if found is None:
            raise RunError(f"{self.path} holds no dialogue on {task}.")
        return _unpacked(found[0])

    def labels(self, task: str) -> tuple[Label, ...]:
        """The faults that were planted in the dialogue on a task."""
        with _told(self.path):
            found = self._connection.execute(
                "SELECT labels FROM labels.labels WHERE task = ?", (task,)
            ).fetchone()
        return _LABELS.validate_json(found[0]) if found else ()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _unpacked(record: bytes) -> Pair:
    task, dialogue = zlib.decompress(record).split(b"\n")
    return Pair(Task.model_validate_json(task), Dialogue.model_validate_json(dialogue))


def _made(card: Path) -> Made:
    try:
        return Made.model_validate_json(card.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise RunError(f"{card} is damaged; take another folder for the run.") from error


def _same(wanted: Made, found: Made, path: Path) -> None:
    differing = [name for name in Made.model_fields if getattr(wanted, name) != getattr(found, name)]
    if differing:
        name = differing[0]
        raise RunError(
            f"The run in {path} was made with {name} {getattr(found, name)!r} and not "
            f"{getattr(wanted, name)!r}; go on as it was begun, or take another folder."
        )


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        full = "full" in str(error)
        mend = "free some room and run the same command again" if full else "see that it can be written"
        raise RunError(f"{path} cannot be used ({error}); {mend}. What was held is kept.") from error
    except sqlite3.DatabaseError as error:
        raise RunError(f"{path} is damaged ({error}); take another folder for the run.") from error
    except OSError as error:
        raise RunError(f"{path} cannot be used: {error.strerror}.") from error
