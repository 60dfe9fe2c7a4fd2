"""`distill filter`: dialogues in, those worth learning from out, with a funnel that tells why others went.

Each dialogue is looked at alone and written aside if it stands; then the choice among them is made over small
keys, so that memory stays flat however many there are. The result does not depend on the order of the input.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from pydantic import ValidationError

from distill.dialogue import Dialogue
from distill.errors import DataError
from distill.filtering.choice import (
    Choice,
    Key,
    axes_of,
    balanced,
    said_in,
    shortest,
    without_near_duplicates,
)
from distill.filtering.record import STAGES, FilterSettings, Funnel, Kept, Stage, StageCount
from distill.filtering.stages import Passed, Rejected, examine
from distill.task import Task
from distill.whole_files import read_records, record_line, told, written_whole
from distill.worlds.open import OpenWorld
from index.product import first_fault

KEPT = "kept.jsonl"
FUNNEL = "funnel.json"


@dataclass
class _Tally:
    """What happened at each stage."""

    entered: int = 0
    dropped: dict[Stage, Counter[str]] = field(default_factory=lambda: {s: Counter() for s in STAGES})
    masked: dict[Stage, Counter[str]] = field(default_factory=lambda: {s: Counter() for s in STAGES})

    def funnel(self, kept: list[Key]) -> Funnel:
        """The stages in order, each entered by what the one before let pass."""
        stages, left = [], self.entered
        for stage in STAGES:
            passed = left - self.dropped[stage].total()
            stages.append(
                StageCount(
                    stage=stage,
                    entered=left,
                    passed=passed,
                    dropped=_sorted(self.dropped[stage]),
                    masked=_sorted(self.masked[stage]),
                )
            )
            left = passed
        return Funnel(
            entered=self.entered, kept=left, masked=sum(k.masked for k in kept), stages=tuple(stages)
        )


def _sorted(causes: Counter[str]) -> dict[str, int]:
    return {cause: many for cause, many in sorted(causes.items()) if many}


def filter_dialogues(
    pairs: Iterable[tuple[Task, Dialogue]],
    open_world: OpenWorld,
    settings: FilterSettings,
    folder: Path,
) -> Funnel:
    """Write `kept.jsonl` and `funnel.json` into the folder; raises DataError."""
    tally = _Tally()
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with told(folder), TemporaryFile(dir=folder) as aside:
        keys = list(_standing(pairs, open_world, settings, tally, aside))
        kept = _chosen(keys, settings, tally)
        with written_whole(folder / KEPT) as out:
            for key in kept:
                aside.seek(key.place)
                out.write(aside.readline())
    funnel = tally.funnel(kept)
    with written_whole(folder / FUNNEL) as out:
        out.write(funnel_json(funnel))
    return funnel


def funnel_json(funnel: Funnel) -> bytes:
    """The funnel as it is kept."""
    return json.dumps(funnel.model_dump(mode="json"), indent=1).encode("utf-8") + b"\n"


def read_kept(folder: Path) -> Iterator[Kept]:
    """The dialogues that a filter kept, by split and task; raises DataError."""
    return read_records(folder / KEPT, Kept)


def read_funnel(folder: Path) -> Funnel:
    """The funnel that a filter kept; raises DataError."""
    path = folder / FUNNEL
    try:
        with told(path):
            return Funnel.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise DataError(f"{path} is no funnel: {first_fault(error)}; filter the run again.") from error


def funnel_lines(funnel: Funnel) -> Iterator[tuple[str, str, str, str]]:
    """The funnel as rows of a table: stage, in, out, and what was dropped or masked for which cause."""
    for count in funnel.stages:
        dropped = [f"{cause} {many}" for cause, many in count.dropped.items()]
        masked = [f"{cause} {many} masked" for cause, many in count.masked.items()]
        yield (
            count.stage.replace("_", " "),
            f"{count.entered}",
            f"{count.passed}",
            ", ".join(dropped + masked),
        )


def _standing(
    pairs: Iterable[tuple[Task, Dialogue]],
    open_world: OpenWorld,
    settings: FilterSettings,
    tally: _Tally,
    aside: IO[bytes],
) -> Iterator[Key]:
    """The keys of those that stand on their own, which are written aside."""
    for task, dialogue in pairs:
        tally.entered += 1
        found = examine(task, dialogue, open_world(task.world), settings)
        if isinstance(found, Rejected):
            tally.dropped[found.stage][found.cause] += 1
            continue
        if found.masked is not None:
            tally.masked[found.masked.stage][found.masked.cause] += 1
        yield _key(found, aside.tell())
        aside.write(record_line(found.kept))


def _key(passed: Passed, place: int) -> Key:
    task, dialogue = passed.kept.task, passed.kept.dialogue
    return Key(
        task=task.id,
        masked=passed.kept.mask_report,
        steps=passed.steps,
        characters=passed.characters,
        place=place,
        split=task.split,
        world=task.world,
        axes=axes_of(task),
        said=said_in(task, dialogue.trajectory),
    )


def _chosen(keys: list[Key], settings: FilterSettings, tally: _Tally) -> list[Key]:
    choices: list[tuple[Stage, Callable[[list[Key]], Choice]]] = [
        ("shortest", shortest),
        ("near_duplicates", lambda left: without_near_duplicates(left, settings)),
        ("balance", lambda left: balanced(left, settings)),
    ]
    for stage, choose in choices:
        keys, dropped = choose(keys)
        tally.dropped[stage] = dropped
    return keys
