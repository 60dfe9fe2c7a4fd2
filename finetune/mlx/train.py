"""A training with MLX: samples, model, steps, checkpoints, record, and the trained weights.

A folder holds one training; started again, it goes on from its last whole checkpoint. The samples are the
very ones of the other backend, rendered by the live agent's wire, so nothing is rendered twice.
"""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from finetune.data.dataset import open_dataset
from finetune.data.lessons import Lessons, lessons
from finetune.data.tokens import open_reading
from finetune.errors import FinetuneError
from finetune.libraries import demand_libraries
from finetune.mlx.batches import Batches
from finetune.recipe import Recipe, demand
from finetune.run_folder import TRAINED, checkpoint, clear_broken
from finetune.run_record import Point, RunRecord
from finetune.training_log import Log, Tell, begun, new_record

if TYPE_CHECKING:
    from finetune.mlx.learner import Learner

POINTS = 500
"""Points of a curve, but for those with a validation loss."""


def train(recipe: Recipe, folder: Path, tell: Tell, now: datetime) -> RunRecord:
    """Train, or go on with the training that the folder holds; raises FinetuneError.

    `tell` is called at every point. `now` is what a template that asks for the date is told.
    """
    demand(recipe, "mlx")
    libraries = demand_libraries("mlx")
    dataset = open_dataset(recipe.dataset)
    learned = lessons(recipe, dataset, open_reading(recipe.model, now))
    fresh = new_record(recipe, dataset, learned, _hardware(), libraries)
    record, start = begun(recipe, folder, fresh)
    if record.end == "done":
        return record
    clear_broken(folder)
    log = Log(record, folder, tell)
    try:
        _learn(recipe, learned, log, start)
    except FinetuneError as error:
        log.end("stopped", str(error))
        raise
    log.end("done")
    return log.record


def _learn(recipe: Recipe, learned: Lessons, log: Log, start: int) -> None:
    """Take the steps from `start` on and write what was trained."""
    # These import mlx and mlx-lm: a second, only where a training begins.
    from finetune.mlx.base_model import load_model, recomputing
    from finetune.mlx.keeping import load_checkpoint, save_checkpoint, write_trained
    from finetune.mlx.learner import Learner

    batches = Batches(learned.train, recipe.batch, recipe.accumulation, recipe.seed)
    steps = recipe.steps or max(1, round((recipe.epochs or 1.0) * len(batches)))
    base = load_model(recipe)
    learner = Learner(base.model, recipe, steps)
    if start:
        load_checkpoint(learner, checkpoint(log.folder, start))
    read = sum(batch.read for step in range(1, start + 1) for batch in batches.of_step(step))
    log.begin()
    with recomputing(base.model, recipe.checkpointing):
        for step in range(start + 1, steps + 1):
            passes = batches.of_step(step)
            taken = learner.step(passes, step)
            read += sum(batch.read for batch in passes)
            looks = bool(learned.validation) and (step % recipe.eval_every == 0 or step == steps)
            if looks or step % -(-steps // POINTS) == 0 or step == steps:
                seen = _looked(learner, learned, recipe) if looks else {}
                point = Point(step=step, of=steps, seconds=log.seconds, tokens=read, **asdict(taken), **seen)
                log.add(point)
            if step % recipe.save_every == 0:
                save_checkpoint(learner, log.folder, step, recipe.save_every)
    write_trained(base, recipe, log.folder / TRAINED)


def _looked(learner: "Learner", learned: Lessons, recipe: Recipe) -> dict[str, float | None]:
    """What the validation split says of the model as it is."""
    from finetune.mlx.calls import call_accuracy  # mlx

    validation = Batches(learned.validation, recipe.batch, 1, recipe.seed)
    return {
        "validation_loss": learner.validation_loss(validation.once()),
        "call_accuracy": call_accuracy(learner.model, learned.looked_at),
    }


def _hardware() -> str:
    import mlx.core as mx  # only where a training begins

    return f"{mx.device_info()['device_name']}, MLX on its {mx.default_device().type.name}"
