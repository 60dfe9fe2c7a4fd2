"""Pictures in terminals that draw sixels, six rows of dots in a character.

A picture is made of one sixel image for each line of the screen, so that a line can be written anew without
the others, as screens do that scroll (https://vt100.net/docs/vt3xx-gp/chapter14.html). The terminal is asked
for no answer: Textual would take it for keys.
"""

import re
import struct
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.segment import ControlType, Segment
from textual.geometry import Size
from textual.strip import Strip

if TYPE_CHECKING:
    from PIL.Image import Image

COLOURS = 128
_BAND = 6
"""Rows of dots in a character."""
_TERMS = frozenset({"foot", "foot-extra", "mlterm", "mlterm-256color", "contour", "contour-latest"})
_NAMES = frozenset({"WezTerm", "iTerm.app"})
"""Terminals that draw sixels as they come, by `TERM` and `TERM_PROGRAM`; others must be told to do so."""
_ALIKE = re.compile(r"(.)\1{3,}")


def speaks_sixel(environment: Mapping[str, str]) -> bool:
    """Whether the terminal draws sixels; through tmux and GNU screen few do."""
    if environment.get("TMUX") or environment.get("STY"):
        return False
    return environment.get("TERM", "") in _TERMS or environment.get("TERM_PROGRAM", "") in _NAMES


def cell_pixels() -> Size:
    """How large a character is on the terminal's screen; nothing where the terminal does not say."""
    if sys.platform == "win32" or sys.__stderr__ is None:
        return Size(0, 0)
    from fcntl import ioctl
    from termios import TIOCGWINSZ

    try:
        told = ioctl(sys.__stderr__.fileno(), TIOCGWINSZ, bytes(8))
    except OSError:
        return Size(0, 0)
    rows, columns, width, height = struct.unpack("HHHH", told)
    return Size(width // columns, height // rows) if rows and columns else Size(0, 0)


def drawn(image: "Image", cells: Size, cell: Size) -> tuple[Strip, ...]:
    """The lines of a picture, each drawn over blanks; `cell` is the size of one in pixels."""
    width = cells.width * cell.width
    whole = image.resize((width, cells.height * cell.height)).quantize(COLOURS)
    colours, dots = whole.getpalette() or [], whole.tobytes()
    line = width * cell.height
    lines = (_sixels(dots[at : at + line], width, colours) for at in range(0, len(dots), line))
    return tuple(_over_blanks(sixels, cells.width) for sixels in lines)


def _over_blanks(sixels: str, width: int) -> Strip:
    # A control has no width of its own, so the line keeps the one of its blanks.
    back = Segment(f"\x1b7\x1b[{width}D{sixels}\x1b8", control=[(ControlType.CURSOR_FORWARD, 0)])
    return Strip([Segment(" " * width), back], width)


def _sixels(dots: bytes, width: int, colours: Sequence[int]) -> str:
    """One image out of its dots, a byte each, that number a colour of three bytes."""
    height, used = len(dots) // width, sorted(set(dots))
    palette = "".join(
        "#{};2;{};{};{}".format(n, *(round(part / 2.55) for part in colours[3 * n : 3 * n + 3])) for n in used
    )
    bands = (_band(dots[at : at + _BAND * width], width) for at in range(0, len(dots), _BAND * width))
    return f'\x1bP0;1;0q"1;1;{width};{height}{palette}{"-".join(bands)}\x1b\\'


def _band(dots: bytes, width: int) -> str:
    """Six rows: for each colour the dots that have it, drawn one over the other."""
    columns: dict[int, bytearray] = {}
    for at, colour in enumerate(dots):
        row, column = divmod(at, width)
        columns.setdefault(colour, bytearray(b"?" * width))[column] += 1 << row
    return "$".join(f"#{colour}{_shortened(bits.decode())}" for colour, bits in columns.items())


def _shortened(bits: str) -> str:
    return _ALIKE.sub(lambda alike: f"!{len(alike[0])}{alike[1]}", bits.rstrip("?"))
