"""A product's picture: out of a real file, in cells of the screen, and never a reason for it to fail."""

import struct
import time
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image
from textual.geometry import Size
from textual.pilot import Pilot
from textual.widgets import OptionList

from tests.agent.shop import kettle
from tests.tui.screen import text, until
from tests.tui.test_product import said, showing
from tui import pictures
from tui.pictures import PictureError, first_picture, read_picture
from tui.widgets.picture import Picture, dots, fitted

RED, BLUE, WHITE = (200, 30, 40), (20, 40, 220), (255, 255, 255)


def saved(path: Path, size: tuple[int, int] = (300, 200), **how: Any) -> Path:
    """A picture whose upper half is red and whose lower half is blue."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (0, size[1] // 2, *size))
    image.save(path, **how)
    return path.resolve()


def bomb(path: Path, width: int = 60_000, height: int = 60_000) -> Path:
    """A PNG of few bytes that says it is of very many pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = b"IDAT" + zlib.compress(bytes(1_000_000))
    chunks = (header, pixels, b"IEND")
    told = (struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(told))
    return path.resolve()


def truncated(path: Path) -> Path:
    """A PNG that was not fetched to its end."""
    whole = saved(path, (400, 400), compress_level=0).read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    return path.resolve()


def no_picture(path: Path) -> Path:
    path.write_text("#!/bin/sh\necho no picture\n", encoding="utf-8")
    return path.resolve()


def missing(path: Path) -> Path:
    return path.resolve()


def relinked(path: Path) -> Path:
    """A link that stands where the import saw a file."""
    path.symlink_to(saved(path.with_name("elsewhere.png")))
    return path.parent.resolve() / path.name


def folder(path: Path) -> Path:
    path.mkdir()
    return path.resolve()


HOSTILE: tuple[Callable[[Path], Path], ...] = (bomb, truncated, no_picture, missing, relinked, folder)


