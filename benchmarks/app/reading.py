"""A finished report: how long until it is read, walked through and scrolled, in our app and in Textual's own.

Beside ours stands a `Markdown` widget that is given the whole text of the same report.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple

from textual.app import App
from textual.containers import VerticalScroll

from benchmarks.app.long_report import draft
from benchmarks.app.streaming import SIZE, Plain, PlainMarkdown, app_over, terminal_of, until
from benchmarks.app.terminal import Spread, Typist, changes, spread
from tui import messages
from tui.shown import Block, Heading
from tui.widgets.report import ReportView

KEYS = 60
"""Keys of each kind, where no other number is asked for."""
LATE = 50.0
"""Milliseconds."""


class Read(NamedTuple):
    """Milliseconds until a report stands on the screen, and frames after that."""

    beginning: float
    whole: float
    longest: float
    """The longest time between the two in which nothing else could be done."""
    walked: Spread | None
    """From `down` to its paint; None where nothing can be walked through."""
    scrolled: Spread
    """From a turn of the wheel to its paint."""
    late: int
    """Of those, how many took longer than `LATE`."""


async def ours(home: Path, blocks: Sequence[Block], keys: int = KEYS) -> Read:
    """Our app."""
    app = app_over(home)
    async with app.run_test(headless=False, size=SIZE):
        await until(lambda: app._bench is not None and app.query_one("#report").is_mounted)
        app.query_one("#work").add_class("-asked")
        report = app.query_one(ReportView)

        async def show() -> None:
            app.screen.post_message(messages.Reported(None, "", tuple(blocks), ()))  # type: ignore[arg-type]
            await until(lambda: len(report.children) == len(blocks))

        shown = await _shown(app, blocks, show)
        report.enter()
        walked = await _pressed(app, "down", lambda: (app.focused, _cursor(app)), keys)
        return Read(*shown, spread(walked), *await _scrolled(app, report, keys))


async def plain(blocks: Sequence[Block]) -> Read:
    """Textual's own widgets."""
    app = Plain()
    async with app.run_test(headless=False, size=SIZE):
        text = draft(blocks)
        shown = await _shown(app, blocks, lambda: app.query_one(PlainMarkdown).update(text))
        scroll = app.query_one(VerticalScroll)
        scroll.scroll_home(animate=False)
        return Read(*shown, None, *await _scrolled(app, scroll, KEYS))


def _cursor(app: App[Any]) -> object:
    return getattr(app.focused, "cursor_coordinate", None)


async def _shown(
    app: App[str], blocks: Sequence[Block], show: Callable[[], Awaitable[object]]
) -> tuple[float, float, float]:
    terminal, title = terminal_of(app), next(b.text for b in blocks if isinstance(b, Heading))
    over = asyncio.Event()
    gaps = asyncio.create_task(_gaps(over))
    began = time.perf_counter()
    await show()
    await asyncio.sleep(0.3)
    over.set()
    first = terminal.first(began, lambda frame: title[:30] in frame.text)
    last = terminal.frames[-1].at
    return ((first or last) - began) * 1e3, (last - began) * 1e3, await gaps


async def _gaps(over: asyncio.Event) -> float:
    longest, before = 0.0, time.perf_counter()
    while not over.is_set():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
    return longest * 1e3


async def _scrolled(app: App[str], pane: VerticalScroll, keys: int) -> tuple[Spread, int]:
    waits = await _pressed(app, "wheel_down", lambda: pane.scroll_y, keys)
    return spread(waits), sum(wait > LATE for wait in waits)


async def _pressed(app: App[str], key: str, state: Callable[[], object], keys: int) -> list[float]:
    terminal = terminal_of(app)
    terminal.state = state
    typist = Typist(terminal, repeat((key, ""), keys))
    typist.start()
    await asyncio.to_thread(typist.join)
    await asyncio.sleep(0.3)
    return changes(terminal, typist.presses, time.perf_counter())
