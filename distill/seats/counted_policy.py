"""A researcher whose steps are tallied: what is no step, or a failure of its engine, is a failed attempt."""

from collections.abc import Generator

from agent.desk import Desk
from agent.policy import Policy, PolicyError
from agent.trajectory import Compaction, Step, Trajectory
from distill.seats.asking import seat_error
from distill.seats.served_policy import SEAT
from distill.seats.tally import Tally
from models.engine import EngineError


class CountedPolicy:
    """A policy in this process; a served one counts its requests itself."""

    def __init__(self, inner: Policy, tally: Tally) -> None:
        self._inner = inner
        self._tally = tally

    @property
    def author(self) -> str:
        """The policy's own name."""
        return self._inner.author

    def compaction(self, trajectory: Trajectory, desk: Desk) -> Compaction | None:
        """As the policy has it."""
        return self._inner.compaction(trajectory, desk)

    def next(self, trajectory: Trajectory, desk: Desk) -> Generator[str, None, Step]:
        """The policy's step; raises PolicyError and EngineError as the policy does."""
        try:
            step = yield from self._inner.next(trajectory, desk)
        except PolicyError:
            self._tally.failed(SEAT, "malformed")
            raise
        except EngineError as error:
            self._tally.failed(SEAT, seat_error(error).cause)
            raise
        self._tally.answered(SEAT)
        return step
