"""The records of a large file made in a process of their own, while this one writes those before.

Reading a row and working out what stands in the tables takes longer than writing it, and the two need
nothing of each other. The child sends records in chunks through a pipe, a few ahead of the writing, beside
them rejected rows and how far it is, and at the end what it counted.
"""

import gc
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from queue import Queue
from typing import IO, Final, NamedTuple

from index.columns import ColumnSchema
from index.importers.children import told_apart
from index.importers.faults import FileFaultError, ImportFaultError
from index.importers.import_report import Progress
from index.importers.lines import SourceFile
from index.importers.place import Place
from index.importers.rejects import Rejects
from index.importers.rows import Rejected
from index.importers.table_file import Counted, TableFile
from index.store.prepared import Prepared, prepared

LARGE: Final = 3_000_000
"""Bytes of a file from which a second process is worth its start."""
CHUNK: Final = 128
"""Records that are sent at once."""
AHEAD: Final = 4
"""Chunks that are made while the first of them is written."""
_SELDOM: Final = 100_000
"""New objects after which the child looks for circles of them; a record has many, and no circle."""
_RUN: Final = "from index.importers.made_apart import work; work()"


class Job(NamedTuple):
    """What the child is told."""

    file: SourceFile
    schema: ColumnSchema
    place: Place


_Said = list[Prepared] | Rejected | Progress | Counted | Exception
"""The last two are a child's last word."""


def is_worth_it(table: TableFile) -> bool:
    """Whether a file is so large, and another core there."""
    return table.file.size >= LARGE and table.is_whole and _cores() > 1


def made_apart(
    table: TableFile, place: Place, progress: Callable[[Progress], None]
) -> Iterator[list[Prepared]]:
    """What is written of the table's records, in chunks; at the end the table has counted them.

    Raises what making them raises.
    """
    with told_apart(_RUN, Job(table.file, table.schema, place)) as (pipe, _):
        while not isinstance(said := _heard(pipe, table), Counted):
            if isinstance(said, Exception):
                raise said
            if isinstance(said, Rejected):
                table.rejects.add(said)
            elif isinstance(said, Progress):
                progress(said)
            else:
                yield said
        table.take_over(said)


def _heard(pipe: IO[bytes], table: TableFile) -> _Said:
    try:
        said: _Said = pickle.load(pipe)
    except (EOFError, pickle.UnpicklingError) as error:
        raise FileFaultError(
            f"What reads {table.file.path} was ended from outside; importing it again completes it."
        ) from error
    return said


def work() -> None:
    """The child's side: what is to be read stands on its standard input."""
    job: Job = pickle.load(sys.stdin.buffer)
    gc.set_threshold(_SELDOM)
    telling = _Telling(sys.stdout.buffer)
    table = TableFile(job.file, job.schema, _Rejects(telling), telling.tell)
    records = (prepared(job.place.placed(record)) for record in table.records())
    try:
        while chunk := list(islice(records, CHUNK)):
            telling.tell(chunk)
    except (ImportFaultError, OSError) as error:
        telling.tell(error)
    except Exception as error:  # nobody would see a traceback
        telling.tell(RuntimeError(f"{type(error).__name__}: {error}"))
    else:
        telling.tell(table.counted)
    telling.end()


class _Telling:
    """The child's end of the pipe, written to by a thread, so that making does not wait for the writing."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._waiting: Queue[bytes | None] = Queue(AHEAD)
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def tell(self, said: _Said) -> None:
        """Say something, once what was said before is nearly gone."""
        self._waiting.put(pickle.dumps(said, protocol=pickle.HIGHEST_PROTOCOL))

    def end(self) -> None:
        """Wait until everything is said."""
        self._waiting.put(None)
        self._thread.join()

    def _send(self) -> None:
        try:
            while (said := self._waiting.get()) is not None:
                self._pipe.write(said)
                self._pipe.flush()
        except OSError:
            os._exit(1)  # nobody listens any more


class _Rejects(Rejects):
    """Rejected rows are kept by who writes the records."""

    def __init__(self, telling: _Telling) -> None:
        super().__init__(None)
        self._telling = telling

    def add(self, rejected: Rejected) -> None:
        """Say it."""
        super().add(rejected)
        self._telling.tell(rejected)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
