"""The installed command at a pseudo-terminal: what a person types and what the screen shows."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BEGIN = (
    "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "  # so that Ctrl-C typed there is a signal
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "  # background jobs ignore it
)
COMMAND = "from tui.cli import main; main()"
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Screen:
    """One run of the command line, by the rules, whose three streams are a terminal."""

    def __init__(
        self,
        home: Path,
        arguments: Sequence[str],
        settings: Mapping[str, str] | None = None,
        program: str = COMMAND,
    ) -> None:
        self._master, slave = pty.openpty()
        named = {"PRODUCTRESEARCH_HOME": str(home), "PRODUCTRESEARCH_ENGINE": "rules"}
        environment = {**os.environ, **named, "COLUMNS": "200", "TERM": "xterm"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BEGIN + program, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=ROOT,
            env={**environment, **(settings or {})},
            start_new_session=True,
        )
        os.close(slave)
        self.raw = b""
        """All that was written to the terminal."""
        self.shown = ""
        """The same without what moves the cursor and colours the text."""

    def wait_for(self, text: str, seconds: float = 60) -> None:
        """Read until a text stands on the screen."""
        until = time.monotonic() + seconds
        while text not in self.shown:
            if time.monotonic() > until or not self._read(until):
                raise AssertionError(f"{text!r} was not shown in:\n{self.shown}")

    def type(self, text: str) -> None:
        """Type as a person does; `\\x03` is Ctrl-C."""
        os.write(self._master, text.encode())

    def read_on(self, seconds: float = 1.0) -> None:
        """Read whatever comes in the next moments."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._read(until):
            pass

    def tell(self, number: int) -> None:
        """Send a signal to the process."""
        self._process.send_signal(number)

    def hang_up(self, seconds: float = 10) -> int:
        """Close the window of the terminal; the exit code."""
        os.close(self._master)
        return self._process.wait(timeout=seconds)

    def end(self, seconds: float = 60) -> int:
        """Read to the end; the exit code."""
        until = time.monotonic() + seconds
        while self._read(until):
            pass
        os.close(self._master)
        return self._process.wait(timeout=10)

    def _read(self, until: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0.0, until - time.monotonic()))
        try:
            read = os.read(self._master, 65536) if ready else b""
        except OSError:  # Linux says so when the last writer has closed the terminal
            return False
        self.raw += read
        self.shown += _COLOURS.sub("", read.decode("utf-8", "replace"))
        return bool(read)
