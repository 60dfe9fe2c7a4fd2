"""Wire v3: the only place that knows what a model reads and writes.

It renders a trajectory for the live agent, for a teacher and for training, and parses what a model wrote.
Storage stays neutral (`messages`); chat templates come from the model through `models.template`. The wire
is documented in `docs/wire.md`; a change of any text here is a change of `WIRE_VERSION`.
"""

import json
import re
from collections.abc import Container, Sequence
from importlib.resources import files
from typing import NamedTuple

from pydantic import JsonValue, ValidationError

from agent.tools import declarations
from agent.trajectory import (
    Compaction,
    Entry,
    Feedback,
    Move,
    Observation,
    Question,
    Step,
    ToolCall,
    Trajectory,
)
from models.engine import Piece
from models.template import ChatTemplate, Speaker

WIRE_VERSION = 5

Outside = Question | Observation | Feedback | Move | Compaction
"""An entry that the model reads."""

THINK, END_THINK = "<think>\n", "\n</think>\n"
CALL, END_CALL = "<tool_call>\n", "\n</tool_call>"

_TAG = re.compile(r"<(/?(?:think|tool_call|tool_response))>")
_OPENS = re.compile(r'<(?![ ="])')
"""A sign that could open a tag: after the others stands what makes them "less than"."""


class WireError(Exception):
    """Text that is no step; the message says what was expected."""


class Span(NamedTuple):
    """A piece of a rendered trajectory and whether a student learns to write it."""

    piece: Piece
    supervised: bool


def system_text() -> str:
    """The fixed instructions that open every context."""
    return files("agent").joinpath("prompts/research.md").read_text(encoding="utf-8").strip()


def question_text(question: Question) -> str:
    """A question with its catalogue card as the model reads it."""
    return f"{question.text}\n\n{question.card}" if question.card else question.text


def inert(text: str) -> str:
    """Text in which no house tag can be mistaken for ours."""
    return _TAG.sub(r"‹\1›", text)


def step_pieces(step: Step, thinking_open: bool = False) -> list[Piece]:
    """What an assistant turn looks like, without the template's own turn marks."""
    pieces = [] if thinking_open else [Piece(THINK, trusted=True)]
    pieces += [Piece(inert(step.thought)), Piece(END_THINK, trusted=True)]
    if step.call is not None:
        return [
            *pieces,
            Piece(CALL, trusted=True),
            Piece(call_json(step.call)),
            Piece(END_CALL, trusted=True),
        ]
    return [*pieces, Piece(inert(step.report or ""))]


def call_json(call: ToolCall) -> str:
    """A call as one line of JSON in which no tag can stand."""
    text = json.dumps({"name": call.name, "arguments": call.arguments}, ensure_ascii=False)
    return _OPENS.sub(r"\\u003c", text)


def parse(text: str) -> Step:
    """Read one step; raises WireError.

    `parse` of a rendered step is that step, for every step whose texts are inert and stripped.
    """
    thought, rest = _split_thought(text)
    if not rest.lstrip().startswith(CALL.strip()):
        if not rest.strip():
            raise WireError("expected a tool call or a report after the thought")
        return Step(thought=thought, report=rest.strip())
    body = rest.lstrip().removeprefix(CALL.strip())
    body, end, _ = body.partition(END_CALL.strip())
    if not end:
        raise WireError("the tool call does not end")
    return Step(thought=thought, call=_parse_call(body))


def _split_thought(text: str) -> tuple[str, str]:
    thought, end, rest = text.partition(END_THINK.strip())
    if not end:
        return "", text
    return thought.strip().removeprefix(THINK.strip()).strip(), rest


def _parse_call(body: str) -> ToolCall:
    try:
        return ToolCall.model_validate_json(body.strip())
    except ValidationError as error:
        raise WireError(f"the tool call is not valid: {error.errors()[0]['msg']}") from error


def entry_spans(
    entries: Sequence[Entry],
    template: ChatTemplate,
    begins: bool,
    system: str | None = None,
    unlearnt: Container[int] = (),
) -> list[Span]:
    """Render entries in order; where they begin a context, the first is a Question or a Compaction.

    `system` stands in place of the fixed instructions: a teacher is shown more than a student. `unlearnt`
    are the places of steps that nobody should learn to write.
    The end of an assistant's turn belongs to what a student learns to write. What stands between two turns
    (an observation, then a move of the person, say) is told in one go.
    """
    spans: list[Span] = []
    told: list[Outside] = []
    for at, entry in enumerate(entries):
        if isinstance(entry, Step):
            spans += _told(told, template)
            told = []
            turn = [*step_pieces(entry, template.opens_thinking), *template.close()]
            spans += [Span(p, at not in unlearnt) for p in turn]
        elif begins and at == 0:
            opening = template.opening(system or system_text(), declarations(), outside_text(entry))
            spans += [Span(p, False) for p in opening]
        else:
            told.append(entry)
    return spans + _told(told, template)


def _told(entries: Sequence[Outside], template: ChatTemplate) -> list[Span]:
    """The entries between two turns of the assistant."""
    if not entries:
        return []
    said: list[tuple[Speaker, str]] = [
        ("tool" if isinstance(e, Observation) else "user", outside_text(e)) for e in entries
    ]
    return [Span(p, False) for p in template.after(said)]


def outside_text(entry: Outside) -> str:
    """What the model reads of an entry that it did not write."""
    if isinstance(entry, Question):
        return question_text(entry)
    return "\n".join(filter(None, [entry.text, entry.read])) if isinstance(entry, Observation) else entry.text


def messages(trajectory: Trajectory, system: str | None = None) -> list[dict[str, JsonValue]]:
    """The neutral storage form: OpenAI messages with reasoning and tool calls; `system` as above."""
    told: list[dict[str, JsonValue]] = [{"role": "system", "content": system or system_text()}]
    call_id = ""
    for at, entry in enumerate(trajectory.entries):
        if isinstance(entry, Step):
            call_id = f"call_{at}"
            told.append(_step_message(entry, call_id))
        elif isinstance(entry, Observation):
            told.append({"role": "tool", "tool_call_id": call_id, "content": outside_text(entry)})
        else:
            told.append({"role": "user", "content": outside_text(entry)})
    return told


def _step_message(step: Step, call_id: str) -> dict[str, JsonValue]:
    message: dict[str, JsonValue] = {"role": "assistant", "content": step.report or ""}
    if step.thought:
        message["reasoning_content"] = step.thought
    if step.call is not None:
        arguments = json.dumps(step.call.arguments, ensure_ascii=False)
        function: JsonValue = {"name": step.call.name, "arguments": arguments}
        message["tool_calls"] = [{"id": call_id, "type": "function", "function": function}]
    return message