@asynccontextmanager
async def pictured(
    home: Path, *images: Path | str, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[Pilot[Any]]:
    """The screen of a product of these images, once what is read after them is there too."""
    product = kettle(9, "Brissa Calm 19", 44.0, 1.9, 57, "White").model_copy(
        update={"images": tuple(map(str, images))}
    )
    async with showing(home, "kettles:9", more=[product], size=size) as pilot:
        similar = pilot.app.screen.query_one("#similar", OptionList)
        await until(pilot, lambda: similar.option_count > 0)
        await pilot.pause()
        yield pilot


def colours(picture: Picture) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The upper and the lower colours of the cells."""
    strips = picture.render_lines(picture.size.region)
    styles = {segment.style for strip in strips for segment in strip if segment.text.strip()}
    return {
        (tuple(style.color.get_truecolor()), tuple(style.bgcolor.get_truecolor()))
        for style in styles
        if style and style.color and style.bgcolor
    }


async def test_a_picture_stands_beside_the_heading(tmp_path: Path) -> None:
    async with pictured(tmp_path, saved(tmp_path / "a.png")) as pilot:
        picture = pilot.app.screen.query_one(Picture)
        assert picture.size == Size(30, 10)
        assert {(RED, RED), (BLUE, BLUE)} <= colours(picture)
        heading = pilot.app.screen.query_one("#title")
        assert (heading.region.y, heading.region.x) == (picture.region.y, picture.region.right + 2)
        assert set(text(pilot, "#picture")) == {"▀", "\n"}


async def test_the_first_that_can_be_shown_is_shown_and_web_addresses_are_none(tmp_path: Path) -> None:
    images: list[Path | str] = [
        "https://example.org/a.png",
        missing(tmp_path / "gone.png"),
        saved(tmp_path / "b.jpg", (90, 90)),
    ]
    async with pictured(tmp_path, *images) as pilot:
        assert pilot.app.screen.query_one(Picture).size == Size(20, 10)


async def test_without_one_nothing_takes_its_place(tmp_path: Path) -> None:
    async with pictured(tmp_path, "https://example.org/a.png") as pilot:
        assert not pilot.app.screen.query(Picture)
        assert not pilot.app.screen.query_one("#picture").display


@pytest.mark.parametrize("make", HOSTILE)
async def test_a_file_that_is_no_good_is_as_good_as_none(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    async with pictured(tmp_path, make(tmp_path / "a.png")) as pilot:
        assert not pilot.app.screen.query(Picture)
        assert said(pilot, "#title") == "Brissa Calm 19"
        assert "44.00 EUR Shop" in said(pilot, "#offers")
        assert not pilot.app._notifications


@pytest.mark.longer
@pytest.mark.parametrize("size", [(80, 24), (60, 20), (40, 12), (20, 10)])
async def test_a_small_screen_keeps_its_room_for_the_words(tmp_path: Path, size: tuple[int, int]) -> None:
    async with pictured(tmp_path, saved(tmp_path / "a.png", (100, 400)), size=size) as pilot:
        picture = pilot.app.screen.query_one(Picture)
        assert 0 < picture.size.width <= size[0] // 4
        assert 0 < picture.size.height <= size[1] // 4
        assert "Brissa" in said(pilot, "#title")

        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: picture.size == Size(5, 10))
        assert {(RED, RED), (BLUE, BLUE)} <= colours(picture)


async def test_at_80_by_24_the_offers_are_seen_without_scrolling(tmp_path: Path) -> None:
    async with pictured(tmp_path, saved(tmp_path / "a.png", (400, 400)), size=(80, 24)) as pilot:
        seen = pilot.app.screen.query_one("#reading").region
        assert seen.contains_region(pilot.app.screen.query_one("#offers").region)


# -- reading -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["png", "jpg", "jpeg", "webp", "gif", "bmp"])
def test_every_format_is_read_small_and_in_its_shape(tmp_path: Path, end: str) -> None:
    image = read_picture(saved(tmp_path / f"a.{end}", (1600, 800)))
    assert (image.mode, image.size) == ("RGB", (480, 240))
    for row, colour in ((20, RED), (220, BLUE)):
        assert near(image.getpixel((240, row)), colour)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "CMYK"])
def test_every_kind_of_colour_is_read_and_what_is_clear_is_white(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    clear = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    (clear if mode in ("RGBA", "LA") else Image.new("RGB", (64, 64), WHITE)).convert(mode).save(path)
    assert read_picture(path.resolve()).getpixel((9, 9)) == WHITE


def test_a_grey_of_16_bits_is_that_grey(tmp_path: Path) -> None:
    line = struct.pack("<1000H", *(grey for grey in (0, 0x4080, 0x8080, 0xFFFF) for _ in range(250)))
    Image.frombytes("I;16", (1000, 1000), 1000 * line).save(tmp_path / "a.png")
    read = read_picture((tmp_path / "a.png").resolve())
    shades = [read.getpixel((x, 99)) for x in (40, 140, 240, 340)]
    assert shades == [(grey, grey, grey) for grey in (0, 0x40, 0x80, 0xFF)]


@pytest.mark.parametrize("end", ["jpg", "png", "webp"])
@pytest.mark.parametrize(("turned", "above", "below"), [(1, RED, BLUE), (3, BLUE, RED), (4, BLUE, RED)])
def test_a_picture_is_turned_as_the_camera_was_held(
    tmp_path: Path, end: str, turned: int, above: tuple[int, ...], below: tuple[int, ...]
) -> None:
    read = read_picture(saved(tmp_path / f"a.{end}", (1600, 800), exif=oriented(turned)))
    assert read.size == (480, 240)
    assert near(read.getpixel((240, 20)), above)
    assert near(read.getpixel((240, 220)), below)


@pytest.mark.parametrize(("turned", "left", "right"), [(6, BLUE, RED), (8, RED, BLUE)])
def test_one_that_lies_is_put_up_and_stays_small(
    tmp_path: Path, turned: int, left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    read = read_picture(saved(tmp_path / "a.jpg", (1600, 800), exif=oriented(turned)))
    assert read.size == (192, 384)
    assert near(read.getpixel((20, 192)), left)
    assert near(read.getpixel((170, 192)), right)


@pytest.mark.parametrize("end", ["png", "webp"])
def test_broken_data_about_a_picture_do_not_hide_it(tmp_path: Path, end: str) -> None:
    read = read_picture(saved(tmp_path / f"a.{end}", exif=b"Exif\0\0no such data"))
    assert near(read.getpixel((20, 20)), RED)


def oriented(turned: int) -> Image.Exif:
    """What a camera says of how it was held; the numbers are those of EXIF's tag Orientation."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turned
    return exif


def near(seen: object, colour: tuple[int, ...]) -> bool:
    return isinstance(seen, tuple) and all(abs(a - b) < 12 for a, b in zip(seen, colour, strict=True))


def test_an_animation_is_its_first_picture(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (60, 60), colour) for colour in (RED, BLUE)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert read_picture((tmp_path / "a.gif").resolve()).getpixel((9, 9)) == RED


def test_what_is_too_large_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    for width, height in ((60_000, 60_000), (9_000, 9_999), (8_000, 5_001)):
        with pytest.raises(PictureError, match="pixels"):
            read_picture(bomb(tmp_path / "a.png", width, height))
    assert time.monotonic() - began < 2
    monkeypatch.setattr(pictures, "MAX_BYTES", 100)
    with pytest.raises(PictureError, match="larger than 100 bytes"):
        read_picture(saved(tmp_path / "a.bmp"))


def test_a_format_that_no_shop_uses_is_not_decoded(tmp_path: Path) -> None:
    image = Image.new("RGB", (9, 9))
    image.save(tmp_path / "a.png", "TIFF")
    assert first_picture([str((tmp_path / "a.png").resolve())]) is None


# -- drawing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("image", "room", "cells"),
    [
        ((100, 100), (30, 12), (24, 12)),
        ((400, 100), (30, 12), (30, 4)),
        ((100, 400), (30, 12), (6, 12)),
        ((9999, 1), (30, 12), (30, 1)),
        ((1, 9999), (30, 12), (1, 12)),
        ((100, 100), (0, 0), (1, 1)),
    ],
)
def test_a_picture_keeps_its_shape(
    image: tuple[int, int], room: tuple[int, int], cells: tuple[int, int]
) -> None:
    assert fitted(Size(*image), Size(*room)) == Size(*cells)


def test_a_cell_is_two_dots_one_above_the_other(tmp_path: Path) -> None:
    (strip,) = dots(read_picture(saved(tmp_path / "a.png", (40, 20))), Size(4, 1))
    (cell,) = {(segment.text, segment.style) for segment in strip}
    assert cell[0] == "▀"
    assert cell[1] is not None
    assert cell[1].color is not None
    assert cell[1].bgcolor is not None
    above, below = cell[1].color.get_truecolor(), cell[1].bgcolor.get_truecolor()
    assert above.red > 150 > above.blue
    assert below.blue > 150 > below.red
