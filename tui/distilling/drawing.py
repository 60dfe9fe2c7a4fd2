"""`distill tasks`: draw questions whose answers are known, and say what was dropped."""

import json
from collections.abc import Iterator, Sequence
from hashlib import file_digest
from pathlib import Path

from distill.drawing.splits import SPLIT_SEED
from distill.drawing.streams import home_tasks, random_tasks
from distill.drawing.task_files import begun_tasks, write_tasks
from distill.drawing.tasks import Tally
from distill.running.casting import Casting, CastSpec
from distill.running.run import catalogue_of
from distill.task import Split, Task
from tui import settings
from tui.distilling.saying import Ticker, say
from tui.told import UsageError


def draw(
    out: Path,
    count: int,
    world: str,
    histories: list[Path],
    schemas: list[Path],
    seats: CastSpec,
    *,
    own: bool,
    split: Split | None,
) -> None:
    """Draw tasks into a file, of all three splits where none is given."""
    if len(histories) != len(schemas):
        raise UsageError("Give one --schema for each --history: it says what the records mean.")
    if world == "random" and (histories or own):
        raise UsageError("Histories speak of a real catalogue; leave them out with --world random.")
    casting, seed = Casting(seats), seats.seed
    tally = Tally(given_up=casting.tally.exhausted)
    home = settings.home()
    made = _made(home, count, world, [*histories, *schemas], seats, own=own, split=split)
    begun = begun_tasks(out, made)
    if begun.tasks:
        say(f"Going on after {begun.tasks:,} tasks of a run that did not end.")
    if world == "random":
        drawn = random_tasks(home, count, seed, casting.user, tally, split, begun)
    else:
        files = list(zip(histories, schemas, strict=True))
        drawn = home_tasks(home, files, count, seed, casting.user, tally, own=own, split=split, begun=begun)
    try:
        with Ticker() as ticker:
            written = write_tasks(out, _counted(drawn, begun.tasks, count, ticker))
        say(f"{begun.tasks + written:,} tasks in {out}")
    finally:
        for cause, times in tally.dropped.most_common():
            say(f"dropped, {cause}: {times:,}")
        for line in casting.tally.lines():
            say(line)


def _made(
    home: Path,
    count: int,
    world: str,
    files: Sequence[Path],
    seats: CastSpec,
    *,
    own: bool,
    split: Split | None,
) -> str:
    """All that the tasks follow from, in one text: a drawing goes on only with the very same."""
    digests = []
    for path in files:
        with path.open("rb") as file:
            digests.append(file_digest(file, "sha256").hexdigest())
    catalogue = "" if world == "random" else catalogue_of(home)
    return json.dumps([world, catalogue, digests, own, split, SPLIT_SEED, seats.user, seats.seed, count])


def _counted(tasks: Iterator[Task], begun: int, count: int, ticker: Ticker) -> Iterator[Task]:
    for number, task in enumerate(tasks, start=begun + 1):
        ticker.tell(number, f"{number:,} of {count:,} tasks", last=number == count)
        yield task
