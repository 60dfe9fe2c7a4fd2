"""A terminal in memory: every frame that an app writes with its moment, and keys pressed by the clock.

Unlike Textual's headless driver it has every frame rendered to the last escape sequence. Keys come from a
thread of their own, on time even where the app hangs, so that a hang is counted in full.
"""

import re
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random
from statistics import median
from typing import NamedTuple

from textual import events
from textual.drivers.headless_driver import HeadlessDriver

_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_ENOUGH = 20
"""Frames below this many characters are cursor moves and marks of their beginning and end."""


TELLING = 4
"""Letters that stand nowhere else on the screen; fewer of them might."""


class Frame(NamedTuple):
    """What was written at once."""

    at: float
    text: str
    state: object
    """What the app was asked for when it was written."""


class Terminal(HeadlessDriver):
    """The driver of the app that is measured."""

    frames: list[Frame]
    state: Callable[[], object]

    @property
    def is_headless(self) -> bool:
        """Otherwise nothing would be rendered."""
        return False

    def start_application_mode(self) -> None:
        """Keep frames from now on."""
        self.frames, self.state = [], lambda: None
        super().start_application_mode()

    def write(self, data: str) -> None:
        """Keep a frame; what it shows is worked out afterwards."""
        if len(data) > _ENOUGH:
            self.frames.append(Frame(time.perf_counter(), data, self.state()))

    def first(self, since: float, shows: Callable[[Frame], bool]) -> float | None:
        """When the first frame came that shows something."""
        start = bisect_left(self.frames, since, key=lambda frame: frame.at)
        return next((frame.at for frame in self.frames[start:] if shows(frame)), None)


class Press(NamedTuple):
    """A key, the moment at which it was pressed, and what the screen should show of it."""

    at: float
    text: str
    state: object


class Typist(threading.Thread):
    """Presses keys at a fixed rate until it is told to stop; (key, what is then painted); "" is a pause."""

    def __init__(self, terminal: Terminal, keys: Iterable[tuple[str, str]], a_second: float = 10) -> None:
        super().__init__(daemon=True)
        self.presses: list[Press] = []
        self._terminal = terminal
        self._keys = keys
        self._pause = 1 / a_second
        self._over = threading.Event()

    def run(self) -> None:
        """Press."""
        due = time.perf_counter()
        for key, shown in self._keys:
            due += self._pause
            if self._over.wait(max(0.0, due - time.perf_counter())):
                return
            if key:
                self.presses.append(Press(time.perf_counter(), shown, self._terminal.state()))
                self._terminal.process_message(_event(key))

    def stop(self) -> None:
        """No more keys."""
        self._over.set()
        self.join()


def _event(key: str) -> events.Event:
    if key.startswith("wheel"):
        kind = events.MouseScrollDown if key == "wheel_down" else events.MouseScrollUp
        return kind(None, 60, 10, 0, 0, 0, False, False, False)
    return events.Key(key, key if len(key) == 1 else None)


def typed(letters: int = 60) -> Iterator[tuple[str, str]]:
    """Lines typed letter by letter and wiped out; each letter with what then stands there, which is unique.

    The wiping is a binding, which Textual runs beside what is typed, so nothing is typed for a while.
    """
    draw = Random(1)
    while True:
        line = "".join(draw.choices("bcdfghjkmpqrtvwxz", k=letters))
        for end, letter in enumerate(line, 1):
            yield letter, line[:end] if end >= TELLING else ""
        yield from ((key, "") for key in ("", "", "", "ctrl+u", "", "", ""))


def waits(terminal: Terminal, presses: Sequence[Press], until: float) -> list[float]:
    """Milliseconds from each letter to the first frame that shows it, or one typed after it."""
    telling = [press for press in presses if press.text]
    found: list[float] = []
    for frame in terminal.frames:
        plain = _CODES.sub("", frame.text)
        pressed = bisect_left(telling, frame.at, key=lambda press: press.at)
        shown = next((n for n in range(pressed, len(found), -1) if telling[n - 1].text in plain), len(found))
        found += [(frame.at - press.at) * 1e3 for press in telling[len(found) : shown]]
    return found + [(until - press.at) * 1e3 for press in telling[len(found) :]]


def changes(terminal: Terminal, presses: Sequence[Press], until: float) -> list[float]:
    """Milliseconds from each key to the first frame at which the app's state was another."""
    return [
        ((terminal.first(p.at, lambda frame, p=p: frame.state != p.state) or until) - p.at) * 1e3  # type: ignore[misc]
        for p in presses
    ]


class Spread(NamedTuple):
    """Percentiles of milliseconds."""

    p50: float
    p95: float
    most: float

    def __str__(self) -> str:
        return f"p50 {self.p50:.0f}, p95 {self.p95:.0f}, max {self.most:.0f} ms"


def spread(milliseconds: Sequence[float]) -> Spread:
    """What many waits come to."""
    ordered = sorted(milliseconds)
    return Spread(median(ordered), ordered[int(len(ordered) * 0.95)], ordered[-1])
