"""`distill evaluate` and `ablate`: who researches how well on held-out tasks, and what supervision is worth.

The table goes to stdout, the page and the figures into files where they are wanted. What is measured and how
is left to `distill.evaluate`.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import NamedTuple, Self

from agent.report.lines import many
from distill.drawing.task_files import read_tasks
from distill.evaluate.ablate import Ablation, ablate, settings
from distill.evaluate.compare import Evaluation, Row, evaluate
from distill.evaluate.contestants import FLOOR, ORACLE, of_gguf, of_server, random_floor
from distill.evaluate.contestants import RULES as READING_RULES
from distill.evaluate.holding import held_by
from distill.evaluate.page import ablation_page, evaluation_page
from distill.evaluate.race import CodeRubric, ModelRubric, RaceJudge
from distill.evaluate.run import Contestant
from distill.evaluate.table import ablation_table, evaluation_table
from distill.running.casting import RULES, WARMTH, Casting, CastSpec, is_address
from distill.seats.model_judge import ModelJudge
from distill.seats.rules_user import RulesUser
from distill.seats.tally import Tally
from distill.task import Split, Task
from distill.whole_files import written_whole
from distill.worlds.open import Worlds
from models.served import connect
from tui import settings as own
from tui.distilling.saying import Ticker, say
from tui.settings import Settings
from tui.told import UsageError

TOLD = 20
"""Lines of progress where there is no terminal to write over."""


class HeldOut(NamedTuple):
    """Which tasks of a file are measured on."""

    path: Path
    split: Split
    most: int | None
    """At most so many; all where None."""
    fitting: int = 0
    """Only those of which at least so many products meet every hard need."""


class Wanted(NamedTuple):
    """Files to write beside the table."""

    html: Path | None
    json: Path | None


class Clock:
    """Tells how many runs of how many are done, and how long the others will take.

    Runs are timed by name: random weights take fifty times as long as rules, and on fewer tasks.
    """

    def __init__(self, due: Mapping[str, int]) -> None:
        self._due = due
        self._total = sum(due.values())
        self._seconds: dict[str, list[float]] = {name: [] for name in due}
        self._ticker = Ticker(max(1, self._total // TOLD))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._ticker.__exit__(*error)

    def tick(self, name: str, seconds: float) -> None:
        """One run more."""
        self._seconds[name].append(seconds)
        done = sum(map(len, self._seconds.values()))
        ends = done == self._total
        line = f"{done:,} of {self._total:,} runs" + ("" if ends else f", {self._left()} left")
        self._ticker.tell(done, line, last=ends)

    def _left(self) -> str:
        timed = {name: seconds for name, seconds in self._seconds.items() if seconds}
        left = sum(fmean(seconds) * (self._due[name] - len(seconds)) for name, seconds in timed.items())
        return f"{left / 60:.0f} min" if left >= 60 else f"{left:.0f} s"


def compare(held_out: HeldOut, engines: list[str], k: int, judge: str, floor: int, wanted: Wanted) -> None:
    """Hold everyone against each other on held-out tasks; the floor on the first `floor` of them."""
    tasks, set_to = _tasks(held_out), own.load()
    casting, tally = Casting(CastSpec(supervisor=judge, threads=set_to.threads)), Tally()
    contestants = [_contestant(engine, set_to, tally, k) for engine in engines]
    due = _due(contestants, k, len(tasks), floor)
    with Clock(due) as clock, tempfile.TemporaryDirectory() as folder, Worlds(own.home()) as worlds:
        evaluation = evaluate(
            tasks,
            contestants,
            worlds.index,
            k,
            RulesUser,
            random_floor(Path(folder), set_to.context, floor),
            _judge(judge, casting),
            set_to.max_steps,
            lambda name, _, scores: clock.tick(name, scores.seconds),
        )
    sys.stdout.write(evaluation_table(evaluation))
    for line in (*_failed(evaluation.rows), *tally.lines(), *casting.tally.lines()):
        say(line)
    _write(wanted.html, partial(evaluation_page, evaluation))
    _write(wanted.json, partial(_json, evaluation))


def supervise(held_out: HeldOut, teacher: str, faults: float, seed: int, wanted: Wanted) -> None:
    """Hold every task under every supervision and number of rounds."""
    tasks = _tasks(held_out)
    spec = CastSpec(
        user=teacher,
        research=teacher,
        supervisor=teacher,
        fault_share=faults,
        threads=own.load().threads,
        seed=seed,
    )
    casting, due = Casting(spec), {cell.name: len(tasks) for cell in settings()}
    with Clock(due) as clock, Worlds(own.home()) as worlds:
        ablation = ablate(
            tasks,
            held_by(casting, worlds.index),
            worlds.index,
            RulesUser,
            simulated=teacher == RULES,
            progress=lambda cell, _, scores: clock.tick(cell.name, scores.seconds),
        )
    sys.stdout.write(ablation_table(ablation))
    for line in casting.tally.lines():
        say(line)
    _write(wanted.html, partial(ablation_page, ablation))
    _write(wanted.json, partial(_json, ablation))


def _tasks(held_out: HeldOut) -> list[Task]:
    of_split = [task for task in read_tasks(held_out.path) if task.split == held_out.split]
    tasks = [task for task in of_split if task.fitting >= held_out.fitting][: held_out.most]
    if not tasks:
        kind = f" that {held_out.fitting} products fit" if of_split else ""
        other = "--fitting" if of_split else "--split"
        raise UsageError(
            f"{held_out.path} holds no task of the {held_out.split} split{kind}; "
            f"draw more tasks, or name another {other}."
        )
    return tasks


def _due(contestants: Sequence[Contestant], k: int, tasks: int, floor: int) -> dict[str, int]:
    """Runs that everyone is to make, by name."""
    everywhere = {c.name: k * tasks for c in (READING_RULES, ORACLE, *contestants)}
    return {FLOOR: k * min(floor, tasks), **everywhere}


def _contestant(source: str, set_to: Settings, tally: Tally, k: int) -> Contestant:
    """An engine as the person has set it; several runs of a task differ only where they are drawn."""
    temperature = set_to.temperature or (WARMTH if k > 1 else 0.0)
    if is_address(source):
        return of_server(connect(source), tally, set_to.context, temperature)
    return of_gguf(Path(source), set_to.context, set_to.threads, temperature)


def _judge(source: str, casting: Casting) -> RaceJudge:
    return CodeRubric() if source == RULES else ModelRubric(ModelJudge(casting.teacher(source)))


def _failed(rows: tuple[Row, ...]) -> Iterator[str]:
    """Why runs came to no report, a line a cause."""
    causes = Counter((row.contestant, row.stop) for row in rows if row.stop != "reported")
    for (name, stop), times in causes.most_common():
        yield f"{name}, {many(times, 'run')} {stop}"


def _json(found: Evaluation | Ablation) -> str:
    return found.model_dump_json(indent=2) + "\n"


def _write(path: Path | None, text: Callable[[], str]) -> None:
    """Write a file where one is wanted; its text is made only then."""
    if path is not None:
        with written_whole(path) as file:
            file.write(text().encode("utf-8"))
        say(f"written: {path}")
