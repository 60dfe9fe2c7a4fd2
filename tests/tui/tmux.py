"""The app in a real terminal emulator, tmux: what a person types, and the screen as it stands then."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Tmux:
    """One window in a tmux server of its own, which a run of the app has to itself."""

    def __init__(self, folder: Path, settings: Mapping[str, str], size: tuple[int, int]) -> None:
        """`settings` are environment variables of the app; an empty one is taken out."""
        self._server = ["tmux", "-u", "-S", str(folder / "tmux"), "-f", os.devnull]
        removed = [part for name, value in settings.items() if not value for part in ("-u", name)]
        set_to = [f"{name}={value}" for name, value in settings.items() if value]
        command = [sys.executable, "-c", "from tui.cli import main; main()"]
        wide, high = map(str, size)
        begin = ["new-session", "-d", "-x", wide, "-y", high, "-c", str(ROOT)]
        keep = ["set-option", "-g", "remain-on-exit", "on", ";", "set-option", "-g", "status", "off", ";"]
        self._tell(*keep, *begin, shlex.join(["env", *removed, *set_to, *command]))

    @property
    def screen(self) -> str:
        """What stands on the screen, and what tmux's note of an end may have pushed off its top."""
        return self._tell("capture-pane", "-p", "-S", "-2")

    @property
    def styled(self) -> str:
        """The same with the codes that style it."""
        return self._tell("capture-pane", "-p", "-e")

    @property
    def has_ended(self) -> bool:
        """Whether the app has left the terminal."""
        return self._tell("display-message", "-p", "#{pane_dead}").strip() == "1"

    def type(self, text: str) -> None:
        """Letters."""
        self._tell("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        """Keys by tmux's names, such as Enter, F6 and C-q."""
        self._tell("send-keys", *keys)

    def resize(self, wide: int, high: int) -> None:
        """Change the size of the terminal."""
        self._tell("resize-window", "-x", str(wide), "-y", str(high))

    def wait_for(self, text: str, seconds: float = 30) -> str:
        """The screen, once a text stands on it; line breaks count as blanks."""
        until = time.monotonic() + seconds
        while text not in " ".join((shown := self.screen).split()):
            if time.monotonic() > until:
                raise AssertionError(f"{text!r} was not shown in:\n{shown}")
            time.sleep(0.1)
        return shown

    def close(self) -> None:
        """End tmux and whatever runs in it."""
        subprocess.run([*self._server, "kill-server"], check=False, capture_output=True)

    def _tell(self, *words: str) -> str:
        done = subprocess.run([*self._server, *words], check=True, capture_output=True, text=True)
        return done.stdout


@contextmanager
def terminal(home: Path, settings: Mapping[str, str], size: tuple[int, int] = (120, 40)) -> Iterator[Tmux]:
    """The app over a home, by the rules unless told otherwise."""
    ours = {"PRODUCTRESEARCH_HOME": str(home), "PRODUCTRESEARCH_ENGINE": "rules", "COLUMNS": "", "LINES": ""}
    tmux = Tmux(home, {**ours, **settings}, size)
    try:
        yield tmux
    finally:
        tmux.close()
