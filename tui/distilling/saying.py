"""How the commands of synthesis speak: one line that is written over on a terminal, rows in a table."""

import sys
from collections.abc import Iterable, Sequence
from typing import Self

from rich.console import Console
from rich.table import Table
from rich.text import Text


def console() -> Console:
    """Where the run is narrated."""
    return Console(stderr=True)


def say(line: str) -> None:
    """One line of narration, plain."""
    console().print(line, soft_wrap=True, markup=False, highlight=False)


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows on stdout; on a terminal drawn, in a pipe parted by tabs."""
    if not sys.stdout.isatty():
        for row in (titles, *rows):
            sys.stdout.write("\t".join(row) + "\n")
        return
    drawn = Table(box=None, pad_edge=False)
    for title in titles:
        drawn.add_column(title)
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    Console().print(drawn)


class Ticker:
    """A line on stderr that tells how far a run is: written over on a terminal, seldom anew elsewhere.

    As a context it ends its line, so that what is said of a run that broke off begins another.
    """

    def __init__(self, every: int = 2000) -> None:
        self._console = console()
        self._every = every
        self._told = -every
        self._open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open:
            self._console.file.write("\n")

    def tell(self, done: int, line: str, *, last: bool = False) -> None:
        """The line for so many done; the last one always stands."""
        if self._console.is_terminal:
            self._console.file.write(f"\r\x1b[2K{line}" + ("\n" if last else ""))
            self._console.file.flush()
            self._open = not last
        elif last or done - self._told >= self._every:
            self._told = done
            self._console.print(line, soft_wrap=True, markup=False, highlight=False)
