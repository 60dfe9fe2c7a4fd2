"""What the open app keeps in memory when nothing was asked, beside an app of Textual's with one label."""

import select
import subprocess
import sys
import time
from os import read
from pathlib import Path
from typing import NamedTuple

import psutil

from benchmarks.app.first_paint import APP, BARE, WELCOME, Opened, environment, opened

STOCKED = b"saved pages"
"""What the app says once the catalogue is open."""
SETTLED = 3.0
"""Seconds after that."""
HEAVIEST = 8
WEIGH = """
import collections, pathlib, sys, threading, tracemalloc
tracemalloc.start()
from tui.app import ResearchApp
from tui.bench import Bench
from tui.settings import home, load
bench = Bench(load(), home(), threading.Event())
bench.stock()
weights = collections.Counter()
for each in tracemalloc.take_snapshot().statistics("filename"):
    parts = pathlib.Path(each.traceback[0].filename).parts
    start = parts.index("site-packages") + 1 if "site-packages" in parts else -2
    weights[parts[start]] += each.size
for name, size in weights.most_common():
    print(f"{name}: {size / 1e6:.1f} MB")
"""


class Idle(NamedTuple):
    """Megabytes of resident set."""

    ours: float
    bare: float


def idle(home: Path) -> Idle:
    """Both, at a pseudo-terminal."""
    with opened(APP, home, STOCKED) as ours, opened(BARE, home, WELCOME) as bare:
        return Idle(_megabytes(ours), _megabytes(bare))


def _megabytes(app: Opened) -> float:
    settled = time.monotonic() + SETTLED
    while (left := settled - time.monotonic()) > 0:
        if select.select([app.terminal], [], [], left)[0]:
            read(app.terminal, 65536)
    return float(psutil.Process(app.pid).memory_info().rss / 1e6)


def heaviest(home: Path) -> list[str]:
    """The packages whose Python objects weigh most in the open app, a line each."""
    ran = subprocess.run(
        [sys.executable, "-c", WEIGH], env=environment(home), check=True, capture_output=True, text=True
    )
    return ran.stdout.splitlines()[:HEAVIEST]
