"""A training with transformers, peft and trl: samples, trainer, checkpoints, record, and the trained weights.

The same code runs on one GPU, on several under `torchrun`, and on a CPU. A folder holds one training; started
again, it goes on from its last whole checkpoint. Reading samples and loading the model is done beside.
"""

import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from finetune.data.dataset import open_dataset
from finetune.data.lessons import Lessons, lessons
from finetune.data.tokens import open_reading
from finetune.errors import FinetuneError
from finetune.libraries import demand_libraries
from finetune.recipe import Recipe, demand
from finetune.run_folder import TRAINED, checkpoint, clear_broken, copy_reading
from finetune.run_record import Point, RunRecord
from finetune.training_log import Log, Tell, begun, new_record

_NAMES = {
    "loss": "loss",
    "learning_rate": "learning_rate",
    "eval_loss": "validation_loss",
    "eval_call_accuracy": "call_accuracy",
    "rewards/accuracies": "preferred",
    "eval_rewards/accuracies": "preferred",
}
"""trl's names and ours."""


def train(recipe: Recipe, folder: Path, tell: Tell, now: datetime) -> RunRecord:
    """Train, or go on with the training that the folder holds; raises FinetuneError.

    `tell` is called at every point, in the first process only. `now` is what a template that asks for the
    date is told.
    """
    demand(recipe, "cuda")
    libraries = demand_libraries("cuda")
    dataset = open_dataset(recipe.dataset)
    learned = lessons(recipe, dataset, open_reading(recipe.model, now))
    fresh = new_record(recipe, dataset, learned, _hardware(), libraries)
    record, start = begun(recipe, folder, fresh)
    if record.end == "done":
        return record
    log = Log(record, folder, tell)
    with _old_names():
        trainer = _trainer(recipe, folder, learned, log)
        log.begin(leads=bool(trainer.is_world_process_zero()), processes=int(trainer.args.world_size))
        if log.leads:
            clear_broken(folder)
        try:
            trainer.train(resume_from_checkpoint=str(checkpoint(folder, start)) if start else None)
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


def _hardware() -> str:
    import torch  # seconds; whoever only reads a recipe does without

    if torch.cuda.is_available():
        return f"{torch.cuda.get_device_name()}"
    return f"CPU, {torch.get_num_threads()} threads"


def _trainer(recipe: Recipe, folder: Path, learned: Lessons, log: Log) -> Any:
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
        callbacks=[Watching(_keeper(log))],
    )
    # It prints to standard output, which is for data.
    trainer.remove_callback(PrinterCallback)
    trainer.looked_at = learned.looked_at
    return trainer


def _keeper(log: Log) -> Callable[[int, int, Mapping[str, float]], None]:
    """What keeps a measurement of trl's, where it is one that a point holds."""
    earlier = log.tokens

    def keep(step: int, of: int, logs: Mapping[str, float]) -> None:
        values = {name: logs[key] for key, name in _NAMES.items() if key in logs}
        if values:
            # trl counts the tokens of this piece of the training, and only beside a training loss.
            tokens = earlier + int(logs["num_tokens"]) if "num_tokens" in logs else log.tokens
            log.add(Point(step=step, of=of, seconds=log.seconds, tokens=tokens, **values))

    return keep


def _finish(trainer: Any, recipe: Recipe, folder: Path) -> None:
    """Write the trained weights with what says how they read."""
    partial = folder / f".{TRAINED}.partial"
    trainer.save_model(str(partial))
    if not trainer.is_world_process_zero():
        return
    # The record tells more than these; nobody should have to load a pickle or read an empty card.
    for name in ("training_args.bin", "README.md"):
        (partial / name).unlink(missing_ok=True)
    copy_reading(recipe.model, partial)
    shutil.rmtree(folder / TRAINED, ignore_errors=True)
    partial.replace(folder / TRAINED)
