"""What supervision is worth: none, each of its states alone, all of them, and one to four report rounds.

Where the seats are rules the figures are a simulation of the method, and the heading says so. How a dialogue
is held is passed in.
"""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.resources import files

from pydantic import Field

from agent.report.lines import many
from distill.dialogue import State
from distill.errors import EvaluationError
from distill.evaluate.compare import Row as RunRow
from distill.evaluate.compare import UserFor, by_task
from distill.evaluate.figures import FIGURES
from distill.evaluate.intervals import Interval, bootstrap, paired
from distill.evaluate.race import REFERENCE, CodeRubric, reference_run
from distill.evaluate.run import Run
from distill.evaluate.scoring import Scores, score
from distill.task import Task
from distill.worlds.open import OpenWorld
from index.product import Record

SUPERVISIONS: dict[str, frozenset[State]] = {
    "none": frozenset(),
    "plan": frozenset({"plan"}),
    "calls": frozenset({"call"}),
    "report": frozenset({"report"}),
    "all": frozenset({"plan", "call", "report"}),
}
"""The states that are checked, by the name of the setting."""
ROUNDS = (1, 2, 3, 4)
USUAL_ROUNDS = 2

HoldWith = Callable[[Task, str, int], Run]
"""Holds one dialogue under a supervision (one of SUPERVISIONS) with so many report rounds."""
Progress = Callable[["Cell", Task, Scores], None]


class PaperRow(Record):
    """One line of the paper's Table 1, in percent."""

    system: str
    race: float
    comprehensiveness: float
    depth: float
    instruction_following: float
    readability: float
    products: float


class Rounds(Record):
    """Report quality after the first and the sixth supervision round."""

    first: float
    sixth: float


class Paper(Record):
    """What the paper says, for context."""

    heading: str
    table: tuple[PaperRow, ...]
    rounds: Rounds
    context: dict[str, float] = Field(default_factory=dict)


class Cell(Record):
    """One setting of the supervisor."""

    supervision: str
    rounds: int

    @property
    def name(self) -> str:
        """As the tables write it."""
        return f"{self.supervision}, {many(self.rounds, 'round')}"


class Ablated(Record):
    """What came of one setting."""

    cell: Cell
    n: int
    finished: int
    """Dialogues that came to a report."""
    figures: dict[str, Interval | None]
    against: dict[str, Interval | None]
    """Paired differences to no supervision."""


class Ablation(Record):
    """All settings on the same tasks."""

    heading: str
    judge: str
    reference: str
    cells: tuple[Ablated, ...]
    paper: Paper
    rows: tuple[RunRow, ...]


@cache
def paper() -> Paper:
    """The paper's figures."""
    text = files("distill.evaluate").joinpath("paper.toml").read_text(encoding="utf-8")
    return Paper.model_validate(tomllib.loads(text))


def settings() -> Iterator[Cell]:
    """Every setting, once: the supervisions at the usual rounds, then all of it by rounds."""
    yield from (Cell(supervision=s, rounds=USUAL_ROUNDS) for s in SUPERVISIONS)
    yield from (Cell(supervision="all", rounds=n) for n in ROUNDS if n != USUAL_ROUNDS)


def ablate(
    tasks: Sequence[Task],
    hold_with: HoldWith,
    open_world: OpenWorld,
    user_for: UserFor,
    *,
    simulated: bool,
    cells: Sequence[Cell] = (),
    progress: Progress | None = None,
) -> Ablation:
    """Hold every task under every setting; raises EvaluationError where there is no task.

    `simulated` says that rules sit in the seats. The first of `cells` is the one that the others are held
    against; without any, all settings are tried.
    """
    if not tasks:
        raise EvaluationError("There is nothing to ablate: give at least one task.")
    judge, tried = CodeRubric(), tuple(cells) or tuple(settings())
    rows: dict[str, list[RunRow]] = {cell.name: [] for cell in tried}
    for task in tasks:
        index = open_world(task.world)
        reference = reference_run(task, index, user_for(index))
        for cell in tried:
            run = hold_with(task, cell.supervision, cell.rounds)
            scores = score(run, index, reference, judge)
            row = RunRow(contestant=cell.name, task=task.id, seed=run.seed, stop=run.stop, scores=scores)
            rows[cell.name].append(row)
            if progress is not None:
                progress(cell, task, scores)
    return Ablation(
        heading="simulation: rules sit in the seats" if simulated else "models sit in the seats",
        judge=judge.name,
        reference=REFERENCE,
        cells=tuple(_ablated(tried, rows)),
        paper=paper(),
        rows=tuple(row for cell in rows.values() for row in cell),
    )


def _ablated(cells: Sequence[Cell], rows: dict[str, list[RunRow]]) -> Iterator[Ablated]:
    values = {name: by_task(each) for name, each in rows.items()}
    unsupervised = values[cells[0].name]
    for cell in cells:
        own = values[cell.name]
        yield Ablated(
            cell=cell,
            n=len(rows[cell.name]),
            finished=sum(row.stop == "reported" for row in rows[cell.name]),
            figures={f.name: bootstrap(list(own[f.name].values()), f.name) for f in FIGURES},
            against={f.name: paired(own[f.name], unsupervised[f.name], f.name) for f in FIGURES},
        )
