"""A short mark of a model's file, to notice that another file stands in its place."""

from hashlib import sha256
from pathlib import Path

_BLOCKS, _BLOCK = 64, 4096
"""Blocks that are read, spread over the file, and the bytes of one: gigabytes cost a millisecond."""


def file_mark(path: Path) -> str:
    """A mark that other weights, another header or a cut file do not have; raises OSError."""
    size = path.stat().st_size
    digest = sha256(f"{size}\n".encode())
    with path.open("rb") as file:
        for number in range(_BLOCKS):
            file.seek(max(0, size - _BLOCK) * number // (_BLOCKS - 1))
            digest.update(file.read(_BLOCK))
    return digest.hexdigest()[:32]
