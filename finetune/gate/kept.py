"""What models did on tasks before: a line a run, by model, catalogue and task, so that no run is made twice.

A line that a kill has cut is passed over.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from distill.evaluate.compare import Row
from distill.task import HOME, Task
from distill.whole_files import record_line, told
from index.product import Record


class _Line(Record):
    key: str
    row: Row


class Kept:
    """The runs of some models over one catalogue, in one file."""

    def __init__(self, path: Path, models: Mapping[str, str], catalogue: str) -> None:
        """`models` gives each contestant a mark of all that decides its runs; `catalogue` marks the home."""
        self._path, self._models, self._catalogue = path, models, catalogue
        self._rows = {line.key: line.row for line in _lines(path)}

    def row(self, contestant: str, task: Task) -> Row | None:
        """What a contestant did on a task; None where it did not yet."""
        row = self._rows.get(self._key(contestant, task))
        return None if row is None else row.model_copy(update={"contestant": contestant})

    def keep(self, row: Row, task: Task) -> None:
        """Keep a run; raises DataError."""
        key = self._key(row.contestant, task)
        self._rows[key] = row
        with told(self._path):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                file.write(b"\n" + record_line(_Line(key=key, row=row)))  # the line before may be cut

    def _key(self, contestant: str, task: Task) -> str:
        over = self._catalogue if task.world == HOME else task.world
        decided = "\n".join((self._models[contestant], over, task.model_dump_json()))
        return sha256(decided.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _lines(path: Path) -> list[_Line]:
    found = []
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            found.append(_Line.model_validate_json(line))
        except ValidationError:
            continue
    return found
