"""How the app looks and which keys it has, as the person wants it: themes and a keymap from their own files.

A theme is a TOML file of colours in the folder `themes` beside the settings, and is shown anew when it is
saved; `keys.toml` gives bindings other keys, by their ids. What a file says wrongly is one sentence, and the
rest holds.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from rich.terminal_theme import TerminalTheme
from textual.binding import Binding
from textual.dom import DOMNode
from textual.theme import Theme

HIGH_CONTRAST = Theme(
    name="high-contrast",
    primary="#ffff00",
    secondary="#00ffff",
    accent="#ffff00",
    warning="#ffaa00",
    error="#ff6666",
    success="#66ff66",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1a1a1a",
    dark=True,
    text_alpha=1.0,
)
LIGHT_COLOURS = TerminalTheme(
    background=(224, 224, 224),
    foreground=(0, 0, 0),
    normal=[
        (0, 0, 0),
        (158, 28, 20),  # red
        (40, 98, 20),  # green
        (122, 84, 0),  # yellow
        (28, 72, 160),  # blue
        (120, 40, 120),  # magenta
        (8, 92, 104),  # cyan
        (70, 70, 70),
    ],
)
"""The eight colours of words ("must", "wish", a mark) in light themes, dark enough to be read there."""
_COLOURS = {field.name for field in fields(Theme)} - {"name"}


class LooksError(Exception):
    """A theme or keymap that says something wrongly; the message is for the person."""


def theme_of(path: Path) -> Theme:
    """The theme that a file describes, named like the file; raises LooksError."""
    said = _parsed(path)
    if unknown := sorted(set(said) - _COLOURS):
        raise LooksError(f"{path.name} says {unknown[0]!r}, which no theme has.")
    try:
        theme = Theme(**{"name": path.stem, **said})
        theme.to_color_system().generate()
    except Exception as error:  # whatever Textual makes of a wrong colour
        raise LooksError(f"{path.name} is no theme: {error}.") from error
    return theme


class Themes:
    """The person's theme files, looked at again and again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[Path, int] = {}

    def changed(self) -> Iterator[Path]:
        """Files that are new or were saved since the last look."""
        for path in sorted(self._folder.glob("*.toml")):
            try:
                saved = path.stat().st_mtime_ns
            except OSError:
                continue  # it has gone meanwhile
            if self._seen.get(path) != saved:
                self._seen[path] = saved
                yield path


def keymap_of(path: Path, known: Iterable[str]) -> Mapping[str, str]:
    """Keys by the ids of bindings; nothing where there is no file. Raises LooksError."""
    if not path.exists():
        return {}
    said, ids = _parsed(path), set(known)
    for name, keys in said.items():
        if name not in ids:
            raise LooksError(
                f"{path.name} gives a key to {name!r}, which is nothing here; the ids are in docs/app.md."
            )
        if not isinstance(keys, str) or not keys.strip():
            raise LooksError(f"{path.name} must give {name!r} a key such as “f7”.")
    return said


def binding_ids(*nodes: type[DOMNode]) -> Iterator[str]:
    """The ids of everything that a key does in these classes."""
    for node in nodes:
        yield from (b.id for b in node.BINDINGS if isinstance(b, Binding) and b.id)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LooksError(f"{path.name} cannot be read: {error}.") from error
