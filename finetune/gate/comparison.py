"""The candidate beside the model in use after a look: better, not shown to be, or worse in what matters.

The candidate passes where the interval of its paired differences lies above zero for predicate success or for
SCORE (RACE by code, see `distill.evaluate.race`), and none of GUARDS is lost.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Literal, NamedTuple

from distill.evaluate.compare import Row
from distill.evaluate.figures import FIGURES, Figure, shown
from distill.evaluate.intervals import Interval, bootstrap
from distill.task import Task
from finetune.errors import GateError
from finetune.gate.looks import (
    FEWEST,
    Look,
    score_interval,
    smallest_score,
    smallest_success,
    success_interval,
)
from index.product import Record

SUCCESS, SCORE = "success", "race"
NOTHING_FITS = "nothing_fits"
SLOWER, NOTICED = 1.25, 2.0
"""A candidate is slower where it takes so many times the seconds of the model in use, and so many more."""
TIMED = 5
"""Tasks that the model in use met, fewer of which tell nothing of speed."""
_SAID = {f.name: f for f in FIGURES} | {NOTHING_FITS: Figure(NOTHING_FITS, "honest “nothing fits”")}

End = Literal["shown", "all", "hopeless"]
"""Why no further task was run: a gain was shown, there are no more, or none is to be expected."""


class Guard(NamedTuple):
    """What a candidate may not lose, whatever it gains."""

    figure: str
    allowed: float
    """How far the mean difference may lie on the wrong side."""
    better: Literal[1, -1] = 1


GUARDS = (
    Guard(SUCCESS, 0.0),
    Guard(SCORE, 0.01),
    Guard("citation_accuracy", 0.01),
    Guard(NOTHING_FITS, 0.05),
    Guard("errors", 0.1, better=-1),
)


class Pair(NamedTuple):
    """Both runs of one task."""

    task: Task
    in_use: Row
    candidate: Row
    timed: bool
    """Whether both ran one right after the other, so that their seconds can be compared."""


class Line(Record):
    """One figure of both."""

    figure: str
    in_use: float
    candidate: float
    difference: Interval | None
    """95 %, for this figure alone."""


class Comparison(Record):
    """What a look has shown."""

    look: Look
    planned: int
    """Tasks that there were."""
    success: Interval
    """Differences in predicate success, candidate less model in use, as wide as the look demands."""
    score: Interval
    """Differences in SCORE."""
    smallest_success: float
    """Gain in predicate success that so many tasks would have shown four times in five."""
    smallest_score: float
    lost: tuple[str, ...]
    """What the candidate is worse in, a clause each."""
    lines: tuple[Line, ...]
    end: End
    rows: tuple[Row, ...]

    @property
    def better(self) -> bool:
        """Whether a gain is shown."""
        return self.look.tasks >= FEWEST and max(self.success.low, self.score.low) > 0

    @property
    def passed(self) -> bool:
        """Whether the candidate takes the place of the model in use."""
        return self.better and not self.lost

    @property
    def sentence(self) -> str:
        """The outcome and what it rests on."""
        told = (
            f"predicate success {shown(self.success, _SAID[SUCCESS])}, "
            f"RACE {shown(self.score, _SAID[SCORE])} "
            f"over {self.look.tasks} of {self.planned} held-out tasks (differences in points)"
        )
        if self.passed:
            return f"The candidate is better: {told}."
        if self.better:
            return f"The candidate is better, but {'; '.join(self.lost)}, so the model in use stays: {told}."
        if self.look.tasks < FEWEST:
            return f"Too few tasks to tell, at least {FEWEST} are needed, so the model in use stays: {told}."
        return (
            f"The candidate is not shown to be better, so the model in use stays: {told}. So many tasks show "
            f"a gain of {100 * self.smallest_success:.1f} points in predicate success or "
            f"{100 * self.smallest_score:.1f} in RACE four times in five."
        )


def judged(pairs: Sequence[Pair], look: Look, planned: int, end: End) -> Comparison:
    """What is to be concluded from the pairs of a look; raises GateError where no task gave a score."""
    success, score = differences(pairs, SUCCESS), differences(pairs, SCORE)
    if not success or not score:
        raise GateError("No task gave a figure for both models; draw other held-out tasks.")
    lines = tuple(_lines(pairs))
    return Comparison(
        look=look,
        planned=planned,
        success=success_interval(list(success.values()), look.error),
        score=score_interval(list(score.values()), look.error),
        smallest_success=smallest_success(list(success.values()), look.error),
        smallest_score=smallest_score(list(score.values()), look.error),
        lost=tuple(_lost(lines)),
        lines=lines,
        end=end,
        rows=tuple(row for pair in pairs for row in (pair.in_use, pair.candidate)),
    )


def differences(pairs: Sequence[Pair], figure: str) -> Mapping[str, float]:
    """Candidate less model in use, for each task that has the figure for both."""
    both = {pair.task.id: _both(pair, figure) for pair in pairs}
    return {task: values[1] - values[0] for task, values in both.items() if values is not None}


def heading(line: Line) -> Figure:
    """How a line is named and shown."""
    return _SAID[line.figure]


def _both(pair: Pair, figure: str) -> tuple[float, float] | None:
    if figure == NOTHING_FITS:
        if pair.task.answer != "none" or pair.task.change or pair.task.follow_up:
            return None
        figure = SUCCESS
    # Giving up early is not speed: only what the model in use met can be done more slowly.
    if figure == "seconds" and not (pair.timed and pair.in_use.scores.success):
        return None
    old, new = (row.scores.model_dump()[figure] for row in (pair.in_use, pair.candidate))
    return None if old is None or new is None else (old, new)


def _lines(pairs: Sequence[Pair]) -> list[Line]:
    found = []
    for name in _SAID:
        both = [values for pair in pairs if (values := _both(pair, name)) is not None]
        if len(both) >= (TIMED if name == "seconds" else 1):
            old, new = (fmean(side) for side in zip(*both, strict=True))
            apart = bootstrap([after - before for before, after in both], f"gate:{name}")
            found.append(Line(figure=name, in_use=old, candidate=new, difference=apart))
    return found


def _lost(lines: Sequence[Line]) -> list[str]:
    by_name = {line.figure: line for line in lines}
    lost = []
    for guard in GUARDS:
        line = by_name.get(guard.figure)
        if line is not None and guard.better * (line.candidate - line.in_use) < -guard.allowed:
            lost.append(f"{heading(line).heading} is worse ({_from_to(line)})")
    seconds = by_name.get("seconds")
    if seconds is not None and seconds.candidate > max(SLOWER * seconds.in_use, seconds.in_use + NOTICED):
        lost.append(f"it is slower ({seconds.candidate:.1f} in place of {seconds.in_use:.1f} seconds a run)")
    return lost


def _from_to(line: Line) -> str:
    share = heading(line).share
    old, new = (f"{100 * v:.1f}" if share else f"{v:.2f}" for v in (line.in_use, line.candidate))
    return f"{new} in place of {old}"
