"""The command of the grid: its arguments, its steps and the printed table."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import benchmarks.training_grid as described
from benchmarks.training_grid.narration import said
from benchmarks.training_grid.settings import SETTINGS, Grid, GridFolder
from benchmarks.training_grid.training import Machine, train
from finetune.errors import FinetuneError
from finetune.micro.recipe import read_recipe

STEPS = ("draw", "train", "measure")


def main(words: Sequence[str] | None = None) -> int:
    """Do the step, or all of them; 1 where a setting failed."""
    asked = _parser().parse_args(words)
    steps = [asked.step] if asked.step else STEPS
    folder = GridFolder(asked.folder)
    try:
        grid = Grid(
            tasks=asked.tasks, data=asked.data, products=asked.products, recipe=read_recipe(asked.recipe)
        )
        folder.take_up(grid)
        return min(1, sum(_failed(step, folder, grid, asked) for step in steps))
    except FinetuneError as error:
        said(str(error))
        return 1


def _failed(step: str, folder: GridFolder, grid: Grid, asked: argparse.Namespace) -> int:
    """Do one step and count the settings that failed in it; raises FinetuneError."""
    if step == "draw":
        # A machine that only trains need not have what dialogues are drawn with.
        from benchmarks.training_grid.drawing import draw

        draw(folder, grid)
        return 0
    if step == "train":
        return train(folder, grid, Machine(asked.device, asked.threads, asked.side_by_side))
    return _measured(folder, grid, asked.threads)


def _measured(folder: GridFolder, grid: Grid, threads: int) -> int:
    # llama.cpp and the scorers are loaded for measuring alone: training runs where they are not.
    from benchmarks.training_grid.measuring import measure_all, table

    measured, failed = measure_all(folder, grid, threads)
    print(f"`python -m benchmarks.training_grid {' '.join(sys.argv[1:])}`")
    print(f"{grid.tasks} held-out tasks, greedy; {grid.recipe.tokens:,} tokens a training\n")
    print(*table(measured, SETTINGS[0].name), sep="\n")
    return failed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.training_grid",
        description=described.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--step", choices=STEPS, help="only this one; otherwise all, one after another")
    parser.add_argument("--tasks", type=int, default=150, help="held-out tasks")
    parser.add_argument("--data", type=int, default=960, help="tasks over which dialogues are held")
    parser.add_argument("--products", type=int, default=3000, help="of the demo shop")
    parser.add_argument("--recipe", type=Path, default=Path(__file__).with_name("recipe.toml"))
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="to train on")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of each training or student")
    parser.add_argument("--side-by-side", type=int, default=1, help="trainings at once")
    return parser


if __name__ == "__main__":
    sys.exit(main())
