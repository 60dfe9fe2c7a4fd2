"""The second step: a student of each setting, one after another or side by side, and its weights alone.

It runs where there is only torch and pydantic. A network this small leaves a GPU waiting for its next
command, so several at once take far less time than one after another.
"""

import math
import shutil
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple

import torch

from benchmarks.training_grid.narration import said
from benchmarks.training_grid.settings import SETTINGS, Grid, GridFolder, Setting
from finetune.errors import FinetuneError, TrainingError
from finetune.micro.checkpoints import CHECKPOINT, lighten
from finetune.micro.recipe import MicroRecipe
from finetune.micro.train import TOKENIZER, Training

TICK = 10
"""Steps after which a training looks at its budget: it may pass it by fewer than so many."""
EVERY = 1.0
"""Minutes between checkpoints, which are small: a training that is cut off loses no more."""


class Machine(NamedTuple):
    """What trainings run on."""

    device: str
    threads: int
    """Of each training."""
    side_by_side: int
    """Trainings at once, each in a process of its own where there are several."""


def train(folder: GridFolder, grid: Grid, machine: Machine) -> int:
    """Train what is not trained yet and count what failed; raises TrainingError where none can begin."""
    if not all(path.exists() for path in (folder.tokenizer, *map(folder.packed, SETTINGS))):
        raise TrainingError(f"{folder.path} holds no dialogues to learn from: do the step `draw` first.")
    if machine.device == "cuda" and not torch.cuda.is_available():
        raise TrainingError("torch finds no CUDA device here; train with `--device cpu`.")
    waiting = [s for s in SETTINGS if not (folder.light(s) / CHECKPOINT).exists()]
    one = partial(_fails, folder=folder, recipe=grid.recipe, machine=machine)
    if machine.side_by_side == 1:
        return sum(map(one, waiting))
    # A process that has begun with CUDA cannot be forked.
    with ProcessPoolExecutor(machine.side_by_side, get_context("spawn")) as pool:
        return sum(pool.map(one, waiting))


def _fails(setting: Setting, folder: GridFolder, recipe: MicroRecipe, machine: Machine) -> bool:
    """Train one, and say whether it failed, which is no reason for the others to end."""
    torch.set_num_threads(machine.threads)
    feeds = folder.feeds(setting)
    try:
        shutil.copy(folder.tokenizer, feeds / TOKENIZER)
        training = Training(recipe, feeds, feeds, machine.device)
        for tick in training.run(minutes=math.inf, every=EVERY, tick=TICK):
            said(
                f"{setting.name}: {tick.tokens:,} tokens, loss {tick.loss:.3f}, right {tick.accuracy:.3f}, "
                f"{tick.rate:,.0f} tokens/s"
            )
        lighten(feeds, folder.light(setting))
    except FinetuneError as error:
        said(f"{setting.name}: {error}")
        return True
    return False
