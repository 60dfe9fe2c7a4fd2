"""What stands in a training's folder beside its record: checkpoints to go on from, and the trained weights.

Only whole checkpoints count, and a failed one is cleared away. One is whole once its mark stands in it, which
is written last; a kill before that leaves a folder that is not taken up. What a checkpoint holds is left to
the backends.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from finetune.errors import CheckpointError

TRAINED = "model"
"""Folder of the trained weights: an adapter, or the whole model."""
READING = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
"""What says how a model reads; it stands beside its weights."""
MARK = "whole"
KEPT = 2
"""Checkpoints that stay; the one before the last is there while the last is being written."""
_PREFIX = "checkpoint-"


def checkpoint(folder: Path, step: int) -> Path:
    """The folder of a step's checkpoint, as transformers names it."""
    return folder / f"{_PREFIX}{step}"


def last_whole(folder: Path) -> tuple[Path, int] | None:
    """The latest whole checkpoint and its step; None where there is none."""
    steps = (path.name.removeprefix(_PREFIX) for path in folder.glob(f"{_PREFIX}*"))
    whole = sorted(int(s) for s in steps if s.isdecimal() and (folder / f"{_PREFIX}{s}" / MARK).is_file())
    return (checkpoint(folder, whole[-1]), whole[-1]) if whole else None


def mark_whole(folder: Path, step: int) -> None:
    """Say that a step's checkpoint is whole."""
    (checkpoint(folder, step) / MARK).touch()


def clear_broken(folder: Path) -> None:
    """Remove checkpoints that a kill left half written."""
    for path in folder.glob(f"{_PREFIX}*"):
        if path.is_dir() and not (path / MARK).is_file():
            shutil.rmtree(path, ignore_errors=True)


def copy_reading(base: Path, trained: Path) -> None:
    """Put beside trained weights what says how they read; raises OSError."""
    for name in READING:
        if (base / name).is_file():
            shutil.copyfile(base / name, trained / name)


@contextmanager
def saving(folder: Path, step: int) -> Iterator[None]:
    """Write a checkpoint in the block; what cannot be written is cleared away. Raises CheckpointError."""
    try:
        yield
        mark_whole(folder, step)
    # safetensors and torch have errors of their own for a disk that is full.
    except Exception as error:
        shutil.rmtree(checkpoint(folder, step), ignore_errors=True)
        before = last_whole(folder)
        kept = f"the one of step {before[1]} is kept" if before else "there is none before it"
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(
            f"The checkpoint of step {step} could not be written to {folder} ({reason}); {kept}: "
            "make room and start again, and the training goes on from there."
        ) from error
