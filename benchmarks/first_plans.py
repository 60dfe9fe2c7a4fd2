"""Is a question understood? The needs of the first plan beside what the question and its history say.

    python -m benchmarks.first_plans TASKS.jsonl [MODEL.gguf] [--home HOME] [--count 120] [--threads 2]

TASKS are held-out tasks of `productresearch distill tasks --split test`, HOME the catalogue of those that
are asked at home. The gold is every need that a researcher knows before the first step: those that the
question says and those that follow from the person's history. A model is asked greedily, with what code read
beside the question and without; a text that is no plan is a plan of nothing.
"""

import argparse
import os
from itertools import islice
from pathlib import Path

from agent.plan import bind
from benchmarks.readers import BUNDLED, RULES, Reader, by_model, need_figures, plan
from distill.drawing.task_files import read_tasks
from distill.evaluate.figures import Figure, shown
from distill.evaluate.intervals import paired
from distill.evaluate.metrics import NeedScores, need_scores
from distill.stage import opened
from distill.task import Task
from distill.told import known
from distill.worlds.open import Worlds
from index.search import Index

GAIN = Figure("f1", "needs F1 over the rules")


def main() -> None:
    """Print every reader's figures, and how much better than the rules it is on the same tasks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tasks", type=Path)
    parser.add_argument("model", type=Path, nargs="?", default=BUNDLED if BUNDLED.exists() else None)
    parser.add_argument("--home", type=Path, default=Path())
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    tasks = tuple(islice(read_tasks(asked.tasks), asked.count))
    print(f"{len(tasks)} first plans")
    with Worlds(asked.home) as worlds:
        by_rules = _f1(tasks, worlds, RULES)
        for reader in by_model(asked.model, asked.threads) if asked.model else ():
            gain = paired(_f1(tasks, worlds, reader), by_rules, GAIN.name)
            print(f"    {GAIN.heading} {shown(gain, GAIN)}", flush=True)


def _f1(tasks: tuple[Task, ...], worlds: Worlds, reader: Reader) -> dict[str, float]:
    """Each task's F1 by a reader, whose figures are printed."""
    found = {task.id: planned(task, worlds.index(task.world), reader) for task in tasks}
    print(f"  {reader.name}: " + "; ".join(need_figures(list(found.values()))), flush=True)
    return {task: scores.f1 for task, scores in found.items()}


def planned(task: Task, index: Index, reader: Reader) -> NeedScores:
    """Ask for the first plan of a task and hold what it binds to against what is known."""
    trajectory, desk = opened(task, index, reader.name)
    gold = [bind(true.need, "", index.card_for(task.category), index) for true in known(task, trajectory)]
    plan(reader, trajectory, desk)
    return need_scores(gold, desk.needs)


if __name__ == "__main__":
    main()
