"""What terminals that show pictures of their own are told of a product's, and that no others are."""

import io
import re
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image
from rich.cells import cell_len
from textual.geometry import Size

from tests.agent.shop import kettle, open_shop
from tests.slow import slow
from tests.tui.terminal import Screen
from tests.tui.test_product_images import BLUE, RED, saved
from tui import kitty, sixel
from tui.widgets.picture import COLUMNS, ROWS

SHOWN = """
import fcntl, struct, sys, termios
from pathlib import Path
import tui.app
from tui.app import ResearchApp
from tui.bench import Bench
from tui.leaving import run
from tui.messages import ProductAsked
from tui.settings import Settings

__file__ = sys.argv[1]  # Textual asks for the file of a class

class Showing(ResearchApp):
    CSS_PATH = Path(tui.app.__file__).with_name("app.tcss")

    def on_opened(self, opened):
        super().on_opened(opened)
        self.post_message(ProductAsked("kettles:9"))

home = Path(sys.argv[1])
fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, *map(int, sys.argv[2:])))
run(Showing(lambda cancel: Bench(Settings(engine="rules"), home, cancel)), print)
"""
PLAIN = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": "120", "LINES": "40"}
PLAIN |= {"TMUX": "", "STY": "", "TERM_PROGRAM": ""}
KITTY = {**PLAIN, "TERM": "xterm-kitty"}
SIXEL = {**PLAIN, "TERM_PROGRAM": "WezTerm"}
IN_PIXELS = (1200, 800)
"""Of a terminal whose cells are 10 by 20."""
COMMAND = re.compile(r"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\")


def raw(home: Path, environment: Mapping[str, str], *, show: str, pixels: tuple[int, int] = IN_PIXELS) -> str:
    """All that the app writes to a terminal until a product's screen was seen and left."""
    product = kettle(9, "Brissa Calm 19", 44.0, 1.9, 57, "White")
    picture = str(saved(home / "a.png", (200, 200)))
    open_shop(home, [product.model_copy(update={"images": (picture,)})]).close()
    screen = Screen(home, (str(home), *map(str, pixels)), environment, program=SHOWN)
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


@pytest.mark.longer
def test_sixels_are_drawn_line_by_line_over_blanks(tmp_path: Path) -> None:
    written = raw(tmp_path, SIXEL, show="\x1b7")
    lines = re.findall(r"( {20})\x1b7\x1b\[20D(\x1bP[^\x1b]*\x1b\\)\x1b8", written)[-10:]
    assert len(lines) == 10
    first, last = (decoded(sixels) for _, sixels in (lines[0], lines[-1]))
    assert (len(first[0]), len(first)) == (200, 20)
    assert near(first[3][3], RED)
    assert near(last[19][199], BLUE)
    assert "\x1b_G" not in written


@pytest.mark.longer
@pytest.mark.parametrize(
    "environment",
    [
        PLAIN,
        {**KITTY, "TMUX": "/tmp/tmux,1,0"},
        *slow({**KITTY, "STY": "1.pts"}, {**KITTY, "NO_COLOR": "1"}, {**SIXEL, "TMUX": "/tmp/tmux,1,0"}),
    ],
)
def test_any_other_terminal_gets_half_blocks(tmp_path: Path, environment: Mapping[str, str]) -> None:
    assert_half_blocks(raw(tmp_path, environment, show="▀▀▀▀"))


@pytest.mark.longer
def test_no_sixels_are_drawn_where_the_size_of_a_cell_is_not_known(tmp_path: Path) -> None:
    assert_half_blocks(raw(tmp_path, SIXEL, show="▀▀▀▀", pixels=(0, 0)))


def assert_half_blocks(written: str) -> None:
    assert "\x1b_G" not in written
    assert "\x1bP" not in written
    assert kitty.PLACEHOLDER not in written


def near(seen: tuple[int, ...], colour: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 8 for a, b in zip(seen, colour, strict=True))


def decoded(sixels: str) -> list[list[tuple[int, ...]]]:
    """The rows of pixels of a sixel image, read as terminals read it; KeyError where one was not drawn."""
    told = re.fullmatch(r'\x1bP0;1;0q"1;1;(\d+);(\d+)(.*)\x1b\\', sixels)
    assert told is not None
    width, height = int(told[1]), int(told[2])
    palette: dict[int, tuple[int, ...]] = {}
    pixels: dict[tuple[int, int], tuple[int, ...]] = {}
    x = y = colour = 0
    for token in re.finditer(r"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)(.)|([$-])|([?-~])", told[3]):
        if token[1]:
            colour = int(token[1])
            if token[2]:
                palette[colour] = tuple(round(int(token[n]) * 2.55) for n in (2, 3, 4))
        elif token[7]:
            x, y = 0, y + 6 * (token[7] == "-")
        else:
            bits, many = ord(token[6] or token[8]) - 63, int(token[5] or 1)
            rows = [y + row for row in range(6) if bits >> row & 1]
            pixels |= {(column, row): palette[colour] for column in range(x, x + many) for row in rows}
            x += many
    assert set(pixels) == {(x, y) for x in range(width) for y in range(height)}
    return [[pixels[x, y] for x in range(width)] for y in range(height)]


def test_what_is_drawn_in_sixels_is_the_picture() -> None:
    image = Image.effect_noise((48, 48), 90).convert("RGB")
    for cells, cell in ((Size(4, 2), Size(7, 13)), (Size(1, 1), Size(1, 1)), (Size(3, 2), Size(16, 24))):
        whole = image.resize((cells.width * cell.width, cells.height * cell.height))
        strips = sixel.drawn(image, cells, cell)
        assert [strip.cell_length for strip in strips] == [cells.width] * cells.height
        rows = [row for strip in strips for row in decoded(re.findall(r"\x1bP.*\x1b\\", strip.text)[0])]
        shades = [
            (seen[0], whole.getpixel((x, y))) for y, row in enumerate(rows) for x, seen in enumerate(row)
        ]
        assert all(isinstance(told, tuple) and abs(seen - told[0]) < 16 for seen, told in shades)


def test_every_cell_of_the_largest_picture_names_its_row_and_column_in_the_width_of_one() -> None:
    rows = kitty.placeholders(0x010203, COLUMNS, ROWS)
    assert len({cell for row in rows for cell in re.findall(".{3}", row.text)}) == COLUMNS * ROWS
    assert {row.cell_length for row in rows} == {cell_len(row.text) for row in rows} == {COLUMNS}
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
