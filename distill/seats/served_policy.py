"""The research seat over a server: a trajectory as messages, a step as a call, in the house form or as JSON.

A model of this process takes the seat as `agent.model_policy.ModelPolicy`. Here the context is sent anew for
every step, and servers keep what they have read of it. How a step is asked for is left to `step_forms`.
"""

from collections.abc import Generator

from pydantic_core import from_json

from agent.compaction import compact
from agent.desk import Desk
from agent.model_policy import THINK_BUDGET, WRITE_BUDGET
from agent.policy import PolicyError
from agent.tools import declarations
from agent.trajectory import Compaction, Step, ToolCall, Trajectory
from agent.wire import END_THINK, THINK, WireError, parse
from distill.seats.asking import Clock, Limits, SystemClock, persist_writing, seed_of
from distill.seats.step_forms import conversation, step_forms
from distill.seats.step_json import is_json, read_step
from distill.seats.step_showing import StepShowing
from distill.seats.tally import Tally
from distill.seats.writer import sampling_fields
from models.completion import Reply
from models.engine import Sampling
from models.served import ServedClient
from models.served_forms import Form

SEAT = "research"
CONTEXT = 32_768
"""Tokens that a server is taken to have room for, where nobody says otherwise."""
_LETTERS_A_TOKEN = 3
"""Characters; tables of numbers take more tokens than prose, so it is counted low."""


class ServedPolicy:
    """Steps written by a model at a server."""

    def __init__(
        self,
        client: ServedClient,
        sampling: Sampling,
        tally: Tally,
        limits: Limits | None = None,
        clock: Clock | None = None,
        context: int = CONTEXT,
        system: str | None = None,
        *,
        live: bool = False,
    ) -> None:
        """`system` stands in place of the wire's instructions.

        Where somebody looks on (`live`), steps are told as they are written, and one that broke off after its
        first words is not asked for again.
        """
        self._client = client
        self._sampling = sampling
        self._tally = tally
        self._limits = limits or Limits()
        self._clock = clock or SystemClock()
        self._context = context
        self._system = system
        self._live = live

    @property
    def author(self) -> str:
        """The model's name."""
        return self._client.name

    def compaction(self, trajectory: Trajectory, desk: Desk) -> Compaction | None:
        """A new beginning, where the conversation would not fit the server's context any more."""
        letters = sum(len(str(message)) for message in conversation(trajectory, self._system))
        letters += len(str(declarations()))
        if letters / _LETTERS_A_TOKEN + THINK_BUDGET + WRITE_BUDGET <= self._context:
            return None
        return compact(trajectory, desk)

    def next(self, trajectory: Trajectory, desk: Desk) -> Generator[str, None, Step]:
        """Ask for the next step; raises PolicyError for what is no step and SeatError for a dead server."""
        forms = step_forms(trajectory, desk, self._system)

        def once(seed: int) -> Generator[str, None, Step]:
            request: Form = {
                "max_tokens": THINK_BUDGET + WRITE_BUDGET,
                **sampling_fields(self._sampling, seed),
            }
            if self._live:
                return step_of((yield from StepShowing().over(self._client.write(request, forms))))
            step = step_of(self._client.chat(request, forms))
            yield step.report or step.thought
            return step

        seed = seed_of(SEAT, self._sampling.seed, trajectory.id, len(trajectory.entries))
        try:
            return (yield from persist_writing(once, SEAT, seed, self._tally, self._limits, self._clock))
        except PolicyError:
            self._tally.failed(SEAT, "malformed")
            raise


def step_of(reply: Reply) -> Step:
    """The step in a reply: its own tool call, JSON or the house form; raises PolicyError."""
    if reply.full:
        raise PolicyError("the step did not end within its budget")
    if reply.calls:
        name, arguments = reply.calls[0]
        thought = reply.thought or reply.text.partition(END_THINK.strip())[0].removeprefix(THINK.strip())
        return Step(thought=thought.strip(), call=_call(name, arguments))
    if is_json(reply.text):
        step = read_step(reply.text)
        return step if step.thought else step.model_copy(update={"thought": reply.thought.strip()})
    written = f"{THINK}{reply.thought}{END_THINK}{reply.text}" if reply.thought else reply.text
    try:
        return parse(written)
    except WireError as error:
        raise PolicyError(str(error)) from error


def _call(name: str, arguments: str) -> ToolCall:
    try:
        return ToolCall.model_validate({"name": name, "arguments": from_json(arguments)})
    except ValueError as error:
        raise PolicyError(f"the call of {name[:40]!r} is no call of a tool with JSON arguments") from error
