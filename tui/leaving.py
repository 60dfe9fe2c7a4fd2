"""Leaves in good order where the terminal is closed (SIGHUP) or the process is told to end (SIGTERM).

The terminal is given back and a run ends after its step. A step that takes longer is lost, and no more: what
was stored before it is whole.
"""

import asyncio
import os
import signal
import threading
from types import FrameType

from textual.app import App

SIGNALS = tuple(number for number in signal.Signals if number.name in ("SIGHUP", "SIGTERM"))
GRACE = 2.0
"""Seconds until the process ends whatever it is doing."""


async def run_until_told(app: App[str]) -> str | None:
    """What the app returns; raises SystemExit, as shells number it, where a signal ended it."""
    loop = asyncio.get_running_loop()
    told: list[int] = []

    def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        told.append(number)
        # Writing to a terminal that has gone can hold the loop for good, and so can a long step its end.
        last = threading.Timer(GRACE, os._exit, (128 + number,))
        last.daemon = True
        last.start()
        if not loop.is_closed():
            loop.call_soon_threadsafe(app.exit)

    for number in SIGNALS:
        signal.signal(number, leave)
    session = await app.run_async()
    if told:
        raise SystemExit(128 + told[0])
    return session
