"""A training's record from its first step to its last, written after every point: the same for every backend.

What a record holds is said in `finetune.run_record`; when something is measured is left to the backends.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.wire import WIRE_VERSION
from finetune.data.dataset import Dataset
from finetune.data.lessons import Lessons
from finetune.errors import TrainingError
from finetune.recipe import Recipe
from finetune.run_folder import READING, last_whole
from finetune.run_record import RECORD, Point, RunRecord, commit_of, read_record, write_record

Tell = Callable[[Point], None]


@dataclass
class Log:
    """A record that grows."""

    record: RunRecord
    folder: Path
    tell: Tell
    leads: bool = False
    """Whether this is the process that writes; none does before the first step."""

    def begin(self, *, leads: bool = True, processes: int = 1) -> None:
        """The first step is about to be taken."""
        self.leads = leads
        self.record = self.record.model_copy(update={"processes": processes})
        self._began = time.monotonic()
        self._before = self.record.curve[-1].seconds if self.record.curve else 0.0

    @property
    def seconds(self) -> float:
        """Of training so far, earlier pieces included."""
        return self._before + time.monotonic() - self._began

    @property
    def tokens(self) -> int:
        """Tokens read up to the last point, earlier pieces included."""
        return self.record.curve[-1].tokens if self.record.curve else 0

    def add(self, point: Point) -> None:
        """Keep a point and hand it on."""
        self.record = self.record.with_point(point)
        write_record(self.record, self.folder)
        self.tell(point)

    def end(self, end: Literal["done", "stopped"], cause: str = "") -> None:
        """Say how the training ended."""
        self.record = self.record.model_copy(update={"end": end, "cause": cause})
        if self.leads:
            write_record(self.record, self.folder)


def begun(recipe: Recipe, folder: Path, fresh: RunRecord) -> tuple[RunRecord, int]:
    """The record to go on with and the step to go on from, 0 for the first.

    Raises TrainingError where the folder holds another training.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / RECORD).is_file():
        return fresh, 0
    record = read_record(folder)
    if (record.recipe, record.hashes) != (recipe, fresh.hashes):
        raise TrainingError(
            f"{folder} holds a training of another recipe, data set or base model; name another folder."
        )
    if record.end == "done":
        return record, 0
    found = last_whole(folder)
    return (record.taken_up(found[1]), found[1]) if found else (fresh, 0)


def new_record(
    recipe: Recipe, dataset: Dataset, learned: Lessons, hardware: str, versions: Mapping[str, str]
) -> RunRecord:
    """A record of a training that is about to begin."""
    hashes = {f"data/{name}": value for name, value in dataset.sums.items() if name.endswith(".jsonl")}
    for name in ("config.json", *READING):
        path = recipe.model / name
        if path.is_file():
            hashes[f"model/{name}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return RunRecord(
        recipe=recipe,
        wire=WIRE_VERSION,
        commit=commit_of(Path(__file__).parent),
        hashes=hashes,
        hardware=hardware,
        versions=dict(versions),
        amounts=learned.amounts,
    )
