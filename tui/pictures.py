"""Reads a product's picture small, out of a file that anyone may have made.

What is too large is refused before it is decoded, and a file that is damaged or no picture is as good as
none: a product is shown without one then. Drawing it is left to `tui.widgets.picture`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 30_000_000
MAX_PIXELS = 40_000_000
SMALL = (480, 384)
"""Pixels that are kept at most: sixteen for a column of the widest drawing, and twice as many for a row."""
_LYING_OR_NOT = (max(SMALL), max(SMALL))
"""What leaves `SMALL` to choose from, whichever way the picture is turned."""
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")


class PictureError(Exception):
    """A file that cannot be shown."""


def first_picture(images: Iterable[str]) -> "Image | None":
    """The first local one that can be shown; None where there is none. Decoding takes up to seconds."""
    for image in images:
        path = Path(image)
        if path.is_absolute():  # a web address is not
            try:
                return read_picture(path)
            except PictureError:
                continue
    return None


def read_picture(path: Path) -> "Image":
    """The picture of a file, upright, on white and at most `SMALL`, of an animation its first.

    Raises PictureError.
    """
    from PIL import Image  # 40 ms that only a product with a picture costs

    try:
        _refuse_others(path)
        with Image.open(path, formats=_FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise PictureError(f"{path} has {opened.width} by {opened.height} pixels.")
            opened.draft("RGB", _LYING_OR_NOT)
            # Colours of a palette cannot be mixed, as making it smaller does.
            small = opened.convert("RGBA") if opened.mode == "P" else opened
            small.thumbnail(_LYING_OR_NOT)
            small = _upright(_in_eight_bits(small)).convert("RGBA")
            small.thumbnail(SMALL)
    except PictureError:
        raise
    except Exception as error:  # decoders raise whatever a broken file makes them stumble over
        raise PictureError(f"{path} cannot be read as a picture: {error}") from error
    white = Image.new("RGBA", small.size, "white")
    return Image.alpha_composite(white, small).convert("RGB")


def _in_eight_bits(image: "Image") -> "Image":
    """A picture in 16 bits of grey in eight; Pillow's own conversion makes white of all but the darkest."""
    return image.point(lambda grey: grey / 256).convert("L") if image.mode.startswith("I") else image


def _upright(image: "Image") -> "Image":
    """Turned as its EXIF data say, which cameras leave to whoever shows it."""
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # broken data about a picture do not make it one that cannot be shown
        return image


def _refuse_others(path: Path) -> None:
    """Raise PictureError for what is no file of a bearable size, or another one than was imported."""
    # The import has followed links; one that was put there since could lead anywhere.
    if path.resolve() != path or not path.is_file():
        raise PictureError(f"{path} is no file, or another than it was.")
    if path.stat().st_size > MAX_BYTES:
        raise PictureError(f"{path} is larger than {MAX_BYTES:,} bytes.")
