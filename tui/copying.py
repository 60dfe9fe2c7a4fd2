"""Copies text to the person's clipboard: by a program of their desktop, else through the terminal.

The terminal's way (OSC 52) reaches the desk where the person sits, also over SSH; but it is never answered,
so what was only asked of the terminal is told as that.
"""

import asyncio
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple

from textual.app import App

TIME_LIMIT = 2.0
"""Seconds for a program that may wait for a desktop that is not there."""
SCREEN_CHUNK = 76
"""Characters of a string that every GNU screen passes on."""
SURE = 74_994
"""Bytes that every terminal takes; xterm and those after it stop at 100,000 of base64."""


class Clipboard(NamedTuple):
    """A program that takes the clipboard's text on its standard input."""

    command: tuple[str, ...]
    needs: str = ""
    """A variable without which there is no desktop that it could speak to."""
    encoding: str = "utf-8"
    travels: bool = False
    """Whether it reaches the person's own desk where they work over SSH."""


CLIPBOARDS = (
    Clipboard(("wl-copy",), "WAYLAND_DISPLAY"),
    Clipboard(("xclip", "-selection", "clipboard"), "DISPLAY"),
    Clipboard(("xsel", "--clipboard", "--input"), "DISPLAY"),
    Clipboard(("pbcopy",)),
    Clipboard(("clip.exe",), encoding="utf-16-le"),
    # It tells the terminals that are attached, where by default it takes no such request from us.
    Clipboard(("tmux", "load-buffer", "-w", "-"), "TMUX", travels=True),
)


def copy(app: App[Any], text: str, what: str = "") -> None:
    """Copy text, and say what was copied and how; `what` names it, such as "the report"."""
    app.run_worker(_copy(app, text, what or _counted(text)), group="copying", exclusive=True)


async def _copy(app: App[Any], text: str, what: str) -> None:
    taker = "" if app.is_web else await asyncio.to_thread(copy_natively, text)
    if taker:
        app.notify(f"Copied {what} with {taker}.", markup=False)
        return
    driver = app._driver  # Textual's own method cannot wrap what it writes
    if driver is None:
        return
    driver.write(osc52(text, tmux=bool(os.environ.get("TMUX")), screen=bool(os.environ.get("STY"))))
    told = f"Copied {what} through the terminal, if it allows that."
    if len(text.encode("utf-8", "replace")) > SURE:
        told += f" It is long: some terminals take {SURE:,} characters at most."
    app.notify(told, markup=False)


def over_ssh(environment: Mapping[str, str]) -> bool:
    """Whether the person sits at another machine, so that this one's clipboard is no use to them."""
    return any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))


def copy_natively(text: str) -> str:
    """Give text to the first program that takes it to the person; its name, or nothing where none did."""
    remote = over_ssh(os.environ)
    for clipboard in CLIPBOARDS:
        if (remote and not clipboard.travels) or (clipboard.needs and not os.environ.get(clipboard.needs)):
            continue
        found = shutil.which(clipboard.command[0])
        if found and _given(text.encode(clipboard.encoding, "replace"), [found, *clipboard.command[1:]]):
            return clipboard.command[0]
    return ""


def _given(content: bytes, command: list[str]) -> bool:
    try:
        # Such programs live on to serve the selection, and a pipe that they hold would never end.
        done = subprocess.run(
            command,
            input=content,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIME_LIMIT,
            env={**os.environ, "LC_CTYPE": "UTF-8"} if command[0].endswith("pbcopy") else None,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def osc52(text: str, *, tmux: bool, screen: bool) -> str:
    """The sequence that asks a terminal to copy text, wrapped for what stands between it and us.

    tmux passes on what it is given with every escape doubled; GNU screen passes on short strings, which the
    terminal puts together again.
    """
    encoded = b64encode(text.encode("utf-8", "replace")).decode("ascii")
    sequence = f"\x1b]52;c;{encoded}\x07"
    if tmux:
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    if screen:
        pieces = [sequence[at : at + SCREEN_CHUNK] for at in range(0, len(sequence), SCREEN_CHUNK)]
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return sequence


def _counted(text: str) -> str:
    return f"{len(text):,} character{'' if len(text) == 1 else 's'}"
