"""The gate: a candidate takes the place of the model in use only where it is measurably better.

Both research the same held-out tasks with the same played person, greedily, and every task compares them.
The candidate passes where

    its predicate success is not lower: the mean of the paired differences is at least 0, and
    its RACE (by code, see `distill.evaluate.race`) is higher: the whole 95 % bootstrap interval of the paired
    differences lies above 0,

over at least FEWEST tasks. A tie keeps the present one. What is measured is left to `distill.evaluate`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import ValidationError

from distill.evaluate.compare import Evaluation, by_task, evaluate
from distill.evaluate.figures import FIGURES, shown
from distill.evaluate.intervals import Interval, paired
from distill.evaluate.run import MAX_STEPS, Contestant
from distill.evaluate.table import evaluation_table
from distill.seats.rules_user import RulesUser
from distill.task import Task
from distill.whole_files import written_whole
from distill.worlds.open import OpenWorld
from finetune.errors import GateError
from index.product import Record, first_fault

IN_USE, CANDIDATE = "model in use", "candidate"
SUCCESS, SCORE = "success", "race"
FEWEST = 20
"""Tasks with both figures: with fewer an interval says little."""
REPORT, TABLE = "gate.json", "gate.txt"

Tell = Callable[[int, int], None]
"""Told of runs done and runs in all; those of the rules and the oracle, which stand beside, count too."""


class Comparison(Record):
    """The candidate beside the model in use."""

    success: Interval
    """Differences in predicate success, candidate less model in use."""
    score: Interval
    """Differences in SCORE."""
    fewest: int
    evaluation: Evaluation

    @property
    def passed(self) -> bool:
        """Whether the candidate takes the place of the model in use."""
        return self.score.n >= self.fewest and self.success.mean >= 0 and self.score.low > 0

    @property
    def sentence(self) -> str:
        """The outcome and what it rests on."""
        said = {f.name: f for f in FIGURES}
        differences = (
            f"predicate success {shown(self.success, said[SUCCESS])}, RACE {shown(self.score, said[SCORE])} "
            f"over {self.score.n} held-out tasks (differences in points, 95 % interval)"
        )
        if self.passed:
            return f"The candidate is better: {differences}."
        if self.score.n < self.fewest:
            return f"Too few tasks to tell, at least {self.fewest} are needed: {differences}."
        lower = "succeeds less often" if self.success.mean < 0 else "is not measurably better"
        return f"The candidate {lower} and the model in use stays: {differences}."


def compare(
    tasks: Sequence[Task],
    in_use: Contestant,
    candidate: Contestant,
    open_world: OpenWorld,
    *,
    fewest: int = FEWEST,
    max_steps: int = MAX_STEPS,
    tell: Tell | None = None,
) -> Comparison:
    """Run both on every task, with the rules and the oracle beside; raises GateError and EvaluationError."""
    runs, total = 0, len(tasks) * 4

    def count(*_: object) -> None:
        nonlocal runs
        runs += 1
        if tell is not None:
            tell(runs, total)

    # The model in use takes the place of the floor: random weights would cost more time than all the others.
    evaluation = evaluate(
        tasks, [candidate], open_world, 1, RulesUser, in_use, max_steps=max_steps, progress=count
    )
    values = {
        one.name: by_task(row for row in evaluation.rows if row.contestant == one.name)
        for one in (in_use, candidate)
    }
    new, old = values[candidate.name], values[in_use.name]
    success, score = (paired(new[name], old[name], f"gate:{name}") for name in (SUCCESS, SCORE))
    if success is None or score is None:
        raise GateError("No task gave a figure for both models; draw other held-out tasks.")
    return Comparison(success=success, score=score, fewest=fewest, evaluation=evaluation)


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write the comparison for programs and for people; raises DataError."""
    text = f"{comparison.sentence}\n\n{evaluation_table(comparison.evaluation)}"
    for name, content in ((TABLE, text), (REPORT, comparison.model_dump_json(indent=1) + "\n")):
        with written_whole(folder / name) as file:
            file.write(content.encode("utf-8"))


def read_comparison(folder: Path) -> Comparison:
    """A comparison that was kept; raises GateError."""
    path = folder / REPORT
    try:
        return Comparison.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = first_fault(error) if isinstance(error, ValidationError) else error.strerror
        raise GateError(f"{path} cannot be read ({reason}); remove it and compare again.") from error
