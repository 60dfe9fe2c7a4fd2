"""From the start of the process to the first frame at a pseudo-terminal, over importing Textual alone."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.startup import seconds

APP = ("-c", "from tui.cli import main; main()")
BARE = (
    "-c",
    "from textual.app import App; from textual.widgets import Label\n"
    "class Bare(App):\n    def compose(self): yield Label('What do you want to buy?')\n"
    "Bare().run()",
)
TEXTUAL = ("-c", "import textual")
WELCOME = b"What do you want to buy?"
HEAVY = ("torch", "chromadb", "llama_cpp", "agent", "index", "models", "pydantic", "PIL")
LOADED = (
    "import sys, json\nfrom tui.app import ResearchApp\n"
    "def opened(cancel):\n"
    "    loaded.update(name.partition('.')[0] for name in sys.modules)\n    raise SystemError\n"
    "loaded = set()\napp = ResearchApp(opened)\napp.run(headless=True, size=(120, 40))\n"
    "print(json.dumps(sorted(loaded)))"
)


class Opened(NamedTuple):
    """An app at a pseudo-terminal."""

    pid: int
    terminal: int
    """Its end on our side."""
    seconds: float
    """From its start to what was waited for."""


def environment(home: Path) -> dict[str, str]:
    """An installed application has its byte code."""
    rest = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    own = {"PRODUCTRESEARCH_HOME": str(home), "PRODUCTRESEARCH_ENGINE": "rules", "TERM": "xterm-256color"}
    return {**rest, **own}


@contextmanager
def opened(arguments: Sequence[str], home: Path, text: bytes) -> Iterator[Opened]:
    """A process at a terminal of 120 by 40 once it shows a text, ended afterwards; raises TimeoutError."""
    terminal, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment(home),
        start_new_session=True,
    ) as process:
        os.close(slave)
        try:
            yield Opened(process.pid, terminal, _until(terminal, text) - began)
        finally:
            process.kill()
            os.close(terminal)


def _until(terminal: int, text: bytes) -> float:
    shown = b""
    while text not in shown:
        if not select.select([terminal], [], [], 30)[0]:
            raise TimeoutError(shown[-2000:])
        shown += os.read(terminal, 65536)
    return time.perf_counter()


def seconds_to_paint(arguments: Sequence[str], home: Path) -> float:
    """How long the first frame takes."""
    with opened(arguments, home, WELCOME) as app:
        return app.seconds


class Paint(NamedTuple):
    """Medians in seconds, run in turn."""

    ours: float
    bare: float
    """An app of Textual's with one label."""
    textual: float
    """Importing Textual and no more."""


def first_paint(home: Path, repetitions: int) -> Paint:
    """The three side by side; the first of each warms the disk's cache."""
    times = [
        (seconds_to_paint(APP, home), seconds_to_paint(BARE, home), seconds(TEXTUAL, home))
        for _ in range(repetitions + 1)
    ][1:]
    return Paint(*(median(each) for each in zip(*times, strict=True)))


def loaded_too_early(home: Path) -> list[str]:
    """Heavy packages and lower floors that are imported when the first frame is painted."""
    ran = subprocess.run(
        [sys.executable, "-c", LOADED], env=environment(home), check=True, capture_output=True
    )
    return [name for name in HEAVY if f'"{name}"' in ran.stdout.decode().splitlines()[-1]]
