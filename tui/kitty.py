"""Pictures in terminals that speak kitty's graphics protocol, placed by characters.

The picture is sent once. Placeholder characters then stand where it is to be seen, each naming its row and
column of it in combining marks and the picture in its colour, so that it scrolls and is covered as text is
(https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders). The terminal is asked for no
answer: Textual would take it for keys.
"""

import io
import os
from base64 import b64encode
from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from PIL.Image import Image

PLACEHOLDER = "\U0010eeee"
_MARKS = (
    "\u0305\u030d\u030e\u0310\u0312\u033d\u033e\u033f\u0346\u034a\u034b\u034c\u0350\u0351\u0352"
    "\u0357\u035b\u0363\u0364\u0365\u0366\u0367\u0368\u0369\u036a\u036b\u036c\u036d\u036e\u036f"
)
"""The first of kitty's `rowcolumn-diacritics.txt`, by the row or column that each stands for."""
_CHUNK = 4096
"""Characters that a command may carry."""
_TERMS = frozenset({"xterm-kitty", "xterm-ghostty"})
"""What the terminals that know placeholders call themselves, over SSH too; WezTerm and Konsole know none."""
_numbers = count(1 + os.getpid() % 0xFF * 0x10000)


def speaks_kitty(environment: Mapping[str, str]) -> bool:
    """Whether the terminal can be told such pictures; tmux and GNU screen stand between and pass none on."""
    between = environment.get("TMUX") or environment.get("STY")
    return environment.get("TERM", "") in _TERMS and not between


def next_number() -> int:
    """A number for a picture, of three bytes as a colour has; of this process alone, as far as can be."""
    return next(_numbers) & 0xFFFFFF


def sent(image: "Image", number: int) -> str:
    """The commands that give the terminal a picture."""
    file = io.BytesIO()
    image.save(file, "PNG")
    data = b64encode(file.getvalue()).decode("ascii")
    chunks = [data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)]
    first, *rest = (f"m={int(n < len(chunks))};{chunk}" for n, chunk in enumerate(chunks, start=1))
    return "".join(
        map(_command, [f"a=t,f=100,t=d,i={number},q=2,{first}", *(f"q=2,{chunk}" for chunk in rest)])
    )


def placed(number: int, columns: int, rows: int) -> str:
    """The command that fits a picture into so many cells, wherever its placeholders stand."""
    return _command(f"a=p,U=1,i={number},p=1,c={columns},r={rows},q=2")


def forgotten(number: int) -> str:
    """The command that frees a picture."""
    return _command(f"a=d,d=I,i={number},q=2")


def placeholders(number: int, columns: int, rows: int) -> tuple[Strip, ...]:
    """The lines of text in whose place the terminal shows a picture."""
    style = Style(color=Color.from_rgb(number >> 16, number >> 8 & 0xFF, number & 0xFF))
    return tuple(
        Strip(
            [Segment("".join(PLACEHOLDER + _MARKS[row] + mark for mark in _MARKS[:columns]), style)], columns
        )
        for row in range(rows)
    )


def _command(text: str) -> str:
    return f"\x1b_G{text}\x1b\\"
