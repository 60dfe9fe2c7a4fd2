"""The record of a training from its first step to its last, written after every point."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from agent.wire import WIRE_VERSION
from finetune.cuda.checkpoints import last_whole
from finetune.data.dataset import Dataset
from finetune.data.lessons import Lessons
from finetune.errors import TrainingError
from finetune.recipe import Recipe
from finetune.run_record import RECORD, Point, RunRecord, commit_of, read_record, write_record

Tell = Callable[[Point], None]

_LIBRARIES = ("mlx", "mlx-lm")
_READING_FILES = ("config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


@dataclass
class Log:
    """A record that grows."""

    record: RunRecord
    folder: Path
    tell: Tell
    _began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._before = self.record.curve[-1].seconds if self.record.curve else 0.0

    @property
    def seconds(self) -> float:
        """Of training so far, earlier pieces included."""
        return self._before + time.monotonic() - self._began

    def add(self, point: Point) -> None:
        """Keep a point and hand it on."""
        self.record = self.record.with_point(point)
        write_record(self.record, self.folder)
        self.tell(point)

    def end(self, end: Literal["done", "stopped"], cause: str = "") -> None:
        """Say how the training ended."""
        self.record = self.record.model_copy(update={"end": end, "cause": cause})
        write_record(self.record, self.folder)


def begun(recipe: Recipe, folder: Path, fresh: RunRecord) -> tuple[RunRecord, int]:
    """The record to go on with, and the step to go on from; raises TrainingError for another's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / RECORD).is_file():
        return fresh, 0
    record = read_record(folder)
    if (record.recipe, record.hashes) != (recipe, fresh.hashes):
        raise TrainingError(
            f"{folder} holds a training of another recipe, data set or base model; name another folder."
        )
    found = last_whole(folder)
    if record.end == "done" or found is None:
        return (record if record.end == "done" else fresh), 0
    return record.taken_up(found[1]), found[1]


def new_record(recipe: Recipe, dataset: Dataset, learned: Lessons, hardware: str) -> RunRecord:
    """A record of a training that is about to begin."""
    hashes = {f"data/{name}": value for name, value in dataset.sums.items() if name.endswith(".jsonl")}
    for name in _READING_FILES:
        path = recipe.model / name
        if path.is_file():
            hashes[f"model/{name}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return RunRecord(
        recipe=recipe,
        wire=WIRE_VERSION,
        commit=commit_of(Path(__file__).parent),
        hashes=hashes,
        hardware=hardware,
        versions={name: version(name) for name in _LIBRARIES},
        amounts=learned.amounts,
    )
