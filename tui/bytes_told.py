"""How far bytes are that are fetched or read: so many of so many, how fast, and how long still."""

import time
from collections import deque
from collections.abc import Callable

from tui.listener import clock_text

SPAN = 15.0
"""Seconds over which the rate is measured, so that a line that becomes slower is noticed."""
APART, LEAST = 0.25, 0.5
"""Seconds between two measurements, and the least after which a rate is told."""


class BytesTold:
    """Tells the rate of what comes now: what was here before it began is no part of it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._doing = ""
        self._heard: deque[tuple[float, int]] = deque()
        """Times, and how many bytes there were."""

    def line(self, doing: str, done: int, total: int) -> str:
        """What `doing` has done of a total, in a line ("0.42 of 2.50 GB, 17 %, 12.3 MB/s, 2:49 left")."""
        rate = self._rate(doing, done)
        line = f"{done / 1e9:.2f} of {total / 1e9:.2f} GB, {100 * done / total:.0f} %"
        if rate:
            line += f", {rate / 1e6:.1f} MB/s"
        if rate and done < total:
            line += f", {clock_text((total - done) / rate)} left"
        return line

    def _rate(self, doing: str, done: int) -> float:
        """Bytes a second; 0 while too little was measured."""
        now = self._clock()
        if doing != self._doing or (self._heard and done < self._heard[-1][1]):
            self._doing = doing
            self._heard.clear()
        if not self._heard or now - self._heard[-1][0] >= APART:
            self._heard.append((now, done))
        while len(self._heard) > 1 and self._heard[1][0] <= now - SPAN:
            self._heard.popleft()
        began, before = self._heard[0]
        return (done - before) / (now - began) if now - began >= LEAST else 0.0
