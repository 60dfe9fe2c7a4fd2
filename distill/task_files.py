"""Files of tasks, one JSON line each: read as a stream, and written so that a killed run goes on where it was.

Until all tasks are there they stand in a file beside the wanted one, which only then takes its place.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from distill.errors import DataError
from distill.task import Task
from distill.whole_files import read_records, record_line, told


class Begun(NamedTuple):
    """What an earlier run has left."""

    tasks: int = 0
    after: int = 0
    """Number of the last attempt, where `draw_tasks` goes on."""


def read_tasks(path: Path) -> Iterator[Task]:
    """Tasks one by one; raises DataError that names the line at fault."""
    return read_records(path, Task)


def write_tasks(path: Path, tasks: Iterable[Task]) -> int:
    """Add tasks to what an earlier run has left and put the file in its place; returns how many were added.

    Raises FullDiskError or DataError; what was added by then is kept.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial, written = _partial(path), 0
    with told(path), partial.open("ab") as file:
        for task in tasks:
            file.write(record_line(task))
            written += 1
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return written


def begun_tasks(path: Path, world: str, seed: int) -> Begun:
    """What an earlier run of this world and seed has left; a cut last line and another run's tasks are dropped."""
    partial = _partial(path)
    if not partial.exists():
        return Begun()
    with told(path), partial.open("r+b") as file:
        whole = _whole_bytes(partial)
        file.truncate(whole)
    try:
        last, count = None, 0
        for last in read_records(partial, Task):
            count += 1
    except DataError:
        last, count = None, 0
    if last is None or not last.id.startswith(task_prefix(world, seed)):
        partial.unlink()
        return Begun()
    return Begun(count, int(last.id.rpartition("-")[2]))


def task_prefix(world: str, seed: int) -> str:
    """What the ids of one world's and seed's tasks begin with."""
    return f"{world.replace(':', '-')}-{seed}-"


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")


def _whole_bytes(path: Path) -> int:
    """Bytes up to the end of the last whole line."""
    whole = 0
    with path.open("rb") as file:
        for line in file:
            whole += len(line) if line.endswith(b"\n") else 0
    return whole
