"""A training with transformers, peft and trl: samples, trainer, checkpoints, record, and the trained weights.

The same code runs on one GPU, on several under `torchrun`, and on a CPU. A folder holds one training; started
again, it goes on from its last whole checkpoint. Reading samples and loading the model is done beside.
"""

import hashlib
import shutil
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from agent.wire import WIRE_VERSION
from finetune.cuda.checkpoints import clear_broken, last_whole
from finetune.data.dataset import Dataset, open_dataset
from finetune.data.lessons import Lessons, lessons
from finetune.data.tokens import open_reading
from finetune.errors import FinetuneError, TrainingError
from finetune.recipe import Recipe, demand
from finetune.run_record import (
    RECORD,
    Point,
    RunRecord,
    commit_of,
    read_record,
    write_record,
)

TRAINED = "model"
"""Folder of the trained weights: an adapter, or the whole model."""
_LIBRARIES = ("torch", "transformers", "peft", "trl", "accelerate")
_READING_FILES = ("config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")

Tell = Callable[[Point], None]


def train(recipe: Recipe, folder: Path, tell: Tell, now: datetime) -> RunRecord:
    """Train, or go on with the training that the folder holds; raises FinetuneError.

    `tell` is called at every point, in the first process only. `now` is what a template that asks for the
    date is told.
    """
    demand(recipe, "cuda")
    dataset = open_dataset(recipe.dataset)
    learned = lessons(recipe, dataset, open_reading(recipe.model, now))
    record, start = _begun(recipe, folder, _new_record(recipe, dataset, learned))
    if record.end == "done":
        return record
    log = _Log(record, folder, tell)
    with _old_names():
        trainer = _trainer(recipe, folder, learned, log)
        log.begin(leads=bool(trainer.is_world_process_zero()), processes=int(trainer.args.world_size))
        if log.leads:
            clear_broken(folder)
        try:
            trainer.train(resume_from_checkpoint=str(start) if start else None)
            _finish(trainer, recipe, folder)
        except FinetuneError as error:
            log.end("stopped", str(error))
            raise
    log.end("done")
    return log.record


@contextmanager
def _old_names() -> Iterator[None]:
    """trl 1.16 and peft 0.21 still speak of `gradient_checkpointing`, which transformers 5.23 has renamed."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*gradient_checkpointing.* is deprecated", FutureWarning)
        yield


def _begun(recipe: Recipe, folder: Path, fresh: RunRecord) -> tuple[RunRecord, Path | None]:
    """The record to go on with, and the checkpoint to go on from."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / RECORD).is_file():
        return fresh, None
    record = read_record(folder)
    if (record.recipe, record.hashes) != (recipe, fresh.hashes):
        raise TrainingError(
            f"{folder} holds a training of another recipe, data set or base model; name another folder."
        )
    if record.end == "done":
        return record, None
    found = last_whole(folder)
    if found is None:
        return fresh, None
    return record.taken_up(found[1]), found[0]


def _new_record(recipe: Recipe, dataset: Dataset, learned: Lessons) -> RunRecord:
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
        hardware=_hardware(),
        versions={name: version(name) for name in _LIBRARIES},
        amounts=learned.amounts,
    )


def _hardware() -> str:
    import torch  # seconds; whoever only reads a recipe does without

    if torch.cuda.is_available():
        return f"{torch.cuda.get_device_name()}"
    return f"CPU, {torch.get_num_threads()} threads"


def _trainer(recipe: Recipe, folder: Path, learned: Lessons, log: "_Log") -> Any:
    # These import torch, transformers and trl: seconds, only where a training begins.
    from datasets import Dataset as Table
    from datasets import disable_progress_bars
    from transformers import PrinterCallback
    from transformers.utils.logging import disable_progress_bar

    from finetune.cuda.base_model import adapter, load_model, load_tokenizer
    from finetune.cuda.trainers import CarefulDPO, CarefulSFT, Watching, arguments

    disable_progress_bar()
    disable_progress_bars()
    kind = CarefulSFT if recipe.objective == "sft" else CarefulDPO
    model = load_model(recipe)
    trainer = kind(
        model=model,
        args=arguments(recipe, folder, validates=bool(learned.validation)),
        train_dataset=Table.from_list(learned.train),
        eval_dataset=Table.from_list(learned.validation) if learned.validation else None,
        processing_class=load_tokenizer(recipe),
        peft_config=adapter(recipe, model),
        callbacks=[Watching(log.measured)],
    )
    # It prints to standard output, which is for data.
    trainer.remove_callback(PrinterCallback)
    trainer.looked_at = learned.looked_at
    return trainer


def _finish(trainer: Any, recipe: Recipe, folder: Path) -> None:
    """Write the trained weights with what says how they read."""
    partial = folder / f".{TRAINED}.partial"
    trainer.save_model(str(partial))
    if not trainer.is_world_process_zero():
        return
    # The record tells more than these; nobody should have to load a pickle or read an empty card.
    for name in ("training_args.bin", "README.md"):
        (partial / name).unlink(missing_ok=True)
    for name in _READING_FILES[1:]:
        if (recipe.model / name).is_file():
            shutil.copyfile(recipe.model / name, partial / name)
    shutil.rmtree(folder / TRAINED, ignore_errors=True)
    partial.replace(folder / TRAINED)


@dataclass
class _Log:
    """Turns what the trainer measures into points of the record."""

    record: RunRecord
    folder: Path
    tell: Tell
    leads: bool = False
    """Whether this is the process that writes."""

    def begin(self, *, leads: bool, processes: int) -> None:
        """The first step is about to be taken."""
        self.leads = leads
        self.record = self.record.model_copy(update={"processes": processes})
        self._started = time.monotonic()
        last = self.record.curve[-1] if self.record.curve else None
        self._seconds = last.seconds if last else 0.0
        self._tokens = last.tokens if last else 0

    def measured(self, step: int, of: int, logs: Mapping[str, float]) -> None:
        """Keep a point and hand it on, where something was measured that a point holds."""
        values = {name: logs[key] for key, name in _NAMES.items() if key in logs}
        if not values:
            return
        before = self.record.curve[-1].tokens if self.record.curve else self._tokens
        point = Point(
            step=step,
            of=of,
            seconds=self._seconds + time.monotonic() - self._started,
            tokens=self._tokens + int(logs["num_tokens"]) if "num_tokens" in logs else before,
            **values,
        )
        self.record = self.record.with_point(point)
        write_record(self.record, self.folder)
        self.tell(point)

    def end(self, end: str, cause: str = "") -> None:
        """Say how the training ended."""
        self.record = self.record.model_copy(update={"end": end, "cause": cause})
        if self.leads:
            write_record(self.record, self.folder)


_NAMES = {
    "loss": "loss",
    "learning_rate": "learning_rate",
    "eval_loss": "validation_loss",
    "eval_call_accuracy": "call_accuracy",
    "rewards/accuracies": "preferred",
    "eval_rewards/accuracies": "preferred",
}
"""trl's names and ours."""
