"""Where a product's pictures are: on the web, which nothing fetches, or in files beside the imported one.

A file to import comes from anyone, so a picture that it names lies in its own folder or below, wherever
symbolic links lead, and is called like one. Opening it is left to who shows it.
"""

import re
from os.path import normpath
from pathlib import Path

from index.text.sanitize import plain_url

_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"})
_FILE_URL = re.compile(r"file:(?://(?:localhost)?)?(?=/)(?:/(?=[a-z]:))?", re.IGNORECASE)
"""What stands before the path; a host of its own would be another machine."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)
"""Of an address; one letter is a drive."""
_SHARE = re.compile(r"[/\\]{2}")
"""Begins the name of another machine, in either slash: only to look it up is a call over the network."""
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")


def image_of(written: str, folder: Path) -> str:
    """A web address, or the absolute path of a picture that lies in the folder; empty for all else.

    `folder` is resolved, and so is the path: whoever opens it can see whether a link was put there since.
    """
    return plain_url(written) or _path_in(folder, _path_of(written))


def is_there(image: str) -> bool:
    """Whether what `image_of` gave is a file that can be found."""
    try:
        return "://" not in image and Path(image).is_file()  # a resolved path holds no two slashes
    except OSError:
        return False


def _path_of(written: str) -> str:
    """The path that a text or a `file:` address means."""
    start = _FILE_URL.match(written)
    if start is None:
        return written
    path = _ESCAPED.sub(lambda byte: bytes.fromhex(byte[1].decode()), written[start.end() :].encode())
    return path.decode("utf-8", "replace")


def _path_in(folder: Path, path: str) -> str:
    if _SHARE.match(path) or _SCHEME.match(path) or not path.isprintable():
        return ""
    written = Path(normpath(folder / path))
    # By its name alone: what lies elsewhere is not even looked up.
    if not written.is_relative_to(folder):
        return ""
    try:
        found = written.resolve()
    except (OSError, RuntimeError):  # links that lead in a circle
        return ""
    accepted = found.is_relative_to(folder) and found.suffix.lower() in _SUFFIXES and str(found).isprintable()
    return str(found) if accepted else ""
