"""Lends the terminal to the person's own editor or pager, and takes it back."""

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from textual.app import App, SuspendNotSupported

PAGER = "less"
"""What reads where `PAGER` names nothing."""


class OpeningError(Exception):
    """A program that could not be run; the message is for the person."""


def edit(app: App[Any], text: str, suffix: str) -> str:
    """The text as the person left it in their editor; raises OpeningError.

    The suffix (".md") tells the editor what kind of text it is.
    """
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not command:
        raise OpeningError("Set the variable VISUAL or EDITOR to the editor that you like.")
    with _written(text, suffix) as path:
        _run(app, command, path)
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise OpeningError("What the editor left is no text; yours is as it was.") from error


def page(app: App[Any], text: str, suffix: str = ".md") -> None:
    """Let the person read a text in their pager; raises OpeningError."""
    with _written(text, suffix) as path:
        _run(app, os.environ.get("PAGER") or PAGER, path)


@contextmanager
def _written(text: str, suffix: str) -> Iterator[Path]:
    try:
        with TemporaryDirectory(prefix="productresearch-") as folder:
            path = Path(folder, f"text{suffix}")
            path.write_text(text, encoding="utf-8", errors="replace")
            yield path
    except OSError as error:
        raise OpeningError(f"A temporary file cannot be written ({error.strerror}).") from error


def _run(app: App[Any], command: str, path: Path) -> None:
    try:
        executable, *arguments = shlex.split(command)
    except ValueError as error:  # an open quote, or nothing but blanks
        raise OpeningError(f"{command!r} is no command; mend the variable that names it.") from error
    try:
        with app.suspend(), _interrupts_are_its_own():
            code, fault = _ended([executable, *arguments, str(path)])
    except SuspendNotSupported as error:
        raise OpeningError("This terminal cannot be lent to an editor or a pager.") from error
    if fault:
        raise OpeningError(f"{executable} cannot be run: {fault}.")
    if code:
        raise OpeningError(f"{executable} ended with exit code {code}; your text is as it was.")


def _ended(command: list[str]) -> tuple[int, str]:
    """The exit code, and why there is none; nothing is raised, or the app would not get its terminal back."""
    try:
        return subprocess.run(command, check=False).returncode, ""
    except OSError as error:
        return 0, error.strerror or type(error).__name__


@contextmanager
def _interrupts_are_its_own() -> Iterator[None]:
    # Ctrl-C reaches both; a handler of ours is not inherited, where ignoring it would be.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
