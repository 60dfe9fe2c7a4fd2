"""What a terminal that speaks kitty's protocol is told of a product's picture, and that no other is."""

import io
import re
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image
from rich.cells import cell_len

from tests.agent.shop import kettle, open_shop
from tests.tui.terminal import Screen
from tests.tui.test_product_images import BLUE, RED, saved
from tui import kitty

SHOWN = """
import asyncio, sys
from pathlib import Path
import tui.app
from tui.app import ResearchApp
from tui.bench import Bench
from tui.leaving import run_until_told
from tui.messages import ProductAsked
from tui.settings import Settings

__file__ = sys.argv[1]  # Textual asks for the file of a class

class Showing(ResearchApp):
    CSS_PATH = Path(tui.app.__file__).with_name("app.tcss")

    def on_opened(self, opened):
        super().on_opened(opened)
        self.post_message(ProductAsked("kettles:9"))

home = Path(sys.argv[1])
asyncio.run(run_until_told(Showing(lambda cancel: Bench(Settings(engine="rules"), home, cancel))))
"""
KITTY = {"TERM": "xterm-kitty", "COLORTERM": "truecolor", "COLUMNS": "120", "LINES": "40"}
KITTY |= {"TMUX": "", "STY": "", "TERM_PROGRAM": ""}
COMMAND = re.compile(r"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\")


def raw(home: Path, environment: Mapping[str, str], *, show: str) -> str:
    """All that the app writes to a terminal until a product's screen was seen and left."""
    product = kettle(9, "Brissa Calm 19", 44.0, 1.9, 57, "White")
    picture = str(saved(home / "a.png", (200, 200)))
    open_shop(home, [product.model_copy(update={"images": (picture,)})]).close()
    screen = Screen(home, (str(home),), environment, program=SHOWN)
    screen.wait_for("Brissa Calm 19")
    screen.wait_for(show)
    screen.read_on(0.5)
    screen.type("\x11")
    assert screen.end() == 0
    return screen.raw.decode("utf-8")


def test_the_picture_is_sent_once_placed_shown_by_characters_and_forgotten(tmp_path: Path) -> None:
    written = raw(tmp_path, KITTY, show=kitty.PLACEHOLDER)
    commands = [(dict(p.split("=") for p in c[1].split(",")), c[2] or "") for c in COMMAND.finditer(written)]
    assert all(keys["q"] == "2" for keys, _ in commands)  # an answer would be taken for keys

    sent = [(keys, data) for keys, data in commands if keys.get("a", "t") == "t"]
    assert all(len(data) <= 4096 for _, data in sent)
    assert [keys["m"] for keys, _ in sent] == ["1"] * (len(sent) - 1) + ["0"]
    image = Image.open(io.BytesIO(b64decode("".join(data for _, data in sent))))
    assert (image.format, image.size) == ("PNG", (200, 200))
    assert (image.getpixel((9, 9)), image.getpixel((9, 190))) == (RED, BLUE)

    number = sent[0][0]["i"]
    (placed,) = [keys for keys, _ in commands if keys.get("a") == "p"]
    assert (placed["i"], placed["U"], placed["c"], placed["r"]) == (number, "1", "20", "10")
    colour = f"38;2;{int(number) >> 16};{int(number) >> 8 & 255};{int(number) & 255}"
    assert f"{colour}m{kitty.PLACEHOLDER}" in re.sub(r"\x1b\[(?:\d+;)*?(38;2;[\d;]+?)m", r"\1m", written)
    assert commands[-1][0]["a"] == "d"
    assert commands[-1][0]["i"] == number


@pytest.mark.parametrize(
    "other", [{"TERM": "xterm-256color"}, {"TMUX": "/tmp/tmux,1,0"}, {"STY": "1.pts"}, {"NO_COLOR": "1"}]
)
def test_any_other_terminal_gets_half_blocks(tmp_path: Path, other: Mapping[str, str]) -> None:
    written = raw(tmp_path, {**KITTY, **other}, show="▀▀▀▀")
    assert "\x1b_G" not in written
    assert kitty.PLACEHOLDER not in written


def test_every_cell_names_its_row_and_column_in_the_width_of_one() -> None:
    rows = kitty.placeholders(0x010203, kitty.LARGEST, kitty.LARGEST)
    assert len({cell for row in rows for cell in re.findall(".{3}", row.text)}) == kitty.LARGEST**2
    assert {row.cell_length for row in rows} == {cell_len(row.text) for row in rows} == {kitty.LARGEST}
    assert rows[1].crop(2, 4).text == "".join(
        kitty.PLACEHOLDER + row + column for row, column in (("\u030d", "\u030e"), ("\u030d", "\u0310"))
    )
    style = rows[0]._segments[0].style
    assert style is not None
    assert style.color is not None
    assert tuple(style.color.get_truecolor()) == (1, 2, 3)


def test_numbers_fit_a_colour_and_differ() -> None:
    numbers = [kitty.next_number() for _ in range(500)]
    assert len(set(numbers)) == 500
    assert all(0 < number < 1 << 24 for number in numbers)
