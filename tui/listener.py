"""Progress as the screen shows it: how far, how fast, how long still; and the way to stop what runs.

What a stop leaves is what `ingest` and `Vectors.drain` promise: whatever was committed is kept, and the same
again completes it.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from index.importers.import_report import Progress as Reading
from index.vectors import Progress

BLINK = 0.05
"""Seconds between two reports of progress; a screen shows no more."""


class StoppedError(Exception):
    """The person has stopped it."""


@dataclass(frozen=True)
class Course:
    """How far something is."""

    what: str
    done: int
    total: int
    """0 where it is not known."""
    told: str
    """What was done, how fast, and the time left."""


@dataclass
class Listener:
    """Hears of progress, tells it now and then, and raises StoppedError once the person has asked to stop."""

    cancel: threading.Event
    tell: Callable[[Course], None]
    clock: Callable[[], float] = time.monotonic
    _what: str = field(default="", init=False)
    _began: float = field(default=0.0, init=False)
    _told: float = field(default=0.0, init=False)

    def reading(self, what: str) -> Callable[[Reading], None]:
        """Progress of an import; it reads products twice, the first time for rows that repeat."""
        stages = {"scanning": f"{what}, looking for repeated rows", "importing": what}
        return lambda read: self.hear(stages[read.stage], read.done, read.total, read.rows, "rows")

    def embedding(self) -> Progress:
        """Progress of a drain."""
        what = "Making vectors, by which meaning is found"
        return lambda done, total: self.hear(what, done, total, done, "products")

    def hear(self, what: str, done: int, total: int, count: int, noun: str) -> None:
        """Take in how far it is; raises StoppedError."""
        if self.cancel.is_set():
            raise StoppedError
        now = self.clock()
        if what != self._what:
            self._what, self._began, self._told = what, now, 0.0
        if now - self._told < BLINK and done < total:
            return
        self._told = now
        elapsed = now - self._began
        told = f"{count:,} {noun}"
        if elapsed > 0.5:
            told += f", {count / elapsed:,.0f}/s"
            if 0 < done < total:
                told += f", {clock_text(elapsed * (total - done) / done)} left"
        self.tell(Course(what, done, total, told))


def clock_text(seconds: float) -> str:
    """Minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
