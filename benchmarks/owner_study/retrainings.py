"""An owner's home, their past as it comes in, and the adapter that a retraining over it makes."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.owner_study.setting import CONTEXT, SEED, THREADS
from distill.seats.roles import History
from finetune.retrain.deadline import Deadline
from finetune.retrain.drawing import own_past
from finetune.retrain.run import Wanted, job_of, retrain
from finetune.retrain.told import Told
from index.catalog import Catalog
from models.bundled_agent import bundled_agent
from models.in_use import ModelsInUse
from models.usable import Model

_OFTEN = 20


class Size(NamedTuple):
    """How large every retraining is."""

    lessons: int
    gate: int
    minutes: float


def prepared(folder: Path, home: Path) -> Path:
    """A home of the owner's own."""
    own = folder / "home"
    if not own.exists():
        partial_home = folder / ".home"
        shutil.rmtree(partial_home, ignore_errors=True)
        shutil.copytree(home, partial_home, ignore=shutil.ignore_patterns("sessions.sqlite", "retrain"))
        partial_home.replace(own)
    return own


def retrained(
    home: Path, history: History, part: tuple[int, int], size: Size, say: Callable[[str], None]
) -> Model:
    """The adapter of the retraining after a part of the past, kept whatever the gate says of it."""
    number, parts = part
    adapter = home.parent / f"retrained-{number}.gguf"
    if not adapter.exists():
        _live_through(home, history, number, parts)
        wanted = Wanted(size.lessons, size.gate, size.minutes, CONTEXT, THREADS, SEED, keep=True)
        in_use = ModelsInUse(home, bundled_agent())
        job = job_of(home, in_use, wanted, own_past(home))
        told = Told(say, _counted(say), lambda point: say(f"step {point.step} of {point.of}"))
        outcome = retrain(home, in_use, wanted, told, Deadline(None, lambda: datetime.now().astimezone()))
        say(outcome.comparison.sentence)
        if in_use.entries:
            in_use.rollback()  # every retraining begins at the model that came along
        shutil.copyfile(job.adapter, adapter)
    return Model(bundled_agent(), adapter)


def _live_through(home: Path, history: History, part: int, parts: int) -> None:
    """Import the owner's past up to a part, as the importers would."""
    events = history.events[: -(-len(history.events) * part // parts)]
    with (
        Catalog.open(home / "catalog.sqlite") as catalog,
        catalog.importing("orders", "orders.csv", f"part {part}") as batch,
    ):
        for event in events:
            batch.add(
                event.model_copy(update={"origin": event.origin.model_copy(update={"source": "orders"})})
            )


def _counted(say: Callable[[str], None]) -> Callable[[int, int, str], None]:
    def count(done: int, total: int, what: str) -> None:
        if done == total or done % _OFTEN == 0:
            say(f"{done} of {total} {what}")

    return count
