"""A picture in cells: as the terminal's own where it is known to show some, else two dots a cell."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui import kitty, sixel

if TYPE_CHECKING:
    from PIL.Image import Image

COLUMNS, ROWS = 30, 12
"""Cells that a picture takes at most."""
SHARE = 4
"""A picture takes at most one in so many columns and rows of the screen."""
NOTHING = Size(0, 0)


class Picture(Widget):
    """Shows a picture as large as there is room for, in its own shape."""

    DEFAULT_CSS = "Picture { width: auto; height: auto; }"

    def __init__(self, image: "Image") -> None:
        super().__init__()
        self._image = image
        self._number = 0
        """Of the picture that a terminal of kitty's protocol was given; 0 at any other."""
        self._draws_sixels = False
        self._text: tuple[Size, Sequence[Strip]] = (NOTHING, ())
        """The picture in characters, for a size in cells."""
        self._sixels: tuple[tuple[Size, Size], Sequence[Strip]] = ((NOTHING, NOTHING), ())
        """The same in sixels, for a size in cells and that of a cell."""

    def on_mount(self) -> None:
        """Give the terminal the picture, and again when it comes back from another program."""
        app = self.app
        if app.is_web or app.is_headless or app.no_color:
            return
        self._draws_sixels = sixel.speaks_sixel(os.environ)
        if app.console.color_system == "truecolor" and kitty.speaks_kitty(os.environ):
            self._number = kitty.next_number()
            self._send()
            app.app_resume_signal.subscribe(self, lambda _: self._send())

    def on_unmount(self) -> None:
        """Let the terminal forget it."""
        if self._number:
            self._tell(kitty.forgotten(self._number))

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002
        """Columns that it takes on a screen of this size."""
        return self._cells(viewport).width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Rows that it takes on a screen of this size."""
        return self._cells(viewport).height

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines of it, in sixels where whole lines are seen and no other screen lies above."""
        cells = self._cells(self.screen.size)
        cell = sixel.cell_pixels() if self._draws_sixels else NOTHING
        if not cell.area or not self.screen.is_active or crop.x or crop.width < cells.width:
            return super().render_lines(crop)
        if self._sixels[0] != (cells, cell):
            self._sixels = (cells, cell), sixel.drawn(self._image, cells, cell)
        return list(self._sixels[1][crop.y : crop.bottom])

    def render_line(self, y: int) -> Strip:
        """One line of it in characters."""
        cells = self._cells(self.screen.size)
        if self._text[0] != cells:
            self._text = cells, self._in_characters(cells)
        lines = self._text[1]
        return lines[y] if y < len(lines) else Strip.blank(self.size.width)

    def _cells(self, screen: Size) -> Size:
        room = Size(min(COLUMNS, screen.width // SHARE), min(ROWS, screen.height // SHARE))
        return fitted(Size(*self._image.size), room)

    def _in_characters(self, cells: Size) -> tuple[Strip, ...]:
        if not self._number:
            return dots(self._image, cells)
        self._tell(kitty.placed(self._number, *cells))
        return kitty.placeholders(self._number, *cells)

    def _send(self) -> None:
        self._tell(kitty.sent(self._image, self._number))
        self._text = (NOTHING, ())
        self.refresh()

    def _tell(self, command: str) -> None:
        if driver := self.app._driver:  # there is no public way to write what is no text
            driver.write(command)


def fitted(image: Size, room: Size) -> Size:
    """Cells for a picture of so many pixels, in its shape; a cell is twice as high as wide."""
    scale = min(room.width / image.width, 2 * room.height / image.height)
    return Size(max(1, round(image.width * scale)), max(1, round(image.height * scale / 2)))


def dots(image: "Image", cells: Size) -> tuple[Strip, ...]:
    """A picture of two dots a cell: the upper is the colour of a half block, the lower what is behind it."""
    pixels = image.resize((cells.width, 2 * cells.height)).tobytes()
    line = 3 * cells.width
    return tuple(
        Strip(
            [
                Segment("▀", Style(color=_colour(pixels, at), bgcolor=_colour(pixels, at + line)))
                for at in range(start, start + line, 3)
            ],
            cells.width,
        )
        for start in range(0, len(pixels), 2 * line)
    )


def _colour(pixels: bytes, at: int) -> Color:
    red, green, blue = pixels[at : at + 3]
    return Color.from_rgb(red, green, blue)
