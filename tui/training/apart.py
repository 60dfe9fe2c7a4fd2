"""A retraining in a process of its own, which stops neither with the screen nor with the app.

It is the command `productresearch retrain`, in a session of its own. How far it is stands in its journal;
here it is begun, foretold, and heard where it ends while the app is open.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from typing import IO, Final

from tui.told import INTERRUPTED
from tui.training.choices import Chosen

RUN: Final = "from tui.training.apart import work; work()"
RETRAINED = "The retraining has come to its end; Training says what came of it."
DISTILLED = "The data set is made; Training shows its yield and samples, and Start goes on from it."
_LAST = 20_000
"""Bytes of what was said in which the last sentence is looked for."""
_QUIET = {"HF_HUB_DISABLE_PROGRESS_BARS": "1"}


class Apart:
    """A retraining that was begun here; it goes on when this is forgotten."""

    def __init__(self, chosen: Chosen, ended: Callable[[str, bool], None]) -> None:
        """`ended` is called by a thread with the last sentence, and whether that is a fault."""
        self.over = False
        self._end = DISTILLED if chosen.distill_only else RETRAINED
        # A file without a name, and no pipe: it can be written to when nobody reads any more.
        said = TemporaryFile()  # noqa: SIM115 - the thread closes it
        child = _started(chosen.arguments, said, said)
        # No worker of Textual's: the app would wait for it at its end.
        threading.Thread(target=self._wait, args=(child, said, ended), daemon=True).start()

    def _wait(
        self, child: subprocess.Popen[bytes], said: IO[bytes], ended: Callable[[str, bool], None]
    ) -> None:
        with said:
            code = child.wait()
            last = _last_sentence(said)
        self.over = True
        if code == 0:
            ended(self._end, False)
        elif code == INTERRUPTED:
            ended(f"The retraining has stopped. {last}", False)
        elif code < 0:
            ended("The retraining was ended from outside; what was done is kept.", True)
        else:
            ended(last or f"The retraining failed (exit code {code}).", True)


class Foretelling:
    """What a retraining would do and take, line by line; nothing is changed by it."""

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._stopped = False
        self._child: subprocess.Popen[bytes] | None = None

    def lines(self) -> Iterator[str]:
        """Lines as they come, at last the fault, if there is one."""
        with TemporaryFile() as complaint:
            arguments = (*self._chosen.arguments, "--dry-run")
            with _started(arguments, subprocess.PIPE, complaint) as child:
                self._child = child
                if self._stopped:
                    self.stop()
                assert child.stdout is not None
                for line in child.stdout:
                    yield line.decode("utf-8", "replace").rstrip()
            if child.returncode and not self._stopped:
                yield _last_sentence(complaint) or f"That failed (exit code {child.returncode})."

    def stop(self) -> None:
        """Let it clear away what it has tried, and end."""
        self._stopped = True
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGINT)


def work() -> None:
    """The child's side: what was typed stands behind the command."""
    from tui.commands import app

    app(["retrain", *sys.argv[1:]])


def _started(
    arguments: tuple[str, ...], out: int | IO[bytes], complaint: IO[bytes]
) -> subprocess.Popen[bytes]:
    # In a session of its own, so that neither an interrupt nor the end of the terminal reaches it.
    return subprocess.Popen(
        [sys.executable, "-P", "-c", RUN, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=complaint,
        start_new_session=True,
        env={**os.environ, **_QUIET},
    )


def _last_sentence(said: IO[bytes]) -> str:
    said.seek(max(0, said.seek(0, os.SEEK_END) - _LAST))
    lines = [line.strip() for line in said.read().decode("utf-8", "replace").splitlines()]
    return next((line for line in reversed(lines) if line), "")
