"""For terminals that know no UTF-8: what they lack is drawn in ASCII, as wide as it was.

So a screen keeps its columns, and the signs of the verdicts stay three different signs.
"""

import codecs
import sys
import unicodedata
from functools import cache
from io import TextIOWrapper

_HANDLER = "productresearch.lookalikes"
_SIGNS = str.maketrans(
    "✓✗≠★☆•·●○⭘→←↑↓▸▾⏎…“”„‘’‚«»–—−×€£°▏▕│┃║",
    "+x!*.*|*oO><^v>v<.\"\"\"'''<>---xELo|||||",
)


def speak() -> None:
    """Let the streams of this process write look-alikes for what their encoding lacks."""
    codecs.register_error(_HANDLER, _written)
    for stream in (sys.stdout, sys.stderr):
        # A stream may be another's object, such as one that a test listens with.
        if isinstance(stream, TextIOWrapper) and codecs.lookup(stream.encoding).name != "utf-8":
            stream.reconfigure(errors=_HANDLER)


def _written(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(lookalike, error.object[error.start : error.end])), error.end


@cache
def lookalike(character: str) -> str:
    """ASCII in place of a character: one for each cell that it takes, and none where it takes none."""
    kind, sign = unicodedata.category(character), character.translate(_SIGNS)
    if sign.isascii():
        return sign
    if kind in ("Mn", "Me", "Cf", "Cc"):
        return ""
    if unicodedata.east_asian_width(character) in ("W", "F"):
        return "??"
    base = unicodedata.normalize("NFKD", character)[:1]
    # Only letters and blanks: half a fraction or a power without its height would be another number.
    if kind in ("Ll", "Lu", "Zs") and base.isascii():
        return base
    return _drawn(character)


def _drawn(character: str) -> str:
    """A piece of a frame, a plot or a bar, and a question mark for all else."""
    name = unicodedata.name(character, "")
    if name.startswith("BOX DRAWINGS"):
        return "-" if "HORIZONTAL" in name and "VERTICAL" not in name else "+"
    if name.startswith("BRAILLE PATTERN DOTS"):
        return "."
    if name == "FULL BLOCK" or name.endswith(" SHADE"):
        return "#"
    return " " if "\u2580" <= character <= "\u259f" or character == "\u2800" else "?"
