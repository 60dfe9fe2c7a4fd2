"""`retrain` as a recipe: every stage in its order, then the gate, then a new model in use, if it is better.

The adapter is trained over the model in use without the adapter that it may have, from everything that is
known by now, and takes that one's place.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from agent.wire import WIRE_VERSION
from distill.drawing.task_files import read_tasks
from distill.evaluate.contestants import of_engine
from distill.running.casting import RULES
from distill.running.run import catalogue_of
from distill.seats.roles import History
from distill.worlds.open import Worlds
from finetune.backends import backend_here
from finetune.errors import DistilledError, RetrainError
from finetune.gate.compare import compare
from finetune.gate.comparison import Comparison
from finetune.gate.kept import Kept
from finetune.gate.report import REPORT, TABLE, read_comparison, write_comparison
from finetune.libraries import demand_libraries
from finetune.retrain.deadline import Deadline, stopping
from finetune.retrain.drawing import digest, draw_held_out, draw_lessons, own_past
from finetune.retrain.job import Asked, Job
from finetune.retrain.journal import alone, journalled
from finetune.retrain.stages import export_adapter, hold_dialogues, make_base, make_dataset
from finetune.retrain.told import Told
from finetune.retrain.training import train_adapter
from finetune.run_record import RECORD
from models.engine import Engine, EngineError
from models.file_mark import file_mark
from models.in_use import ModelsInUse
from models.usable import Model, demand_usable

IN_USE, CANDIDATE = "model in use", "candidate"
RUNS = "runs.jsonl"
"""What models did on the gate's tasks, kept for all retrainings of a home."""


class Wanted(NamedTuple):
    """What a person asks of a retraining."""

    tasks: int
    held_out: int
    minutes: float
    context: int
    threads: int | None
    seed: int
    keep: bool
    """Whether the stages' work stays once the gate has decided."""
    teacher: str = RULES
    """Who takes every seat of the dialogues."""
    distill_only: bool = False
    """Whether it stops once the data set is made."""


class Outcome(NamedTuple):
    """What came of it."""

    comparison: Comparison
    report: Path
    """The table of the comparison, for people."""


def job_of(home: Path, in_use: ModelsInUse, wanted: Wanted, past: History) -> Job:
    """The retraining that is wanted of the model in use."""
    return Job(
        home=home,
        model=in_use.current,
        tasks=wanted.tasks,
        held_out=wanted.held_out,
        minutes=wanted.minutes,
        context=wanted.context,
        threads=wanted.threads,
        seed=wanted.seed,
        past=digest(past),
        teacher=wanted.teacher,
    )


def retrain(home: Path, in_use: ModelsInUse, wanted: Wanted, told: Told, deadline: Deadline) -> Outcome:
    """Retrain, or go on with the same retraining; raises FinetuneError, DistillError and EngineError.

    The model in use stays unless the gate finds the new one better. At the deadline OutOfTimeError is raised,
    and DistilledError once the data set is made, where no more was wanted.
    """
    if not wanted.distill_only:
        demand_libraries(backend_here())  # hours before they are needed
    past = own_past(home)
    job = job_of(home, in_use, wanted, past)  # a lost model is told before anything is written
    with alone(home):
        begin_anew_where_ended(job)
        with journalled(told, home, job.name) as heard:
            if not (job.folder / REPORT).exists():
                hearing = stopping(heard, deadline)
                _distill(job, past, hearing)
                if not wanted.distill_only:
                    _train(job, hearing, deadline)
            if wanted.distill_only:
                raise _no_further(job)
            comparison = read_comparison(job.folder)
            if comparison.passed:
                shelve(job, in_use)
            if not wanted.keep:
                clear(job)
            if comparison.passed:  # at last: until then the same command goes on with this one
                why = f"retrained; {comparison.sentence}"
                in_use.promote(Model(job.model.path, job.shelved), why, deadline.clock(), WIRE_VERSION)
            heard.say(comparison.sentence)
    return Outcome(comparison, (job.shelf if comparison.passed else job.folder) / TABLE)


def _distill(job: Job, past: History, told: Told) -> None:
    """Every stage that is not done yet, up to the data set and the weights that would learn from it."""
    draw_lessons(job, past, told)
    draw_held_out(job, past, told)  # from the same past, whatever is asked until the comparison
    hold_dialogues(job, told)
    make_dataset(job, told)
    make_base(job, told)  # its samples are looked at by this model's tokens


