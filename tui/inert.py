"""The last word on what reaches the terminal: in no text on the screen is there a character that it obeys.

Records are made inert where they are imported and where they are shown. This holds for all else that may
stand somewhere: what a person pastes, what a model writes, and the names of files.
"""

import unicodedata
from functools import cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

JOINERS = "\u200c\u200d"
"""They shape letters and emoji, and turn no text round."""


class Inert(LineFilter):
    """Draws blanks, as wide, in place of control and format characters."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The segments as they may be written."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [
            segment if segment.control else Segment("".join(map(inert, segment.text)), segment.style)
            for segment in segments
        ]


@cache
def inert(character: str) -> str:
    """The character itself, unless a terminal would obey it."""
    obeyed = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in JOINERS
    return " " * cell_len(character) if obeyed else character
