"""How fast supervised trajectories come into being with the rule seats, on one core, and where the time goes.

    python -m benchmarks.synthesis [--tasks 200] [--faults 0.3] [--profile]

Tasks are drawn over the demo catalogue and over random worlds, without vectors; each is held as `distill run`
holds it, with nothing stored. `--profile` gives each part's share of the time.
"""

import argparse
import cProfile
import pstats
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

from distill.drawing.shoppers import draw_histories
from distill.drawing.tasks import draw_tasks
from distill.faults import Faulty, draw_faults
from distill.seats.oracle import oracle
from distill.seats.rules_critic import RulesCritic
from distill.seats.rules_user import RulesUser
from distill.stage import Cast, hold
from distill.task import HOME, Task
from distill.worlds.open import Worlds
from index.catalog import Catalog
from index.demo.shop import build_demo

WORLDS = tuple(f"random:{seed}" for seed in range(1, 5))
TARGET = 600
"""Supervised trajectories a minute."""
SEED = 3
MOST_FAULTS = 3
WARM = 5
"""Tasks held before the clock starts: what is read once a process is no cost of a trajectory."""
PARTS = {
    "opening": ("opening.py", "begin"),
    "policy": ("rules.py", "_decide"),
    "checks": ("supervisor.py", "call"),
    "checks of reports": ("report.py", "check_report"),
    "tools": ("tools.py", "execute"),
    "assembly": ("assemble.py", "assemble"),
    "search, in all of them": ("search.py", "search"),
    "verify, in all of them": ("verify.py", "verify"),
}
"""Functions by file and name."""


class Timing(NamedTuple):
    """One dialogue."""

    seconds: float
    """Of the processor."""
    steps: int
    stop: str


def draw(worlds: Worlds, world: str, count: int) -> list[Task]:
    """Tasks of one world."""
    index = worlds.index(world)
    histories = list(draw_histories(index, SEED, count, world))
    return list(draw_tasks(index, world, histories, count, SEED, RulesUser(index)))


def hold_all(tasks: Sequence[Task], worlds: Worlds, fault_share: float) -> list[Timing]:
    """Hold each task's dialogue."""
    timings = []
    for task in tasks:
        began = time.process_time()
        index = worlds.index(task.world)
        faults = draw_faults(fault_share, MOST_FAULTS, task.id)
        research = Faulty(oracle(task), faults, task.id) if faults else oracle(task)
        cast = Cast(user=RulesUser(index), research=research, critic=RulesCritic(task))
        dialogue = hold(task, index, cast).dialogue
        timings.append(Timing(time.process_time() - began, dialogue.steps, dialogue.stop))
    return timings


def report(name: str, timings: Sequence[Timing]) -> None:
    """Print the rate of some dialogues."""
    seconds = [t.seconds for t in timings]
    finished = sum(t.stop == "reported" for t in timings)
    stops = ", ".join(f"{stop} {times}" for stop, times in Counter(t.stop for t in timings).most_common())
    print(
        f"{name}: {60 * finished / sum(seconds):,.0f} trajectories a minute of one core (at least {TARGET}); "
        f"{1e3 * mean(seconds):.0f} ms each, median {1e3 * median(seconds):.0f}, "
        f"{mean(t.steps for t in timings):.1f} steps; {stops}"
    )


def report_parts(profile: cProfile.Profile, dialogues: int) -> None:
    """Print each part's share of the profiled time, then the functions that cost most by themselves."""
    stats = pstats.Stats(profile)
    total: float = stats.total_tt  # type: ignore[attr-defined]
    rows: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = stats.stats  # type: ignore[attr-defined]
    for part, (file, function) in PARTS.items():
        found = [row for key, row in rows.items() if Path(key[0]).name == file and key[2] == function]
        calls, spent = sum(row[1] for row in found), sum(row[3] for row in found)
        print(f"  {part}: {100 * spent / total:.0f} %, {calls / dialogues:.1f} calls a dialogue")
    stats.sort_stats("tottime").print_stats(25)


def build(home: Path) -> None:
    """The demo catalogue without vectors."""
    with Catalog.open(home / "catalog.sqlite") as catalog:
        build_demo(catalog)


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--faults", type=float, default=0.3, help="share of dialogues with planted faults")
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Worlds(Path(folder), len(WORLDS) + 1) as worlds:
        build(Path(folder))
        began = time.process_time()
        for world in WORLDS:
            worlds.index(world)
        print(f"a random world: {(time.process_time() - began) / len(WORLDS):.2f} s")
        began = time.process_time()
        demo = draw(worlds, HOME, asked.tasks)
        drawn = [t for world in WORLDS for t in draw(worlds, world, asked.tasks // len(WORLDS))]
        print(f"a task: {1e3 * (time.process_time() - began) / len(demo + drawn):.0f} ms to draw")
        hold_all(demo[:WARM], worlds, asked.faults)
        profile = cProfile.Profile()
        if asked.profile:
            profile.enable()
        report("demo catalogue", hold_all(demo, worlds, asked.faults))
        report("random worlds", hold_all(drawn, worlds, asked.faults))
        profile.disable()
        if asked.profile:
            report_parts(profile, len(demo + drawn))


if __name__ == "__main__":
    main()
