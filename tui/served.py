"""Research by the model of a server: any that speaks as OpenAI's does, such as llama-server, vLLM or Ollama.

The server reads the question and what the steps brought back; one on another machine is counted as network.
"""

import math
import os
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread

from agent.desk import Desk
from agent.policy import PolicyError
from agent.trajectory import Compaction, Step, Trajectory
from distill.seats.asking import Limits
from distill.seats.roles import SeatError
from distill.seats.served_policy import CONTEXT, ServedPolicy
from distill.seats.tally import Tally
from models.engine import Cancel, Sampling
from models.served import ServedClient, connect
from models.served_errors import ServerError
from tui.settings import Settings

KEY = "PRODUCTRESEARCH_SERVER_KEY"
"""The variable with the server's key, where it wants one."""
_LOOK = 0.1
"""Seconds between two looks at whether the person cancelled."""


class CancellablePolicy:
    """A policy of a server that gives up waiting, and hangs up, where the person cancels."""

    def __init__(self, policy: ServedPolicy, client: ServedClient, cancel: Cancel) -> None:
        self._policy, self._client, self._cancel = policy, client, cancel

    @property
    def author(self) -> str:
        """The model's name."""
        return self._policy.author

    def compaction(self, trajectory: Trajectory, desk: Desk) -> Compaction | None:
        """As the policy has it."""
        return self._policy.compaction(trajectory, desk)

    def next(self, trajectory: Trajectory, desk: Desk) -> Generator[str, None, Step]:
        """The step as the server writes it; raises PolicyError, also where it was cancelled."""
        told: SimpleQueue[str | Future[Step]] = SimpleQueue()

        def ask() -> None:
            written: Future[Step] = Future()
            try:
                written.set_result(_telling(self._policy.next(trajectory, desk), told.put))
            except Exception as error:  # raised again where it is waited for
                written.set_exception(error)
            told.put(written)

        Thread(target=ask, daemon=True).start()
        while True:
            if self._cancel.is_set():
                self._client.hang_up()  # the server hears of it, and stops writing
                raise PolicyError("it was cancelled")
            with suppress(Empty):
                more = told.get(timeout=_LOOK)
                if isinstance(more, str):
                    yield more
                else:
                    return _result(more)


def _result(written: Future[Step]) -> Step:
    try:
        return written.result()
    except SeatError as error:
        # The person hears what the server did, and not in which seat it sits.
        raise ServerError(str(error.__cause__ or error)) from error


def _telling(writing: Generator[str, None, Step], tell: Callable[[str], None]) -> Step:
    """The step that a policy comes to; its text is told on the way."""
    while True:
        try:
            tell(next(writing))
        except StopIteration as end:
            step: Step = end.value
            return step


class _Patience:
    """Time that passes, and is over at once where the person cancelled."""

    def __init__(self, cancel: Cancel) -> None:
        self._cancel = cancel

    def now(self) -> float:
        return math.inf if self._cancel.is_set() else time.monotonic()

    def wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self._cancel.is_set():
            time.sleep(_LOOK)


def served_policy(address: str, settings: Settings, cancel: Cancel) -> CancellablePolicy:
    """The policy of the model that a server has loaded; raises ServerError."""
    client = connect(address, key=os.environ.get(KEY) or None)
    sampling = Sampling(temperature=settings.temperature, seed=settings.seed)
    context = settings.context or CONTEXT
    policy = ServedPolicy(client, sampling, Tally(), Limits(), _Patience(cancel), context, live=True)
    return CancellablePolicy(policy, client, cancel)
