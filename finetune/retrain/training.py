"""The training of a retraining: a recipe for this machine and the given minutes, then the trainer itself.

How many steps fit is not guessed: two samples are learned in a folder of their own, and the speed decides.
"""

import shutil
from datetime import datetime
from importlib.resources import files

from finetune.backends import backend_here, train
from finetune.errors import RetrainError
from finetune.hardware import this_machine
from finetune.plan import Plan, foretell
from finetune.recipe import Backend, Recipe, read_recipe
from finetune.retrain.deadline import Deadline
from finetune.retrain.job import Job
from finetune.retrain.told import Told
from finetune.shape import read_shape

EPOCHS = 2.0
"""More seldom helps an adapter."""
FINER = 2
"""The data set is cut to contexts by an estimate; a vocabulary of short tokens makes so many times more."""
_PROBE = 2
"""Samples whose speed is measured."""


def train_adapter(job: Job, told: Told, deadline: Deadline) -> None:
    """Train an adapter, or go on with it; raises FinetuneError."""
    now = deadline.clock()
    if not job.recipe.exists():
        _write_recipe(job, told, deadline.training_minutes(job.minutes), now)
    train(read_recipe(job.recipe), job.training, told.point, now)


def recipe_text(backend: Backend, *, gpu: bool, longest: int) -> str:
    """The recipe for a backend and samples of at most `longest` tokens, but for how long it is to train."""
    text = files("finetune.retrain").joinpath("recipe.toml").read_text(encoding="utf-8")
    keys = {"backend": backend, "precision": "bfloat16" if gpu or backend == "mlx" else "float32"}
    return text + "".join(f'{key} = "{value}"\n' for key, value in keys.items()) + f"max_length = {longest}\n"


def _write_recipe(job: Job, told: Told, minutes: float, now: datetime) -> None:
    """Write the recipe with as many steps as fit the minutes."""
    longest = min(FINER * job.context, read_shape(job.base).context)
    text = recipe_text(backend_here(), gpu=this_machine(job.folder).gpu, longest=longest)
    partial = job.folder / ".recipe.toml"
    partial.write_text(f"{text}epochs = {EPOCHS}\n", encoding="utf-8")
    recipe = read_recipe(partial)
    plan = foretell(recipe, job.training, now)
    if plan.faults:
        raise RetrainError(" ".join((*plan.faults, *plan.changes)))
    told.say(
        f"{plan.trained:,} of {plan.parameters:,} parameters are trained; {_PROBE} samples tell how fast."
    )
    steps = _steps_in(minutes, plan, _speed(recipe, job, now))
    told.say(f"{steps:,} of {plan.steps:,} steps fit {minutes:.3g} minutes.")
    partial.write_text(f"{text}steps = {steps}\n", encoding="utf-8")
    partial.replace(job.recipe)


def _speed(recipe: Recipe, job: Job, now: datetime) -> float:
    """Tokens a second that this machine trains."""
    folder = job.folder / "probe"
    probe = recipe.model_copy(update={"epochs": None, "steps": _PROBE, "accumulation": 1, "eval_samples": 0})
    shutil.rmtree(folder, ignore_errors=True)
    record = train(probe, folder, lambda point: None, now)  # noqa: ARG005
    shutil.rmtree(folder, ignore_errors=True)
    return record.tokens_per_second


def _steps_in(minutes: float, plan: Plan, speed: float) -> int:
    """Steps that fit, at least one and at most the whole plan."""
    seconds_a_step = plan.tokens / plan.steps / speed if speed else 0.0
    return plan.steps if not seconds_a_step else max(1, min(plan.steps, int(minutes * 60 / seconds_a_step)))
