"""`distill tasks`: draw questions whose answers are known, and say what was dropped."""

from collections.abc import Iterator
from pathlib import Path

from distill.drawing.streams import home_tasks, random_tasks
from distill.drawing.task_files import write_tasks
from distill.drawing.tasks import Tally
from distill.running.casting import Casting, CastSpec
from distill.task import Task
from tui import settings
from tui.distilling.saying import Ticker, say
from tui.told import UsageError


def draw(
    out: Path,
    count: int,
    world: str,
    histories: list[Path],
    schemas: list[Path],
    *,
    own: bool,
    user: str,
    most_failed: float,
    seed: int,
) -> None:
    """Draw tasks into a file."""
    if len(histories) != len(schemas):
        raise UsageError("Give one --schema for each --history: it says what the records mean.")
    if world == "random" and (histories or own):
        raise UsageError("Histories speak of a real catalogue; leave them out with --world random.")
    casting = Casting(CastSpec(user=user, most_failed=most_failed, seed=seed))
    tally = Tally(given_up=casting.tally.exhausted)
    if world == "random":
        drawn = random_tasks(settings.home(), count, seed, casting.user, tally)
    else:
        files = list(zip(histories, schemas, strict=True))
        drawn = home_tasks(settings.home(), files, count, seed, casting.user, tally, own=own)
    try:
        written = write_tasks(out, _counted(drawn, count))
        say(f"{written:,} tasks in {out}")
    finally:
        for cause, times in tally.dropped.most_common():
            say(f"dropped, {cause}: {times:,}")
        for line in casting.tally.lines():
            say(line)


def _counted(tasks: Iterator[Task], count: int) -> Iterator[Task]:
    ticker = Ticker()
    for number, task in enumerate(tasks, start=1):
        ticker.tell(number, f"{number:,} of {count:,} tasks", last=number == count)
        yield task
