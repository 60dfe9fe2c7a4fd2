"""What gathering comes to: a file that may be imported, or what was left out and why."""

from pathlib import Path
from typing import NamedTuple


class Found(NamedTuple):
    """A file that may be imported."""

    path: Path
    name: str
    """What it is called in origins and in what is told: its name, or its place in a folder or an archive."""
    inside: str = ""
    """The folder, the pattern or the archive that it was found in; empty where the person named the file."""
    passing: bool = False
    """Whether it was taken out of an archive and goes after the import."""


class LeftOut(NamedTuple):
    """Something that is not imported."""

    name: str
    reason: str
    """A sentence."""
