"""What a retraining's tasks grow from: the person's own events and questions, or invented shoppers.

A person's events make a persona, as `distill tasks --own` does it; past questions count as searches. They
always train: the tasks that the gate compares on come from invented shoppers of the test split over the same
catalogue, with other categories and phrasings than those learned from.
"""

from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path

from agent.session import Sessions
from distill.drawing.history import own_history
from distill.drawing.shelves import read_shelves
from distill.drawing.splits import draw_splits
from distill.drawing.streams import home_tasks, random_tasks
from distill.drawing.task_files import Begun, begun_tasks, write_tasks
from distill.drawing.tasks import Tally, draw_tasks
from distill.phrasing.bank import families
from distill.seats.roles import History
from distill.seats.rules_user import RulesUser
from distill.task import HOME, Split, Task
from distill.worlds.open import open_world
from finetune.retrain.job import Job, Told
from index.product import Event, Origin
from index.search import Index
from index.text.sanitize import TITLE_LIMIT, plain

_VALIDATION = 10
"""One task in so many is drawn for the validation split, to see on the way whether the training helps."""
_ATTEMPTS = 100_000
"""Attempts that the tasks to learn from may take: an attempt's number is part of a task's id."""


def own_past(home: Path) -> History:
    """The person's own orders, searches and questions, oldest first; there may be none yet."""
    with open_world(HOME, home) as index:
        history = own_history(index.catalog)
    events = sorted([*history.events, *_questions(home)], key=lambda event: event.at)
    return history.model_copy(update={"events": tuple(events)})


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
        told.say(f"What you ordered, searched for and asked ({len(past.events):,}) says what is asked about.")
    with open_world(HOME, job.home) as index:
        _write(job, job.learned_from, _lessons(job, past, index))


def draw_held_out(job: Job, told: Told) -> None:
    """Draw the tasks that the gate compares on; raises DistillError."""
    if job.compared_on.exists():
        return
    with open_world(HOME, job.home) as index:
        at_home = _holds(index, "test")
    if at_home:
        tasks = home_tasks(job.home, [], job.held_out, job.seed, RulesUser, Tally(), split="test")
    else:
        told.say(
            "Your catalogue has too few categories to hold any back: the gate compares in invented shops."
        )
        tasks = random_tasks(job.home, job.held_out, job.seed, RulesUser, Tally(), split="test")
    _write(job, job.compared_on, tasks)


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


def _write(job: Job, path: Path, tasks: Iterator[Task]) -> None:
    """Write tasks; what a kill has left of them is not written again."""
    begun = begun_tasks(path, job.name)
    write_tasks(path, islice(tasks, begun.tasks, None))


def _holds(index: Index, split: Split) -> bool:
    """Whether a split has any category of this catalogue."""
    splits = draw_splits(HOME, read_shelves(index).paths, families())
    return bool(splits.categories_of(split)) and bool(splits.families_of(split))


def _questions(home: Path) -> Iterator[Event]:
    """What the person asked here before, as searches."""
    path = home / "sessions.sqlite"
    if not path.exists():
        return
    with closing(Sessions(path)) as sessions:
        past = sessions.list()
    for number, session in enumerate(past, start=1):
        seen = session.started.date()
        yield Event(
            id=f"session:{session.id}",
            origin=Origin(source="sessions", file=path.name, row=number, seen=seen),
            kind="search",
            at=session.started,
            text=plain(session.question, TITLE_LIMIT),
        )
