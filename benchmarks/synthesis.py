"""How fast the rule seats make supervised trajectories, on one core and on two, and in what memory.

    python -m benchmarks.synthesis [--tasks 200] [--spread 600] [--faults 0.3] [--profile]

Tasks are drawn over the demo catalogue and over random worlds, without vectors, and come round again under
new ids where more are asked for. The rate is of dialogues with nothing stored; the spread is of whole runs of
`distill run` in one process and with two workers; memory is that of such a run over `--tasks` tasks.
"""

import argparse
import cProfile
import pstats
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

import psutil

from distill.drawing.streams import OF_A_WORLD, home_tasks, random_tasks
from distill.drawing.task_files import write_tasks
from distill.drawing.tasks import Tally
from distill.running.casting import Casting, CastSpec
from distill.running.run import Progress, run
from distill.seats.rules_user import RulesUser
from distill.stage import hold
from distill.task import Task
from distill.worlds.open import Worlds
from index.catalog import Catalog
from index.demo.shop import build_demo

WORLDS = 4
DISTINCT = 400
"""Tasks drawn over the demo catalogue; beyond them they come round again."""
TARGET, RATIO = 600, 1.8
"""Supervised trajectories a minute of one core; two workers over one."""
SEED = 3
TIMED = 200
"""Dialogues of either kind whose rate is taken."""
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

    cpu: float
    """Seconds of the processor."""
    wall: float
    """Seconds of the clock."""
    steps: int
    stop: str


class Point(NamedTuple):
    """A run at one moment."""

    done: int
    seconds: float
    """Since the run began."""
    parent: float
    worker: float
    """Resident MB of the first process and of its largest worker; 0 without one."""


def drawn(home: Path, count: int) -> tuple[list[Task], list[Task]]:
    """Tasks over the demo catalogue and over random worlds."""
    over_demo = home_tasks(home, (), min(count, DISTINCT), SEED, RulesUser, Tally())
    over_worlds = random_tasks(home, min(count, WORLDS * OF_A_WORLD), SEED, RulesUser, Tally())
    return list(over_demo), list(over_worlds)


def hold_all(tasks: Sequence[Task], worlds: Worlds, spec: CastSpec) -> list[Timing]:
    """Hold each task's dialogue; a world is opened before the clock starts."""
    casting, timings = Casting(spec), []
    for task in tasks:
        index = worlds.index(task.world)
        cpu, wall = time.process_time(), time.perf_counter()
        dialogue = hold(task, index, casting.cast(task, index)[0]).dialogue
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        timings.append(Timing(cpu, wall, dialogue.steps, dialogue.stop))
    return timings


def report(name: str, timings: Sequence[Timing]) -> None:
    """Print the rate of some dialogues."""
    cpu, wall = [t.cpu for t in timings], sum(t.wall for t in timings)
    finished = sum(t.stop == "reported" for t in timings)
    stops = ", ".join(f"{stop} {times}" for stop, times in Counter(t.stop for t in timings).most_common())
    print(
        f"{name}: {60 * finished / sum(cpu):,.0f} trajectories a minute of processor time "
        f"(at least {TARGET}), {60 * finished / wall:,.0f} of wall clock; {1e3 * mean(cpu):.0f} ms each, "
        f"median {1e3 * median(cpu):.0f}, {mean(t.steps for t in timings):.1f} steps; {stops}"
    )


def repeated(tasks: Sequence[Task], count: int) -> Iterator[Task]:
    """That many tasks: those given, again and again under new ids and seeds."""
    for number, task in enumerate(islice(cycle(tasks), count)):
        again = number // len(tasks)
        yield task.model_copy(update={"id": f"{task.id}-{again}", "seed": task.seed + again})


