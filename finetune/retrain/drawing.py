"""What a retraining's tasks grow from: the person's own events and questions, or invented shoppers.

A person's events make a persona, as `distill tasks --own` does; past questions count as searches. One event
in five is held back: tasks around those are not learned from, and the gate compares on them, in other
phrasings. Beside them it compares on invented shoppers of the test split over the same catalogue, with other
categories than those learned from, and on standing tasks in invented shops, which are the same for everyone.
"""

from collections.abc import Iterator
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from distill.drawing.history import own_history
from distill.drawing.shelves import read_shelves
from distill.drawing.splits import HELD_BACK, draw_splits, held_back
from distill.drawing.streams import home_tasks, random_tasks
from distill.drawing.task_files import Begun, begun_tasks, write_tasks
from distill.drawing.tasks import Tally, draw_tasks
from distill.phrasing.bank import families
from distill.seats.roles import History
from distill.seats.rules_user import RulesUser
from distill.task import HOME, Split, Task
from distill.worlds.open import open_world
from finetune.retrain.asked import asked_here
from finetune.retrain.job import Job
from finetune.retrain.told import Told
from index.search import Index

_VALIDATION = 10
"""One task in so many is drawn for the validation split, to see on the way whether the training helps."""
_ATTEMPTS = 100_000
"""Attempts that the tasks to learn from may take: an attempt's number is part of a task's id."""
GATE_SEED = 11
"""The gate's tasks are drawn with one seed for ever, so that what a model did on them before still counts."""


class Past(NamedTuple):
    """A person's past in the two parts that never meet."""

    learned: History
    held_back: History


def own_past(home: Path) -> History:
    """The person's own orders, searches and questions, oldest first; there may be none yet."""
    with open_world(HOME, home) as index:
        history = own_history(index.catalog)
    events = sorted([*history.events, *asked_here(home)], key=lambda event: event.at)
    return history.model_copy(update={"events": tuple(events)})


def parted(past: History) -> Past:
    """What of a past is learned from, and what is held back."""
    kept = tuple(event for event in past.events if held_back(event.id))
    if len(kept) == len(past.events):
        return Past(past, History(user=HELD_BACK))
    learned = tuple(event for event in past.events if not held_back(event.id))
    return Past(past.model_copy(update={"events": learned}), History(user=HELD_BACK, events=kept))


def digest(past: History) -> str:
    """A past in short."""
    return sha256(past.model_dump_json().encode("utf-8")).hexdigest()


def draw_lessons(job: Job, past: History, told: Told) -> None:
    """Draw the tasks that are learned from; raises DistillError."""
    if job.learned_from.exists():
        return
    if not past.events:
        told.say(
            "There are no orders, searches or questions of yours yet: invented shoppers ask in your place."
        )
    else:
        learned, kept = parted(past)
        told.say(
            f"What you ordered, searched for and asked ({len(learned.events):,}) says what is asked about; "
            f"{len(kept.events):,} more are held back for the comparison."
        )
    with open_world(HOME, job.home) as index:
        _write(job, job.learned_from, _lessons(job, parted(past).learned, index))


def draw_held_out(job: Job, past: History, told: Told) -> None:
    """Draw the tasks that the gate compares on, each kind in its turn; raises DistillError."""
    if job.compared_on.exists():
        return
    count, kept = job.held_out, parted(past).held_back
    with open_world(HOME, job.home) as index:
        kinds = {"standing tasks in invented shops": _standing(job.home, count)}
        if _holds(index, "test"):
            shoppers = home_tasks(job.home, [], count, GATE_SEED, RulesUser, Tally(), split="test")
            kinds["invented shoppers of your catalogue"] = shoppers
        if kept.events:
            own = draw_tasks(index, HOME, [kept], count, GATE_SEED, RulesUser(index))
            kinds["what was held back of your past"] = own
        told.say(f"The comparison is held on {_listed(list(kinds))}.")
        _write(job, job.compared_on, islice(_in_turn(list(kinds.values())), count))


def _lessons(job: Job, past: History, index: Index) -> Iterator[Task]:
    if not past.events:
        train = home_tasks(job.home, [], job.tasks, job.seed, RulesUser, Tally(), split="train")
    else:
        train = draw_tasks(index, HOME, [past], job.tasks, job.seed, RulesUser(index), "train")
    if not _holds(index, "validation"):
        return train
    few, behind = max(1, job.tasks // _VALIDATION), Begun(tasks=0, after=_ATTEMPTS)
    looked_at = home_tasks(job.home, [], few, job.seed, RulesUser, Tally(), split="validation", begun=behind)
    return chain(train, looked_at)


def _standing(home: Path, count: int) -> Iterator[Task]:
    return random_tasks(home, count, GATE_SEED, RulesUser, Tally(), split="test")


def _in_turn(streams: list[Iterator[Task]]) -> Iterator[Task]:
    """One of each, for as long as each has any."""
    while streams:
        for stream in list(streams):
            task = next(stream, None)
            if task is None:
                streams.remove(stream)
            else:
                yield task


def _listed(kinds: list[str]) -> str:
    return kinds[0] if len(kinds) == 1 else f"{', '.join(kinds[:-1])} and {kinds[-1]}"


def _write(job: Job, path: Path, tasks: Iterator[Task]) -> None:
    """Write tasks; what a kill has left of them is not written again."""
    begun = begun_tasks(path, job.name)
    write_tasks(path, islice(tasks, begun.tasks, None))


def _holds(index: Index, split: Split) -> bool:
    """Whether a split has any category of this catalogue."""
    splits = draw_splits(HOME, read_shelves(index).paths, families())
    return bool(splits.categories_of(split)) and bool(splits.families_of(split))
