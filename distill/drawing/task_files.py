"""Files of tasks, one JSON line each: read as a stream, written so that a killed run goes on where it was.

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


NOTHING = Begun()


def read_tasks(path: Path) -> Iterator[Task]:
    """Tasks one by one; raises DataError that names the line at fault."""
    return read_records(path, Task)


def write_tasks(path: Path, tasks: Iterable[Task]) -> int:
    """Add tasks to what an earlier run has left and put the file in its place; returns how many were added.

    Raises FullDiskError or DataError; what was added by then is kept.
    """
    partial, written = _partial(path), 0
    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("ab") as file:
            for task in tasks:
                file.write(record_line(task))
                written += 1
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _card(path).unlink(missing_ok=True)
    return written


def begun_tasks(path: Path, made: str) -> Begun:
    """What an earlier run that was made from the very same has left, for `write_tasks` to add to.

    `made` says in one text all that tasks follow from. A cut last line is dropped, and so is everything that
    was made otherwise. Raises FullDiskError or DataError.
    """
    partial, card = _partial(path), _card(path)
    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not card.exists() or card.read_text(encoding="utf-8") != made:
            partial.unlink(missing_ok=True)
            card.write_text(made, encoding="utf-8")
        if not partial.exists():
            return NOTHING
        with partial.open("r+b") as file:
            file.truncate(_whole_bytes(partial))
    begun = NOTHING
    try:
        for count, task in enumerate(read_records(partial, Task), start=1):
            begun = Begun(count, _attempt(task.id))
    except (DataError, ValueError):
        partial.unlink()
        return NOTHING
    return begun


def task_prefix(world: str, seed: int) -> str:
    """What the ids of one world's and seed's tasks begin with."""
    return f"{world.replace(':', '-')}-{seed}-"


def _attempt(task_id: str) -> int:
    """The number at the end of an id; raises ValueError."""
    return int(task_id.rpartition("-")[2])


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")


def _card(path: Path) -> Path:
    return path.with_name(f".{path.name}.made")


def _whole_bytes(path: Path) -> int:
    """Bytes up to the end of the last whole line."""
    whole = 0
    with path.open("rb") as file:
        for line in file:
            whole += len(line) if line.endswith(b"\n") else 0
    return whole
