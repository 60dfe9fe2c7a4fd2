"""Until when a retraining may work; what is unfinished then is taken up by the same command."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from finetune.errors import OutOfTimeError
from finetune.retrain.told import Told
from finetune.run_record import Point

_FOR_THE_GATE = 0.5
"""Share of the time left when the training begins that is kept for the comparison."""


@dataclass(frozen=True)
class Deadline:
    """A moment, and the clock that it is read from."""

    until: datetime | None
    """None for as long as it takes."""
    clock: Callable[[], datetime]

    def check(self) -> None:
        """Raise OutOfTimeError where the moment has come."""
        if self.until is not None and self.clock() >= self.until:
            raise OutOfTimeError(
                f"It is {self.until:%H:%M}, and what was done so far is kept; "
                "the same command goes on with it."
            )

    def training_minutes(self, wanted: float) -> float:
        """Minutes of training that leave time to compare; raises OutOfTimeError."""
        self.check()
        if self.until is None:
            return wanted
        return min(wanted, (1 - _FOR_THE_GATE) * (self.until - self.clock()) / timedelta(minutes=1))


def stopping(told: Told, deadline: Deadline) -> Told:
    """Tell the same, and stop at the deadline."""

    def count(done: int, total: int, what: str) -> None:
        told.count(done, total, what)
        deadline.check()

    def point(measured: Point) -> None:
        told.point(measured)
        deadline.check()

    return Told(say=told.say, count=count, point=point)