def _no_further(job: Job) -> RetrainError:
    """That the data set is made; or that it was, and was cleared away when the retraining ended."""
    if job.dataset.exists():
        return DistilledError(f"The data set is made, in {job.dataset}.")
    return RetrainError(
        "This retraining has come to its end, and its data set was cleared away; "
        "another --seed draws other dialogues."
    )


def _train(job: Job, told: Told, deadline: Deadline) -> None:
    """Every later stage that is not done yet, and the gate."""
    train_adapter(job, told, deadline)
    export_adapter(job, told, deadline.clock())
    pass_gate(job, told)


def begin_anew_where_ended(job: Job) -> None:
    """Forget a retraining that came to its end before the person's latest events and questions."""
    ended = (job.folder / REPORT).exists()
    if ended and job.of_past.read_text(encoding="utf-8") != job.past:
        shutil.rmtree(job.folder)
    job.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # tasks and dialogues stem from the past
    if not job.of_past.exists():
        asked = Asked(
            tasks=job.tasks,
            held_out=job.held_out,
            minutes=job.minutes,
            seed=job.seed,
            teacher=job.teacher,
        )
        job.asked.write_text(asked.model_dump_json(), encoding="utf-8")
        job.of_past.write_text(job.past, encoding="utf-8")


def pass_gate(job: Job, told: Told) -> None:
    """Hold the new model beside the one in use, and keep the comparison.

    Raises EngineError where the new model is broken, or made for another base or wire; its adapter goes then,
    and is made again when the retraining goes on.
    """
    told.say("The new model is held beside the one in use.")
    new = Model(job.model.path, job.adapter)
    try:
        demand_usable(new, WIRE_VERSION)
    except EngineError:
        job.adapter.unlink(missing_ok=True)
        raise
    kept = Kept(
        job.home / "retrain" / RUNS,
        {IN_USE: _mark(job.model, job), CANDIDATE: _mark(new, job)},
        catalogue_of(job.home),
    )
    with opened(job.model, job) as present, opened(new, job) as candidate, Worlds(job.home) as worlds:
        comparison = compare(
            list(read_tasks(job.compared_on)),
            of_engine(IN_USE, present),
            of_engine(CANDIDATE, candidate),
            worlds.index,
            kept,
            tell=lambda done, total: told.count(done, total, "tasks of the comparison"),
        )
    write_comparison(comparison, job.folder)


def _mark(model: Model, job: Job) -> str:
    """All that decides what a model does on a task."""
    files = [file_mark(path) for path in (model.path, model.adapter) if path is not None]
    return " ".join((*files, str(job.context), str(WIRE_VERSION), version("productresearch")))


def shelve(job: Job, in_use: ModelsInUse) -> None:
    """Lay the new model where it stays, with its report; raises RetrainError where another answers by now."""
    if in_use.current != job.model:
        raise RetrainError("Another model was put in use meanwhile; retrain again to compare with that one.")
    if job.shelved.exists():
        return
    partial_shelf = job.shelf.with_name(f".{job.shelf.name}.partial")
    shutil.rmtree(partial_shelf, ignore_errors=True)
    partial_shelf.mkdir(mode=0o700, parents=True)
    for path in (job.adapter, job.recipe, job.training / RECORD, job.folder / REPORT, job.folder / TABLE):
        shutil.copyfile(path, partial_shelf / path.name)
    partial_shelf.replace(job.shelf)


def clear(job: Job) -> None:
    """Remove what the stages have left, all but the recipe, the records and the comparison."""
    for record in (job.funnel, job.training / RECORD):
        if record.exists():
            shutil.copyfile(record, job.folder / record.name)
    for path in (job.dialogues, job.dataset, job.base, job.training):
        shutil.rmtree(path, ignore_errors=True)
    for path in (job.learned_from, job.compared_on, job.adapter):
        path.unlink(missing_ok=True)


@contextmanager
def opened(model: Model, job: Job) -> Iterator[Engine]:
    """A model as the live agent has it, for as long as it is compared."""
    # llama.cpp is loaded for a model alone.
    from models.llama import LlamaEngine

    engine = LlamaEngine.open(
        model.path, context_size=job.context, threads=job.threads, adapters=model.adapters
    )
    try:
        yield engine
    finally:
        engine.close()
