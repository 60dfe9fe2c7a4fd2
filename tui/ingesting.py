"""An import in a process of its own, which has its own turn at the interpreter: keys do not wait for it.

The child says how far it is through a pipe, and at last how it ended. Where this end of the pipe is closed,
because the person has stopped it or the app is gone, the child stops and keeps what it has committed.
"""

import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, NamedTuple

from index.catalog import Catalog
from index.errors import CatalogueError
from index.importers.faults import ImportFaultError
from index.importers.import_report import ImportReport, Progress
from index.importers.place import Place
from index.ingest import ingest
from tui.giving_way import give_way

PAUSE: Final = 0.05
"""Seconds between two words of how far it is."""
RUN: Final = "from tui.ingesting import work; work()"


class Importable(NamedTuple):
    """One file to be imported, and how it is meant."""

    path: Path
    schema: Path | None
    mapping: Mapping[str, str]
    dry_run: bool
    form: str = ""
    """What it is, where its content is not to decide."""
    place: Place = Place()
    beside: tuple[Path, ...] = ()
    """Files of the same import that come before it and may say what its rows are about."""
    most: int | None = None
    """In a dry run: rows read at most."""


def ingest_here(file: Importable, catalog: Catalog, progress: Callable[[Progress], None]) -> ImportReport:
    """What `ingest` does and raises."""
    return ingest(
        file.path,
        catalog,
        schema=file.schema,
        mapping=file.mapping,
        form=file.form,
        place=file.place,
        beside=file.beside,
        dry_run=file.dry_run,
        most=file.most,
        progress=progress,
    )


def ingest_apart(file: Importable, catalog: Path, progress: Callable[[Progress], None]) -> ImportReport:
    """What `ingest` does and raises; what `progress` raises stops it."""
    # Not by `multiprocessing`, which wants the standard error that the app has taken to itself; in a session
    # of its own, so that an interrupt in a pager over the app does not reach it.
    command = [sys.executable, "-P", "-c", RUN]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=quiet, start_new_session=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            with child.stdin as told:
                pickle.dump((file, catalog), told)
            with child.stdout as says:
                while isinstance(said := pickle.load(says), Progress):
                    progress(said)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
            raise ImportFaultError(_unfinished(file, child.wait())) from error
        finally:
            child.wait()  # after an interrupt Popen itself does so for a quarter of a second only
    if isinstance(said, Exception):
        raise said
    report: ImportReport = said
    return report


def _unfinished(file: Importable, code: int) -> str:
    name = file.place.named(file.path)
    if code < 0:
        again = "look at it again" if file.dry_run else "importing it again completes it"
        return f"What read {name} was ended from outside; {again}."
    return f"What reads {name} failed (exit code {code}); `productresearch index add` may say why."


def work() -> None:
    """The child's side: what is to be done stands on its standard input."""
    give_way()
    file, catalog = pickle.load(sys.stdin.buffer)
    telling = _Telling(sys.stdout.buffer)
    with suppress(_UnheardError):
        telling.tell(_end(file, catalog, telling))


def _end(file: Importable, catalog: Path, telling: "_Telling") -> ImportReport | Exception:
    try:
        with Catalog.open(catalog) as opened:
            return ingest_here(file, opened, telling.now_and_then)
    except _UnheardError:
        raise
    except (ImportFaultError, CatalogueError, OSError) as error:
        return error
    except Exception as error:  # nobody would see a traceback
        return RuntimeError(f"{type(error).__name__}: {error}")


class _UnheardError(Exception):
    """Nobody listens any more."""


class _Telling:
    """The child's end of the pipe."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._last = 0.0

    def now_and_then(self, progress: Progress) -> None:
        """Say how far it is, if that was not said just now or is the end of it; raises _UnheardError."""
        if time.monotonic() - self._last >= PAUSE or progress.done >= progress.total:
            self.tell(progress)
            self._last = time.monotonic()

    def tell(self, what: object) -> None:
        """Say something; raises _UnheardError."""
        try:
            pickle.dump(what, self._pipe)
            self._pipe.flush()
        except OSError as error:
            raise _UnheardError from error
