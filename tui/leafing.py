"""Pages of the catalogue's list, read in a process of their own: the list is drawn meanwhile.

A thread beside the one that draws would take the interpreter from it for as long as it reads. The child
starts when the first page is asked for, in half a second. Until it is there, and where it has failed, pages
are read here, so that whatever is wrong with the catalogue is raised here.
"""

import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from index.search import Index
from tui.ages import Today
from tui.browsing import Row, rows_of

_RUN: Final = "from tui.leafing import work; work()"
_BROKEN: Final = (OSError, EOFError, ValueError, pickle.UnpicklingError)
"""What comes of asking a child that has ended."""


class Leafing:
    """Reads rows for any thread, of which one at a time asks the child."""

    def __init__(self, home: Path, index: Callable[[], Index]) -> None:
        self._home = home
        self._index = index
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._ready = self._closed = False

    @property
    def apart(self) -> bool:
        """Whether rows are read in the other process by now."""
        return self._ready

    def read(self, keys: Sequence[int], today: Today) -> tuple[Row, ...]:
        """The rows of these products, in their order; raises what reading the catalogue raises."""
        with self._turn:
            if self._child is None and not self._closed:
                self._begin()
            if self._child is not None and self._ready:
                with suppress(*_BROKEN):
                    return _asked(self._child, (keys, today))
                self._ready = False  # it is asked no more
        return rows_of(self._index(), keys, today)

    def close(self) -> None:
        """End the child; what is read from now on is read here."""
        self._closed = True
        if self._child is not None:
            self._child.kill()  # it only reads; whoever waits for it goes on
        with self._turn:
            child, self._child, self._ready = self._child, None, False
        if child is not None:
            child.kill()
            child.wait()
            for pipe in _pipes(child):
                with suppress(OSError):
                    pipe.close()

    def _begin(self) -> None:
        # As an import's child: not by `multiprocessing`, and in a session of its own.
        quiet = subprocess.DEVNULL
        with suppress(OSError):
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-c", _RUN],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=quiet,
                start_new_session=True,
            )
            threading.Thread(target=self._greet, args=(self._child,), daemon=True).start()

    def _greet(self, child: subprocess.Popen[bytes]) -> None:
        with suppress(*_BROKEN):
            _asked(child, self._home)
            with self._turn:
                self._ready = child is self._child


def work() -> None:
    """The child's side: the home on its standard input, and then the keys of one page after the other."""
    asks, says = sys.stdin.buffer, sys.stdout.buffer
    with suppress(*_BROKEN), Index.open(pickle.load(asks), meaning=False) as index:
        _tell(says, ())
        while True:
            keys, today = pickle.load(asks)
            _tell(says, rows_of(index, keys, today))


def _asked(child: subprocess.Popen[bytes], what: object) -> tuple[Row, ...]:
    told, says = _pipes(child)
    _tell(told, what)
    rows: tuple[Row, ...] = pickle.load(says)
    return rows


def _pipes(child: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert child.stdin is not None
    assert child.stdout is not None
    return child.stdin, child.stdout


def _tell(pipe: IO[bytes], what: object) -> None:
    pickle.dump(what, pipe)
    pipe.flush()
