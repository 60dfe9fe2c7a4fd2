"""What can be chosen of a retraining: the same for the command and for the screen."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Final, NamedTuple, TypeVar

from tui.told import UsageError

TASKS, FEWEST_TASKS = 200, 4
HELD_OUT, FEWEST_HELD_OUT, MOST_HELD_OUT = 70, 20, 300
MINUTES, LEAST_MINUTES = 13.0, 0.1
SEED = 7
TEACHER = "rules"

Number = TypeVar("Number", int, float)


class Choice(NamedTuple):
    """A field of the screen."""

    name: str
    title: str
    usual: str


CHOICES: Final = (
    Choice("tasks", "Dialogues", f"{TASKS}"),
    Choice("minutes", "Minutes", f"{MINUTES:g}"),
    Choice("held-out", "Compared", f"{HELD_OUT}"),
    Choice("until", "Until HH:MM", ""),
    Choice("teacher", "Teacher", TEACHER),
)


class Chosen(NamedTuple):
    """What was chosen."""

    tasks: int = TASKS
    held_out: int = HELD_OUT
    minutes: float = MINUTES
    until: str = ""
    """A time of the day; empty for as long as it takes."""
    seed: int = SEED
    teacher: str = TEACHER
    distill_only: bool = False
    """Whether it stops once the data set is made."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """What `productresearch retrain` is given."""
        numbers = {
            "tasks": self.tasks,
            "held-out": self.held_out,
            "minutes": self.minutes,
            "seed": self.seed,
        }
        given = tuple(f"--{name}={number}" for name, number in numbers.items())
        if self.until:
            given = (*given, f"--until={self.until}")
        if self.teacher != TEACHER:
            given = (*given, f"--teacher={self.teacher}")
        return (*given, "--distill-only") if self.distill_only else given


def chosen(tasks: str, held_out: str, minutes: str, until: str, seed: int, teacher: str) -> Chosen:
    """What stands in the fields; raises UsageError."""
    time_of_day(until.strip())
    return Chosen(
        tasks=_number(tasks, int, FEWEST_TASKS, "dialogues"),
        held_out=_number(held_out, int, FEWEST_HELD_OUT, "tasks compared", MOST_HELD_OUT),
        minutes=_number(minutes, float, LEAST_MINUTES, "minutes of training"),
        until=until.strip(),
        seed=seed,
        teacher=teacher.strip() or TEACHER,
    )


def time_of_day(written: str) -> time | None:
    """A time as 07:00, None where nothing is written; raises UsageError."""
    if not written:
        return None
    try:
        return datetime.strptime(written, "%H:%M").time()
    except ValueError:
        raise UsageError(f"{written!r} is no time of the day; write it as 07:00.") from None


def _number(
    written: str, kind: Callable[[str], Number], least: Number, what: str, most: float = 1_000_000
) -> Number:
    try:
        number = kind(written.strip())
    except ValueError:
        raise UsageError(f"{written!r} is no number of {what}.") from None
    if not least <= number <= most:
        raise UsageError(f"The number of {what} is {least:,} to {most:,}.")
    return number
