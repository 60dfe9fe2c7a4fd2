"""The loss while a training runs: drawn live on a terminal, a line a point elsewhere."""

import shutil
from types import TracebackType
from typing import Self

from rich.console import Group
from rich.live import Live
from rich.text import Text

from finetune.run_record import Point, plot, said
from tui.distilling.saying import console, say

WIDEST = 100


class Curve:
    """Takes the points of one training, on standard error."""

    def __init__(self) -> None:
        self._points: list[Point] = []
        self._console = console()
        self._live = Live(console=self._console, refresh_per_second=4) if self._console.is_terminal else None
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pause()

    def add(self, point: Point) -> None:
        """One point more."""
        if self._points and point.step < self._points[-1].step:
            self._points.clear()  # another training has begun
        self._points.append(point)
        if self._live is None:
            say(said(point))
            return
        if not self._shown:
            self._live.start()
            self._shown = True
        width = min(shutil.get_terminal_size().columns, WIDEST)
        self._live.update(Group(Text(plot(self._points, width)), Text(said(point))))

    def pause(self) -> None:
        """Leave what is drawn as it is, so that other lines can be said below it."""
        if self._live is not None and self._shown:
            self._live.stop()
            self._shown = False
