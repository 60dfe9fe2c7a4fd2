"""The research seat over a server: a trajectory as messages and tools, a step as a call or in the house form.

A model of this process takes the seat as `agent.model_policy.ModelPolicy`. Here the context is sent anew for
every step, and servers keep what they have read of it.
"""

from collections.abc import Generator

from pydantic import JsonValue
from pydantic_core import from_json

from agent.compaction import compact
from agent.desk import Desk
from agent.grammar import step_grammar
from agent.model_policy import THINK_BUDGET, WRITE_BUDGET
from agent.policy import PolicyError
from agent.tools import declarations
from agent.trajectory import Compaction, Step, ToolCall, Trajectory
from agent.wire import END_THINK, THINK, WireError, messages, parse
from distill.seats.asking import Clock, Limits, SystemClock, persist, seed_of
from distill.seats.tally import Tally
from distill.seats.writer import sampling_fields
from models.completion import Reply
from models.engine import Sampling
from models.gbnf import literal
from models.served import Form, ServedClient

SEAT = "research"
CONTEXT = 32_768
"""Tokens that a server is taken to have room for, where nobody says otherwise."""
_THOUGHT = r"[^<>\x00-\x09\x0b-\x1f\x7f-\x9f]{1,480}"
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
    ) -> None:
        """`system` stands in place of the wire's instructions."""
        self._client = client
        self._sampling = sampling
        self._tally = tally
        self._limits = limits or Limits()
        self._clock = clock or SystemClock()
        self._context = context
        self._system = system

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
        tools: JsonValue = [*declarations()]
        # llama_cpp.server takes the grammar beside the tools; others know one of the two.
        forms: list[Form] = [{"tools": tools, "grammar": thinking(step_grammar(desk))}, {"tools": tools}]

        def once(seed: int) -> Step:
            request: Form = {
                "messages": [*conversation(trajectory, self._system)],
                "max_tokens": THINK_BUDGET + WRITE_BUDGET,
                **sampling_fields(self._sampling, seed),
            }
            return step_of(self._client.chat(request, forms))

        seed = seed_of(SEAT, self._sampling.seed, trajectory.id, len(trajectory.entries))
        try:
            step = persist(once, SEAT, seed, self._tally, self._limits, self._clock)
        except PolicyError:
            self._tally.failed(SEAT, "malformed")
            raise
        yield step.report or step.thought
        return step


def conversation(trajectory: Trajectory, system: str | None = None) -> list[dict[str, JsonValue]]:
    """The messages since the last compaction, in an order that strict servers take.

    There a call must be followed by a tool message (a rejected one is answered by its feedback), and nobody
    may speak twice in a row.
    """
    entries = trajectory.entries
    last = max((at for at, entry in enumerate(entries) if isinstance(entry, Compaction)), default=0)
    told: list[dict[str, JsonValue]] = []
    for message in messages(trajectory.model_copy(update={"entries": entries[last:]}), system):
        before = told[-1] if told else {}
        if message["role"] == "user" and "tool_calls" in before:
            told.append({"role": "tool", "tool_call_id": _call_id(before), "content": message["content"]})
        elif message["role"] == before.get("role") == "user":
            told[-1] = {**before, "content": f"{before['content']}\n\n{message['content']}"}
        else:
            told.append(message)
    return told


def _call_id(message: dict[str, JsonValue]) -> JsonValue:
    match message["tool_calls"]:
        case [{"id": call_id}]:
            return call_id
        case _:
            raise ValueError("a step makes one call")


def thinking(grammar: str) -> str:
    """A step's grammar with a thought before the step: a server writes both in one go."""
    first, _, rest = grammar.partition("\n")
    step = first.replace("root ::=", "step ::=", 1)
    root = f"root ::= {literal(THINK)} {_THOUGHT} {literal(END_THINK)} step"
    return "\n".join([root, step, rest])


def step_of(reply: Reply) -> Step:
    """The step in a reply, its own tool call or the house form; raises PolicyError."""
    if reply.full:
        raise PolicyError("the step did not end within its budget")
    if reply.calls:
        name, arguments = reply.calls[0]
        thought = reply.thought or reply.text.partition(END_THINK.strip())[0].removeprefix(THINK.strip())
        return Step(thought=thought.strip(), call=_call(name, arguments))
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