def watched(tasks: Path, home: Path, spec: CastSpec, workers: int) -> list[Point]:
    """Hold a run and look at it whenever something was written."""
    began, points = time.perf_counter(), list[Point]()
    here = psutil.Process()

    def look(progress: Progress) -> None:
        of_workers = [child.memory_info().rss for child in here.children()]
        rss = (here.memory_info().rss, max(of_workers, default=0))
        points.append(Point(progress.done, time.perf_counter() - began, *(size / 1e6 for size in rss)))

    with tempfile.TemporaryDirectory() as folder:
        run(tasks, Path(folder), home, spec, look, workers=workers)
    return [*points, points[-1]._replace(seconds=time.perf_counter() - began)]


def report_spread(tasks: Path, home: Path, spec: CastSpec) -> None:
    """Print how much faster two workers are than one."""
    whole, steady = list[float](), list[float]()
    for workers in (1, 2):
        cpu = time.process_time()
        points = watched(tasks, home, spec, workers)
        last, first = points[-2], points[1]
        whole.append(points[-1].seconds)
        steady.append((last.seconds - first.seconds) / (last.done - first.done))
        print(
            f"{workers} worker(s): {last.done:,} dialogues kept in {whole[-1]:.1f} s, "
            f"{time.process_time() - cpu:.1f} s of them the first process's own work"
        )
    print(
        f"two workers over one (at least {RATIO}): {steady[0] / steady[1]:.2f} once both run, "
        f"{whole[0] / whole[1]:.2f} with their start"
    )


def report_memory(points: Sequence[Point]) -> None:
    """Print the memory of a run at every tenth of the way."""
    total = points[-1].done
    for tenth in range(1, 11):
        until = [p for p in points if p.done <= total * tenth / 10]
        now = until[-1]
        print(
            f"{now.done:>9,} dialogues: "
            f"parent {now.parent:.0f} MB (peak {max(p.parent for p in until):.0f}), "
            f"worker {now.worker:.0f} MB (peak {max(p.worker for p in until):.0f}), {now.seconds:,.0f} s"
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


def report_rates(demo: Sequence[Task], random: Sequence[Task], home: Path, spec: CastSpec) -> None:
    """Print how many trajectories a minute come of one core."""
    with Worlds(home, WORLDS + 1) as worlds:
        hold_all(demo[:WARM], worlds, spec)
        report("demo catalogue", hold_all(demo[:TIMED], worlds, spec))
        report("random worlds", hold_all(random[:TIMED], worlds, spec))


def profiled(tasks: Sequence[Task], home: Path, spec: CastSpec) -> None:
    """Print where the time goes."""
    with Worlds(home, WORLDS + 1) as worlds:
        hold_all(tasks[:WARM], worlds, spec)
        profile = cProfile.Profile()
        profile.runcall(hold_all, tasks, worlds, spec)
        report_parts(profile, len(tasks))


def main() -> None:
    """Print the rates, the gain of a second worker, and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=200, help="dialogues over which memory is watched")
    parser.add_argument(
        "--spread", type=int, default=600, help="dialogues of one and two workers; 0 for none"
    )
    parser.add_argument("--faults", type=float, default=0.3, help="share of dialogues with planted faults")
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    spec = CastSpec(fault_share=asked.faults, seed=SEED)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with Catalog.open(home / "catalog.sqlite") as catalog:
            build_demo(catalog)
        began = time.process_time()
        demo, random = drawn(home, max(asked.tasks, asked.spread))
        print(f"a task: {1e3 * (time.process_time() - began) / len(demo + random):.0f} ms to draw")
        report_rates(demo, random, home, spec)
        if asked.spread:
            write_tasks(home / "spread.jsonl", repeated(demo + random, asked.spread))
            report_spread(home / "spread.jsonl", home, spec)
        write_tasks(home / "tasks.jsonl", repeated(demo + random, asked.tasks))
        report_memory(watched(home / "tasks.jsonl", home, spec, workers=2))
        if asked.profile:
            profiled(demo[:TIMED], home, spec)


if __name__ == "__main__":
    main()
