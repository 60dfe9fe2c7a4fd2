"""Who carries a recipe out: the trainer of its backend, all by one signature."""

import sys
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from finetune.cuda.train import train as train_with_torch
from finetune.mlx.train import train as train_with_mlx
from finetune.recipe import Backend, Recipe
from finetune.run_record import RunRecord
from finetune.training_log import Tell


def train(recipe: Recipe, folder: Path, tell: Tell, now: datetime) -> RunRecord:
    """Train, or go on with the training that the folder holds; raises FinetuneError.

    `tell` is called at every point, `now` is what a template that asks for the date is told.
    """
    trainer = train_with_mlx if recipe.backend == "mlx" else train_with_torch
    return trainer(recipe, folder, tell, now)


def backend_here() -> Backend:
    """What trains best on this machine: MLX on a Mac where it is installed."""
    return "mlx" if sys.platform == "darwin" and find_spec("mlx_lm") is not None else "cuda"
