"""Files that are there whole or not at all: written beside their place and moved there at the end."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

from pydantic import ValidationError

from distill.errors import DataError, FullDiskError
from index.product import Record, first_fault
from models.full_disk import is_full

AnyRecord = TypeVar("AnyRecord", bound=Record)


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write, which takes its place only once the block has ended well; raises FullDiskError."""
    partial = path.with_name(f".{path.name}.partial")
    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Faults of the disk as one sentence about this path; raises DataError."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise FullDiskError(
                f"The disk is full: {path} was not written, what was there is kept; make room and try again."
            ) from error
        raise DataError(f"{path} cannot be used: {error.strerror or error}.") from error


def record_line(record: Record) -> bytes:
    """A record as one line of JSON."""
    return record.model_dump_json().encode("utf-8") + b"\n"


def read_records(path: Path, kind: type[AnyRecord]) -> Iterator[AnyRecord]:
    """Records of a file, one a line; raises DataError with the number of a line that is none."""
    with told(path), path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield kind.model_validate_json(line)
            except ValidationError as error:
                fault = first_fault(error)
                raise DataError(f"Line {number} of {path} is no {kind.__name__.lower()}: {fault}.") from error
