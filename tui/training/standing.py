"""How the retraining of a home stands: its journal, and the files that its stages leave.

Everything here is read anew at each look, by a thread; a file that cannot be read is said or left out, for
it may be written or cleared away just now.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from distill.dataset.export import MANIFEST
from distill.errors import DistillError
from distill.filtering.record import Funnel
from distill.filtering.run import FUNNEL, read_funnel
from finetune.errors import FinetuneError
from finetune.gate.report import TABLE
from finetune.retrain.job import ADAPTER, Asked, read_asked
from finetune.retrain.journal import Follower, is_running
from finetune.run_folder import TRAINED
from finetune.run_record import RECORD, Amounts, read_record
from index.text.sanitize import plain
from models.bundled_agent import bundled_agent
from models.in_use import InUseError, ModelsInUse
from tui.training.course import STAGES, Course, course_of

_NAME = re.compile(r"retrained-[0-9a-f]{1,64}")
_LONGEST = 40_000
"""Bytes of a comparison's table that are shown."""
_MOST = 50
"""Retrainings of the past that are listed."""

Phase = Literal["none", "running", "ended", "stopped", "died"]


@dataclass(frozen=True)
class Retrained:
    """A retraining of the past."""

    name: str
    at: datetime
    used: bool
    """Whether it was put in use when it ended."""
    sentence: str


@dataclass(frozen=True)
class Standing:
    """Everything that the screen shows."""

    phase: Phase
    course: Course | None
    done: int
    """Stages that are done."""
    asked: Asked | None
    """What was asked of it."""
    funnel: Funnel | None
    amounts: Amounts | None
    """What the training learns from."""
    data: Path | None
    """The folder with a data set and the weights whose tokens it is read by, where both are there."""
    table: str
    """The comparison, for people."""
    in_use: str
    answers: bool
    """Whether what came of this retraining is in use now."""
    can_go_back: bool
    passed: Path | None
    """The adapter that passed its comparison last, where it was gone back from: it can be promoted again."""
    past: tuple[Retrained, ...]


def standing(home: Path, follower: Follower) -> Standing:
    """Look; raises nothing that a file can bring about."""
    running = is_running(home)
    course = course_of(follower.look())
    folder = _folder(home, course)
    in_use, adapter, can_go_back = _in_use(home)
    past = tuple(_past(home))
    return Standing(
        phase=_phase(course, running=running),
        course=course,
        done=_done(folder, course),
        asked=_asked(folder),
        funnel=_funnel(folder),
        amounts=_amounts(folder),
        data=folder if folder and _has_data(folder) else None,
        table=_text(folder / TABLE) if folder and course and course.end == "ended" else "",
        in_use=in_use,
        answers=folder is not None and adapter == f"{folder.name}/{ADAPTER}",
        can_go_back=can_go_back,
        passed=_passed(home, past, adapter),
        past=past,
    )


def _phase(course: Course | None, *, running: bool) -> Phase:
    if running:
        return "running"
    if course is None:
        return "none"
    return course.end if course.end in ("ended", "stopped") else "died"


def _folder(home: Path, course: Course | None) -> Path | None:
    """The name stands in a file, and must not lead elsewhere."""
    if course is None or not _NAME.fullmatch(course.name):
        return None
    return home / "retrain" / course.name


def _done(folder: Path | None, course: Course | None) -> int:
    """How many stages have left what says that they are done."""
    if course is None or folder is None:
        return 0
    if course.end == "ended":
        return len(STAGES)
    files = (
        "tasks.jsonl",
        f"dialogues/{FUNNEL}",
        f"dataset/{MANIFEST}",
        "base",
        f"training/{TRAINED}",
        ADAPTER,
        TABLE,
    )
    left = (place for place, file in enumerate(files) if not (folder / file).exists())
    return next(left, len(STAGES))


def _asked(folder: Path | None) -> Asked | None:
    try:
        return read_asked(folder) if folder else None
    except FinetuneError:
        return None


def _funnel(folder: Path | None) -> Funnel | None:
    for place in (folder / "dialogues", folder) if folder else ():
        try:
            return read_funnel(place)
        except DistillError:
            continue
    return None


def _amounts(folder: Path | None) -> Amounts | None:
    for place in (folder / "training", folder) if folder else ():
        if (place / RECORD).exists():
            try:
                return read_record(place).amounts
            except FinetuneError:
                continue
    return None


def _has_data(folder: Path) -> bool:
    return (folder / "dataset" / MANIFEST).exists() and (folder / "base").exists()


def _in_use(home: Path) -> tuple[str, str, bool]:
    """The model in use in words, its adapter on the shelf, and whether there is one before it."""
    models = ModelsInUse(home, bundled_agent())
    try:
        entries = models.entries
    except InUseError as error:
        return plain(str(error)), "", True
    if not entries:
        return "the agent that came along", "", False
    model = models.model(entries[-1])
    adapter = "" if model.adapter is None else _on_shelf(model.adapter)
    return plain(f"{model.name} since {entries[-1].since:%Y-%m-%d %H:%M}"), adapter, True


def _passed(home: Path, past: Sequence[Retrained], answers: str) -> Path | None:
    latest = next((home / "models" / each.name / ADAPTER for each in past if each.used), None)
    if latest is None or answers == _on_shelf(latest) or not latest.exists():
        return None
    return latest


def _on_shelf(adapter: Path) -> str:
    return f"{adapter.parent.name}/{adapter.name}"


def _past(home: Path) -> Iterator[Retrained]:
    """Retrainings that came to their end, the latest first."""
    shelf, work = home / "models", home / "retrain"
    found = {path.parent.name: path for place in (work, shelf) for path in place.glob(f"retrained-*/{TABLE}")}
    dated = [(_changed(path), name, path) for name, path in found.items() if _NAME.fullmatch(name)]
    for at, name, path in sorted(dated, reverse=True)[:_MOST]:
        sentence = plain(_text(path).partition("\n")[0])
        yield Retrained(name, datetime.fromtimestamp(at, UTC), path.parent.parent == shelf, sentence)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return _aligned(file.read(_LONGEST).decode("utf-8", "replace"))
    except OSError:
        return ""


def _aligned(text: str) -> str:
    """Inert lines whose columns stand where they stood."""
    return "\n".join("".join(c if c.isprintable() else " " for c in line) for line in text.split("\n"))
