"""Policies side by side on the same tasks, with intervals, differences and pass^k.

The floor, the rules and the oracle are always among them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import comb
from statistics import fmean

from distill.errors import EvaluationError
from distill.evaluate.contestants import ORACLE, RULES
from distill.evaluate.figures import FIGURES
from distill.evaluate.intervals import Interval, bootstrap, paired
from distill.evaluate.race import REFERENCE, CodeRubric, RaceJudge, reference_run
from distill.evaluate.run import MAX_STEPS, Contestant, Run, research
from distill.evaluate.scoring import Scores, score
from distill.seats.roles import UserSeat
from distill.task import Task
from distill.worlds.open import OpenWorld
from index.product import Record
from index.search import Index

UserFor = Callable[[Index], UserSeat]
"""The person over a world's index; the same for all contestants."""
Progress = Callable[[str, Task, Scores], None]
"""Told of each run as it ends: the contestant's name, the task and its figures."""


class Row(Record):
    """One run's figures."""

    contestant: str
    task: str
    seed: int
    stop: str
    scores: Scores


class Standing(Record):
    """One contestant over all tasks."""

    name: str
    n: int
    """Tasks that it ran on."""
    figures: dict[str, Interval | None]
    """By name of the figure; the seeds of a task are averaged first."""
    against: dict[str, Interval | None]
    """Paired differences to the rules that read for themselves."""
    pass_k: tuple[float, ...]
    """Chance that 1, 2, … k runs of a task all succeed."""


class Asked(Record):
    """What the tasks were, for the page."""

    task: str
    question: str
    family: str
    answer: str


class Evaluation(Record):
    """Everything that an evaluation found."""

    judge: str
    reference: str
    k: int
    tasks: tuple[Asked, ...]
    standings: tuple[Standing, ...]
    rows: tuple[Row, ...]
    judge_failures: int


def evaluate(
    tasks: Sequence[Task],
    contestants: Sequence[Contestant],
    open_world: OpenWorld,
    k: int,
    user_for: UserFor,
    floor: Contestant,
    judge: RaceJudge | None = None,
    max_steps: int = MAX_STEPS,
    progress: Progress | None = None,
) -> Evaluation:
    """Run everyone k times on every task; raises EvaluationError for no task or a name given twice."""
    everyone = (floor, RULES, ORACLE, *contestants)
    names = [c.name for c in everyone]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise EvaluationError(f"Two contestants are called {twice!r}; give one of them another name.")
    if not tasks or k < 1:
        raise EvaluationError("There is nothing to evaluate: give at least one task and one run of each.")
    judge = judge or CodeRubric()
    rows = list(_rows(tasks, everyone, open_world, k, user_for, judge, max_steps, progress))
    return Evaluation(
        judge=judge.name,
        reference=REFERENCE,
        k=k,
        tasks=tuple(Asked(task=t.id, question=t.question, family=t.family, answer=t.answer) for t in tasks),
        standings=tuple(standings(rows, names, k)),
        rows=tuple(rows),
        judge_failures=sum(row.scores.race is None for row in rows),
    )


def _rows(
    tasks: Sequence[Task],
    contestants: Sequence[Contestant],
    open_world: OpenWorld,
    k: int,
    user_for: UserFor,
    judge: RaceJudge,
    max_steps: int,
    progress: Progress | None,
) -> Iterator[Row]:
    for number, task in enumerate(tasks):
        index = open_world(task.world)
        user = user_for(index)
        reference = reference_run(task, index, user)
        for contestant in contestants:
            for seed in range(k if contestant.first is None or number < contestant.first else 0):
                run = research(task, index, contestant, user, seed, max_steps)
                yield _row(run, contestant.name, index, reference, judge, progress)


def _row(
    run: Run, name: str, index: Index, reference: Run, judge: RaceJudge, progress: Progress | None
) -> Row:
    scores = score(run, index, reference, judge)
    if progress is not None:
        progress(name, run.task, scores)
    return Row(contestant=name, task=run.task.id, seed=run.seed, stop=run.stop, scores=scores)


def standings(rows: Sequence[Row], names: Sequence[str], k: int) -> Iterator[Standing]:
    """Each contestant's means, its differences to the rules, and its pass^k."""
    values = {name: by_task([r for r in rows if r.contestant == name]) for name in names}
    for name in names:
        yield Standing(
            name=name,
            n=len({r.task for r in rows if r.contestant == name}),
            figures={f.name: bootstrap(list(values[name][f.name].values()), f.name) for f in FIGURES},
            against={
                f.name: paired(values[name][f.name], values[RULES.name][f.name], f.name) for f in FIGURES
            },
            pass_k=pass_k([r for r in rows if r.contestant == name], k),
        )


def by_task(rows: Iterable[Row]) -> Mapping[str, Mapping[str, float]]:
    """For each figure the mean of each task's runs; tasks without a value are left out."""
    found: dict[str, dict[str, list[float]]] = {f.name: {} for f in FIGURES}
    for row in rows:
        figures = row.scores.model_dump()
        for name, tasks in found.items():
            if figures[name] is not None:
                tasks.setdefault(row.task, []).append(float(figures[name]))
    return {name: {task: fmean(values) for task, values in tasks.items()} for name, tasks in found.items()}


def pass_k(rows: Iterable[Row], k: int) -> tuple[float, ...]:
    """For 1 to k: the chance that so many runs of a task, drawn without replacement, all succeed."""
    wins: dict[str, int] = {}
    for row in rows:
        wins[row.task] = wins.get(row.task, 0) + int(row.scores.success)
    return tuple(fmean(comb(won, j) / comb(k, j) for won in wins.values()) for j in range(1, k + 1))
