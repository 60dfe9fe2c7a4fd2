"""What a retraining's journal says, in order: what is counted, how long still, what was measured, its end.

The journal is a file, so what it says is text to be shown and numbers to be doubted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from finetune.retrain.journal import Entry, Kind
from finetune.run_record import Point
from index.text.sanitize import plain

STAGES = ("questions", "dialogues", "data set", "weights", "training", "adapter", "comparison")
"""What is done one after another."""
STEPS = "steps of the training"
_MOST = 10**9
"""Of anything that is counted."""
_LONGEST = 7 * 24 * 3600.0
"""Seconds that are still told."""


@dataclass(frozen=True)
class Counted:
    """Something that is counted."""

    what: str
    done: int
    total: int
    left: timedelta | None
    """How long still at the speed so far; None where that is not known, or nothing is left."""


@dataclass(frozen=True)
class Course:
    """One retraining as far as it has told."""

    name: str
    began: datetime
    last: datetime
    """When it was last heard of."""
    end: Kind
    """The kind of the last entry: `ended`, `stopped`, or one after which it went on."""
    why: str
    """Why it stopped."""
    said: tuple[str, ...]
    counts: tuple[Counted, ...]
    points: tuple[Point, ...]


def course_of(entries: Sequence[Entry]) -> Course | None:
    """The retraining that a journal tells of; None where there was none."""
    begun = [place for place, entry in enumerate(entries) if entry.kind == "begun"]
    if not begun:
        return None
    piece, last = entries[begun[-1] :], entries[-1]
    points = _points(entries)
    return Course(
        name=entries[begun[0]].text,
        began=piece[0].at,
        last=last.at,
        end=last.kind,
        why=plain(last.text) if last.kind == "stopped" else "",
        said=tuple(plain(entry.text) for entry in entries if entry.kind == "said"),
        counts=tuple(_counts(entries, piece, points)),
        points=points,
    )


def _counts(entries: Sequence[Entry], piece: Sequence[Entry], points: Sequence[Point]) -> list[Counted]:
    """In the order in which they were first heard of."""
    found: dict[str, Counted] = {}
    for entry in entries:
        if entry.kind == "measured" and points:
            found[STEPS] = _steps(points)
        if entry.kind == "counted" and 0 <= entry.done <= entry.total <= _MOST:
            found[entry.text] = Counted(plain(entry.text), entry.done, entry.total, None)
    for what, counted in found.items():
        told = [entry for entry in piece if entry.kind == "counted" and entry.text == what]
        if len(told) > 1 and counted.left is None:
            first, last = told[0], told[-1]
            spent = (last.at - first.at).total_seconds()
            left = _left(spent, counted.done - first.done, counted.total - counted.done)
            found[what] = Counted(counted.what, counted.done, counted.total, left)
    return list(found.values())


def _steps(points: Sequence[Point]) -> Counted:
    last = points[-1]
    return Counted(STEPS, last.step, last.of, _left(last.seconds, last.step, last.of - last.step))


def _left(spent: float, done: int, ahead: int) -> timedelta | None:
    if done <= 0 or ahead <= 0 or spent <= 0:
        return None
    seconds = spent / done * ahead
    return timedelta(seconds=seconds) if seconds < _LONGEST else None


def _points(entries: Sequence[Entry]) -> tuple[Point, ...]:
    """What was measured; a training that was taken up again at a step takes the place of what came behind."""
    found: list[Point] = []
    for entry in entries:
        if entry.point is None or not _sound(entry.point):
            continue
        if found and found[-1].step > entry.point.step:
            found = [point for point in found if point.step <= entry.point.step]
        found.append(entry.point)
    return tuple(found)


def _sound(point: Point) -> bool:
    measured = (point.seconds, point.loss, point.validation_loss, point.call_accuracy)
    return 0 <= point.step <= point.of <= _MOST and all(
        value is None or (math.isfinite(value) and abs(value) <= _MOST) for value in measured
    )


def time_left(left: timedelta) -> str:
    """How long still, in words."""
    seconds = left.total_seconds()
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 1.5 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
