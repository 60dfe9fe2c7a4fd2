"""What a retraining would do, and what it would take, said before it is begun.

Two things are measured, in seconds: how long a supervised dialogue takes over this catalogue, and how long
the model in use researches. Memory and disk follow from the sizes in the model's file.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from distill.drawing.streams import random_tasks
from distill.drawing.tasks import Tally
from distill.evaluate.contestants import of_engine
from distill.evaluate.run import research
from distill.seats.roles import History
from distill.seats.rules_user import RulesUser
from distill.worlds.open import Worlds
from finetune.backends import backend_here
from finetune.export.gguf_shape import gguf_shape
from finetune.gate.looks import FEWEST
from finetune.hardware import this_machine
from finetune.libraries import demand_libraries
from finetune.plan import Plan, plan
from finetune.recipe import read_recipe
from finetune.retrain.deadline import Deadline
from finetune.retrain.drawing import GATE_SEED, draw_lessons, own_past, parted
from finetune.retrain.job import Job
from finetune.retrain.run import IN_USE, Wanted, job_of, opened
from finetune.retrain.stages import hold_dialogues, make_dataset
from finetune.retrain.told import Told
from finetune.retrain.training import FINER, recipe_text
from finetune.run_record import Amounts
from models.in_use import ModelsInUse

PROBE = 6
"""Dialogues that are held to learn how long they take."""
_CHARACTERS = 2.5
"""Of a token at least, in what agents read and write."""
_GIGABYTE = 1 << 30


def foretell(home: Path, in_use: ModelsInUse, wanted: Wanted, deadline: Deadline) -> Iterator[str]:
    """What would happen, line by line; raises what the retraining itself would raise."""
    if not wanted.distill_only:
        demand_libraries(backend_here())
    past = own_past(home)
    job = job_of(home, in_use, wanted, past)
    learned, kept = parted(past)
    yield f"Model: {job.model.name}; an adapter is trained over it, and compared with it."
    if past.events:
        yield (
            f"Your past: {len(learned.events):,} orders, searches and questions to learn from, "
            f"{len(kept.events):,} held back for the comparison. Sessions never train as they are."
        )
    else:
        yield "Your past: nothing yet; invented shoppers ask in your place."
    if job.folder.exists():
        yield f"A retraining of the same kind was begun, and is gone on with: {job.folder}"
    a_dialogue, bytes_each, longest = _probed(job, past)
    dialogues = wanted.tasks * a_dialogue
    yield f"Dialogues: {wanted.tasks:,}, about {_minutes(dialogues)}."
    if wanted.distill_only:
        yield from (whole(dialogues, dialogues, deadline), "Nothing was changed.")
        return
    made = _training(job, longest)
    yield (
        f"Training: at most {wanted.minutes:g} min, {made.trained:,} of {made.parameters:,} weights, "
        f"{made.total / _GIGABYTE:.1f} of {made.available / _GIGABYTE:.1f} GB of memory."
    )
    for fault in made.faults:
        yield f"It would not fit: {fault}"
    a_run = _researched(job)
    fewest, most = (2 * tasks * a_run for tasks in (FEWEST, wanted.held_out))
    yield f"Comparison: {FEWEST} to {wanted.held_out} tasks, about {_minutes(fewest)} to {_minutes(most)}."
    before = dialogues + 60 * wanted.minutes
    yield whole(before + fewest, before + most, deadline)
    disk = made.disk + 4 * made.parameters + wanted.tasks * bytes_each
    yield f"Disk: about {disk / _GIGABYTE:.1f} GB while it works, little of it afterwards."
    yield "Nothing was changed."


def whole(least: float, most: float, deadline: Deadline) -> str:
    """How long all of it takes, in seconds at least and at most, and whether there is so much time."""
    span = " to ".join(dict.fromkeys((_minutes(least), _minutes(most))))
    if deadline.until is None:
        return f"In all: about {span}."
    left = (deadline.until - deadline.clock()).total_seconds()
    if left >= most:
        return f"In all: about {span}; at {deadline.until:%H:%M} it has ended."
    sure = "may stop" if left >= least else "stops"
    return (
        f"In all: about {span}; it {sure} before its end, at {deadline.until:%H:%M}, "
        "and the same command goes on another time."
    )


def _probed(job: Job, past: History) -> tuple[float, int, int]:
    """Seconds and bytes of a dialogue, and about how many tokens the longest one has."""
    # No retraining compares on nothing, so the folder is nobody's work.
    probe = replace(job, tasks=PROBE, held_out=0)
    began = time.perf_counter()
    try:
        probe.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draw_lessons(probe, past, _SILENT)
        hold_dialogues(probe, _SILENT)
        make_dataset(probe, _SILENT)
        seconds = (time.perf_counter() - began) / PROBE
        size = sum(path.stat().st_size for path in probe.folder.rglob("*") if path.is_file())
        lines = [line for path in probe.dataset.rglob("*.jsonl") for line in path.read_bytes().splitlines()]
        return seconds, size // PROBE, round(max(map(len, lines)) / _CHARACTERS)
    finally:
        shutil.rmtree(probe.folder, ignore_errors=True)


def _training(job: Job, longest: int) -> Plan:
    shape = gguf_shape(job.model.path)
    here = this_machine(job.home)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recipe.toml"
        most = min(FINER * job.context, shape.context)
        text = recipe_text(backend_here(), gpu=here.gpu, longest=most)
        path.write_text(f"{text}epochs = 1.0\n", encoding="utf-8")
        recipe = read_recipe(path)
    amounts = Amounts(
        samples=job.tasks,
        validation=0,
        too_long=0,
        tokens=job.tasks * longest,
        learned=0,
        longest=min(longest, most),
    )
    return plan(recipe, shape, amounts, here)


def _researched(job: Job) -> float:
    """Seconds that the model in use takes for a task of the comparison."""
    with opened(job.model, job) as engine, Worlds(job.home) as worlds:
        task = next(random_tasks(job.home, 1, GATE_SEED, RulesUser, Tally(), split="test"))
        index = worlds.index(task.world)
        return research(task, index, of_engine(IN_USE, engine), RulesUser(index), 0).seconds


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def _ignore(*_: object) -> None:
    """A probe's own words are for nobody."""


_SILENT = Told(say=_ignore, count=_ignore, point=_ignore)
