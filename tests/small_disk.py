"""A real small disk, which can be made smaller, or filled to its last page."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


class SmallDisk:
    """A file system in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def resize(self, kilobytes: float) -> None:
        """Make it so large."""
        assert _mount(self.folder, f"remount,size={int(kilobytes)}k").returncode == 0

    def fill(self) -> None:
        """Leave no room."""
        with suppress(OSError), self._filler.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass

    def make_room(self) -> None:
        """Take away what it was filled with."""
        self._filler.unlink()


@contextmanager
def small_disk(folder: Path, kilobytes: float) -> Iterator[SmallDisk]:
    """A disk of this size at a new folder; skips where none may be mounted."""
    folder.mkdir()
    if _mount(folder, f"size={int(kilobytes)}k", "-t", "tmpfs").returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _mount(folder: Path, options: str, *more: str) -> subprocess.CompletedProcess[bytes]:
    command = ["mount", *more, "-o", options, "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False)
