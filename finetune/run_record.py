"""What a training was and how it went: one JSON file beside the checkpoints.

Two of them can be compared, and the loss drawn. The record is written whole after every point, so a run
that was killed has its curve.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from finetune.errors import RecordError
from finetune.recipe import Recipe
from index.product import Record, first_fault

RECORD = "run.json"
PLOT_HEIGHT = 16


class Point(Record):
    """What was measured at a step; only what was measured then is set."""

    step: int
    of: int
    """Steps of the whole training."""
    seconds: float
    """Of training so far, earlier pieces included."""
    tokens: int = 0
    """Tokens read so far, earlier pieces included."""
    loss: float | None = None
    """Of a training batch: a learned token's mean, or a pair's."""
    learning_rate: float | None = None
    validation_loss: float | None = None
    call_accuracy: float | None = None
    """Share of the validation split's learned calls whose every token is the likeliest (teacher-forced)."""
    preferred: float | None = None
    """Share of pairs whose chosen step gained more on the base model than the other (DPO): of a training
    batch, or beside a validation loss of the validation split."""


class Amounts(Record):
    """What was learned from."""

    samples: int
    validation: int
    too_long: int
    """Samples left out because they are longer than the recipe's `max_length`."""
    tokens: int
    """Of an epoch."""
    learned: int
    """Of them in the loss."""
    longest: int
    """Tokens of the longest sequence."""


class RunRecord(Record):
    """A training, as far as it came."""

    recipe: Recipe
    wire: int
    commit: str = ""
    """Of the code, where it is a git checkout; ends in `+` where files were changed since."""
    hashes: dict[str, str] = Field(default_factory=dict)
    """SHA-256 of every file that was read, by `data/NAME` and `model/NAME`."""
    hardware: str = ""
    processes: int = 1
    versions: dict[str, str] = Field(default_factory=dict)
    amounts: Amounts
    curve: tuple[Point, ...] = ()
    resumed: tuple[int, ...] = ()
    """Steps at which the training was taken up again."""
    end: Literal["going", "done", "stopped"] = "going"
    cause: str = ""
    """Why it stopped."""

    @property
    def tokens_per_second(self) -> float:
        """Speed over the whole training; 0 where nothing was measured."""
        last = self.curve[-1] if self.curve else None
        return last.tokens / last.seconds if last is not None and last.seconds > 0 else 0.0

    def with_point(self, point: Point) -> "RunRecord":
        """The record with one more point."""
        return self.model_copy(update={"curve": (*self.curve, point)})

    def taken_up(self, step: int) -> "RunRecord":
        """The record of a training that goes on from a step; what came behind it is done again."""
        kept = tuple(point for point in self.curve if point.step <= step)
        return self.model_copy(update={"curve": kept, "resumed": (*self.resumed, step), "end": "going"})


def write_record(record: RunRecord, folder: Path) -> None:
    """Write the record beside the checkpoints, in one piece."""
    partial = folder / f".{RECORD}.partial"
    partial.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
    partial.replace(folder / RECORD)


def read_record(folder: Path) -> RunRecord:
    """Read a training's record; raises RecordError."""
    path = folder / RECORD
    try:
        return RunRecord.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise RecordError(f"{folder} holds no training: it has no {RECORD}.") from error
    except OSError as error:
        raise RecordError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise RecordError(f"{path} is no record of a training: {first_fault(error)}.") from error


def commit_of(folder: Path) -> str:
    """The commit of a git checkout, with `+` where files were changed since; empty where there is none."""
    try:
        said = [
            subprocess.run(
                ["git", "-C", str(folder), *command],
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            ).stdout.strip()
            for command in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
        ]
    except (OSError, subprocess.CalledProcessError):
        return ""
    return said[0] + ("+" if said[1] else "")


def compare(a: RunRecord, b: RunRecord) -> Iterator[tuple[str, str, str]]:
    """Two trainings as rows of a table: what differs in recipe, data and code, then how they went."""
    for key, left in _settings(a).items():
        right = _settings(b)[key]
        if left != right:
            yield key, left, right
    for what, values in _outcomes(a, b):
        yield what, *values


def plot(curve: Sequence[Point], width: int) -> str:
    """The losses by step, `width` characters wide; empty while there is nothing to draw."""
    trained = [(p.step, p.loss) for p in curve if p.loss is not None]
    validated = [(p.step, p.validation_loss) for p in curve if p.validation_loss is not None]
    if not trained:
        return ""
    import plotext  # 60 ms, only for plots

    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(width, PLOT_HEIGHT)
    plotext.title(f"loss by step, {trained[-1][0]} of {curve[-1].of}")
    plotext.plot(*zip(*trained, strict=True), label="training", marker="braille")
    if validated:
        plotext.scatter(*zip(*validated, strict=True), label="validation", marker="x")
    drawn: str = plotext.uncolorize(plotext.build())
    plotext.clear_figure()
    return drawn


def said(point: Point) -> str:
    """A point as one line of narration."""
    measured = (
        ("loss", point.loss, ".4f"),
        ("validation loss", point.validation_loss, ".4f"),
        ("calls right", point.call_accuracy, ".1%"),
        ("preferred", point.preferred, ".1%"),
    )
    parts = [f"{name} {value:{form}}" for name, value, form in measured if value is not None]
    return f"step {point.step} of {point.of}: {', '.join(parts)}; {point.seconds:,.0f} s"


def _settings(record: RunRecord) -> dict[str, str]:
    """Everything that decided a training, as text."""
    recipe = {key: str(value) for key, value in record.recipe.model_dump(mode="json").items()}
    hashes = "; ".join(f"{name} {value[:12]}" for name, value in sorted(record.hashes.items()))
    about = {"wire": str(record.wire), "code": record.commit or "unknown", "hashes": hashes}
    return recipe | about | {"hardware": record.hardware, "processes": str(record.processes)}


def _outcomes(a: RunRecord, b: RunRecord) -> Iterator[tuple[str, tuple[str, str]]]:
    yield "end", (_end(a), _end(b))
    yield "samples", (f"{a.amounts.samples:,}", f"{b.amounts.samples:,}")
    left, right = _measures(a), _measures(b)
    for (what, form), value in left.items():
        other = right[what, form]
        if value is not None or other is not None:
            yield what, (_number(value, form), _number(other, form))


def _measures(record: RunRecord) -> dict[tuple[str, str], float | None]:
    """Names and formats of what was measured."""
    last = record.curve[-1] if record.curve else None
    validated = [p.validation_loss for p in record.curve if p.validation_loss is not None]
    return {
        ("tokens read", ",.0f"): float(last.tokens) if last else None,
        ("seconds", ",.0f"): last.seconds if last else None,
        ("tokens a second", ",.0f"): record.tokens_per_second or None,
        ("last loss", ".4f"): _last([p.loss for p in record.curve]),
        ("last validation loss", ".4f"): _last(validated),
        ("best validation loss", ".4f"): min(validated, default=None),
        ("last calls right", ".1%"): _last([p.call_accuracy for p in record.curve]),
        ("last pairs preferred", ".1%"): _last([p.preferred for p in record.curve]),
    }


def _last(values: Sequence[float | None]) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else f"{value:{form}}"


def _end(record: RunRecord) -> str:
    last = record.curve[-1] if record.curve else None
    steps = f" after step {last.step} of {last.of}" if last else ""
    return f"{record.end}{steps}"
