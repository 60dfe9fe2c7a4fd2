"""`finetune train`: a training with its loss as it falls, and what it left behind."""

from datetime import datetime
from pathlib import Path

from finetune.backends import train
from finetune.errors import TrainingError
from finetune.hardware import this_machine
from finetune.plan import foretell
from finetune.recipe import demand, read_recipe
from finetune.run_folder import TRAINED
from finetune.run_record import RECORD
from tui.distilling.saying import say
from tui.training.curve import Curve


def train_recipe(recipe: Path, run: Path) -> None:
    """Train, or go on; raises FinetuneError, also where the plan says that it cannot fit."""
    read = read_recipe(recipe)
    demand(read, read.backend)
    now = datetime.now()
    if not (run / RECORD).exists():
        plan = foretell(read, run, now)
        if plan.faults:
            raise TrainingError(" ".join((*plan.faults, *plan.changes)))
        where = this_machine(run).name
        say(f"{plan.trained:,} of {plan.parameters:,} parameters, {plan.steps:,} steps, {where}.")
    with Curve() as curve:
        record = train(read, run, curve.add, now)
    last = record.curve[-1] if record.curve else None
    speed = f", {record.tokens_per_second:,.0f} tokens a second" if record.tokens_per_second else ""
    say(f"Done after {last.step if last else 0:,} steps{speed}: {run / TRAINED}")
