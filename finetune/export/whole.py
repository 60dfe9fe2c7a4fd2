"""Files and folders that are there whole or not at all: made beside their place, then moved there."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from finetune.errors import ExportError
from models.full_disk import is_full


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A place to write a file or make a folder, which becomes `path` once the block has ended well.

    Raises ExportError where the disk refuses.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove(partial)
        try:
            yield partial
            if path.is_dir():
                shutil.rmtree(path)
            partial.replace(path)
        finally:
            _remove(partial)
    except OSError as error:
        # numpy gives no number where less was written than wanted.
        if is_full(error) or (error.errno is None and str(error).endswith("written")):
            raise ExportError(
                f"The disk is full: {path} was not written, what was there is kept; make room and try again."
            ) from error
        raise ExportError(f"{path} cannot be written: {error.strerror or error}.") from error


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
