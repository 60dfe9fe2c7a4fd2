"""Kills its own children: `python -m tests.distill.killed_run run|workers|tasks FOLDER MOMENTS SEED`.

A fork of a process that has everything imported starts in a millisecond. After each kill the work is done
again, and what it leaves is compared with what an uninterrupted one leaves; what differs is said on standard
output, and at the end how many kills came before the work had ended.
"""

import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from distill.drawing.streams import OF_A_WORLD, random_tasks
from distill.drawing.task_files import begun_tasks, write_tasks
from distill.drawing.tasks import Tally
from distill.running.casting import CastSpec
from distill.running.run import Progress, run
from distill.seats.rules_user import RulesUser
from tests.agent.shop import open_shop
from tests.distill.kettle_task import kettle_task
from tests.index.killed import finish, fork

TASKS = 24
SPEC = CastSpec(fault_share=0.7, seed=3)
KEPT = (
    ("dialogues.sqlite", "SELECT place, task, stop, steps, record FROM dialogues ORDER BY place"),
    ("labels.sqlite", "SELECT * FROM labels ORDER BY task"),
)
"""What is kept of a run, but for the seconds that a dialogue took."""
TIMED = (("dialogues.sqlite", "SELECT place, seconds FROM dialogues"),)
"""What would change if a dialogue were held again."""


def main(verb: str, folder: Path, moments: int, seed: int) -> None:
    """Kill at random moments and say what differs afterwards."""
    chance, work = random.Random(seed), WORK[verb]
    whole = prepared(folder / "whole")
    started = time.monotonic()
    finish(fork(work, whole))
    duration = time.monotonic() - started
    early = 0
    for moment in range(moments):
        home = prepared(folder / f"killed-{moment}")
        child = fork(work, home)
        time.sleep(chance.uniform(0, duration))
        os.kill(child, signal.SIGKILL)
        early += os.WIFSIGNALED(os.waitpid(child, 0)[1])
        held = set(rows(home / "run", TIMED))
        finish(fork(work, home))
        if left(home) != left(whole) or not held <= set(rows(home / "run", TIMED)):
            sys.stdout.write(f"differs after the kill at moment {moment}\n")
            continue
        shutil.rmtree(home)
    sys.stdout.write(f"{early} of {moments} killed before the end\n")


def prepared(folder: Path, tasks: int = TASKS) -> Path:
    """A folder with a shop and a file of tasks in it."""
    with open_shop(folder / "home"):
        write_tasks(folder / "tasks.jsonl", (kettle_task(number) for number in range(1, tasks + 1)))
    return folder


def hold(folder: Path, workers: int = 1, ray: str = "", spec: CastSpec = SPEC) -> Progress:
    """Hold what is not held yet; how far it came."""
    told: list[Progress] = []
    run(folder / "tasks.jsonl", folder / "run", folder / "home", spec, told.append, workers=workers, ray=ray)
    return told[-1]


def draw(folder: Path) -> None:
    """Draw tasks over a world and a bit of the next."""
    out, count = folder / "drawn.jsonl", OF_A_WORLD + 8
    begun = begun_tasks(out, "as ever")
    write_tasks(out, random_tasks(folder / "home", count, 5, RulesUser, Tally(), begun=begun))


def left(folder: Path) -> set[tuple[Any, ...]]:
    """Everything that work has left and that must not depend on a kill."""
    return {*rows(folder / "run", KEPT), *drawn(folder)}


def rows(run: Path, queries: Sequence[tuple[str, str]]) -> Iterator[tuple[Any, ...]]:
    """Rows of a run's files, as far as it came."""
    for name, query in queries:
        if (run / name).exists():
            with closing(sqlite3.connect(run / name)) as connection:
                try:
                    yield from connection.execute(query).fetchall()
                except sqlite3.OperationalError:  # killed before its table was made
                    continue


def drawn(folder: Path) -> Iterator[tuple[bytes]]:
    """Lines of the tasks that were drawn, once all are there."""
    if (folder / "drawn.jsonl").exists():
        yield from ((line,) for line in (folder / "drawn.jsonl").read_bytes().splitlines())


def hold_alone(folder: Path) -> None:
    """A run in one process."""
    hold(folder)


def hold_with_workers(folder: Path) -> None:
    """A run with two workers."""
    hold(folder, workers=2)


WORK = {"run": hold_alone, "workers": hold_with_workers, "tasks": draw}

if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
