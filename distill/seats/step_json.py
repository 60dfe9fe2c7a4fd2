"""A step as one object of JSON, for servers that hold an answer to a schema and know no grammar.

A call is `{"thought": …, "step": {"name": …, "arguments": …}}`,
a report `{"thought": …, "step": {"report": …}}`.
"""

import json
import re

from pydantic import JsonValue

from agent.desk import Desk
from agent.policy import PolicyError
from agent.tools import declarations
from agent.trajectory import Step, ToolCall
from distill.seats.asking import read
from distill.seats.roles import SeatError
from index.product import Record
from models.completion import legible

_BEGINS = re.compile(r"\s*(?:```(?:json)?\s*)?\{(?!\{)")
"""Models that nothing binds like to put a fence around JSON. Two braces are a reference."""
_LONGEST_THOUGHT = 480


class _Report(Record):
    report: str


class _StepJson(Record):
    thought: str = ""
    step: ToolCall | _Report


def is_json(text: str) -> bool:
    """Whether a text is a step in this form, or the beginning of one."""
    return _BEGINS.match(text) is not None


def read_step(text: str) -> Step:
    """The step of an object; raises PolicyError."""
    try:
        found = read(text, _StepJson)
    except SeatError as error:
        raise PolicyError(str(error)) from error
    thought = legible(found.thought).strip()
    if isinstance(found.step, ToolCall):
        return Step(thought=thought, call=found.step)
    if not found.step.report.strip():
        raise PolicyError("the report is empty")
    return Step(thought=thought, report=legible(found.step.report).strip())


def written_step(step: Step) -> str:
    """A step as the model would have written it."""
    taken: JsonValue = {"report": step.report or ""}
    if step.call is not None:
        taken = {"name": step.call.name, "arguments": step.call.arguments}
    return json.dumps({"thought": step.thought, "step": taken}, ensure_ascii=False)


def step_schema(desk: Desk) -> JsonValue:
    """The schema of what the next step may be."""
    allowed = set(desk.allowed_tools())
    functions = [tool["function"] for tool in declarations()]
    steps: list[JsonValue] = [
        _object(name={"type": "string", "enum": [function["name"]]}, arguments=function["parameters"])
        for function in functions
        if isinstance(function, dict) and function["name"] in allowed
    ]
    if desk.may_report():
        steps.append(_object(report={"type": "string"}))
    return _object(thought={"type": "string", "maxLength": _LONGEST_THOUGHT}, step={"anyOf": steps})


def _object(**properties: JsonValue) -> JsonValue:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }
