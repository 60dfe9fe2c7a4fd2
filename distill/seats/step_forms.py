"""The ways to ask a server for the next step, from the strictest to none.

A server that takes the declarations of tools has them beside the conversation, with calls and what they
brought as messages of their own. The others are told of the tools in words, and speak as everybody does.
"""

from pydantic import JsonValue

from agent.desk import Desk
from agent.grammar import step_grammar
from agent.tools import declarations
from agent.trajectory import Compaction, Entry, Step, Trajectory
from agent.wire import END_THINK, THINK, messages, outside_text, system_text
from distill.seats.prompting import with_tools
from distill.seats.step_json import step_schema, written_step
from models.gbnf import literal
from models.served_forms import Form, schema_form

_THOUGHT = r"[^<>\x00-\x09\x0b-\x1f\x7f-\x9f]{1,480}"


def step_forms(trajectory: Trajectory, desk: Desk, system: str | None = None) -> list[Form]:
    """Requests for the next step; `system` stands in place of the wire's instructions."""
    system = system or system_text()
    tools: JsonValue = [*declarations()]
    grammar = thinking(step_grammar(desk))
    beside: JsonValue = [*conversation(trajectory, system)]
    told: JsonValue = [*conversation(trajectory, with_tools(system, "step_house"))]
    spoken: JsonValue = [*in_words(trajectory, with_tools(system, "step_json"))]
    return [
        {"messages": beside, "tools": tools, "grammar": grammar},  # llama_cpp.server
        {"messages": told, "grammar": grammar},  # llama-server refuses tools beside a grammar
        {"messages": spoken, **schema_form(step_schema(desk))},  # vLLM, LM Studio, Ollama
        {"messages": beside, "tools": tools},
        {"messages": spoken},
    ]


def conversation(trajectory: Trajectory, system: str | None = None) -> list[dict[str, JsonValue]]:
    """The messages since the last compaction, in an order that strict servers take.

    There a call must be followed by a tool message (a rejected one is answered by its feedback), and nobody
    may speak twice in a row.
    """
    told: list[dict[str, JsonValue]] = []
    for message in messages(trajectory.model_copy(update={"entries": _standing(trajectory)}), system):
        before = told[-1] if told else {}
        if message["role"] == "user" and "tool_calls" in before:
            told.append({"role": "tool", "tool_call_id": _call_id(before), "content": message["content"]})
        elif message["role"] == before.get("role") == "user":
            told[-1] = {**before, "content": f"{before['content']}\n\n{message['content']}"}
        else:
            told.append(message)
    return told


def in_words(trajectory: Trajectory, system: str) -> list[dict[str, JsonValue]]:
    """The same without calls: steps as JSON, and what they brought as the words of whoever asks."""
    told: list[dict[str, JsonValue]] = [{"role": "system", "content": system}]
    for entry in _standing(trajectory):
        if isinstance(entry, Step):
            told.append({"role": "assistant", "content": written_step(entry)})
        elif told[-1]["role"] == "user":
            told[-1] = {"role": "user", "content": f"{told[-1]['content']}\n\n{outside_text(entry)}"}
        else:
            told.append({"role": "user", "content": outside_text(entry)})
    return told


def _standing(trajectory: Trajectory) -> tuple[Entry, ...]:
    entries = trajectory.entries
    return entries[
        max((at for at, entry in enumerate(entries) if isinstance(entry, Compaction)), default=0) :
    ]


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
