"""Leaves in good order and soon: by a key, where the terminal is closed (SIGHUP), or told to end (SIGTERM).

The terminal is given back at once and a run ends after its step. A step that takes longer than the grace is
lost, and no more: what was stored before it is whole.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

from textual.app import App

SIGNALS = tuple(number for number in signal.Signals if number.name in ("SIGHUP", "SIGTERM"))
GRACE = 2.0
"""Seconds until the process ends whatever it is doing."""


def run(app: App[str], farewell: Callable[[str], object]) -> None:
    """Run an app to its end; raises SystemExit, as shells number it, where a signal ended it.

    `farewell` is told what the app returns, if anything, before its threads are waited for.
    """
    asyncio.run(_run_until_told(app, farewell)).cancel()


async def _run_until_told(app: App[str], farewell: Callable[[str], object]) -> threading.Timer:
    """What ends the process unless it is cancelled: a thread that has not ended holds the loop's end."""
    loop = asyncio.get_running_loop()
    told: list[int] = []

    def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        told.append(number)
        # Writing to a terminal that has gone can hold the loop for good, and so can a long step its end.
        _end_in_grace(128 + number)
        if not loop.is_closed():
            loop.call_soon_threadsafe(app.exit)

    for number in SIGNALS:
        signal.signal(number, leave)
    session = await app.run_async()
    if told:
        raise SystemExit(128 + told[0])
    if session:
        farewell(session)
    return _end_in_grace(0)


def _end_in_grace(code: int) -> threading.Timer:
    last = threading.Timer(GRACE, os._exit, (code,))
    last.daemon = True
    last.start()
    return last
