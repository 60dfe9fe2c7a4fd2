"""How a server can be held to a form, and how it is found out whether it holds to one.

Many servers take fields that they do not know and answer as if nothing had been asked. So a form counts only
once a small request under such a bound brought what no model says unbound.
"""

from collections.abc import Mapping

from pydantic import JsonValue
from pydantic_core import from_json

from models.completion import Reply
from models.served_errors import RejectedError, ServerError

Form = Mapping[str, JsonValue]
"""Fields of a request that one server knows and another does not."""

PROOF = '{"bound": "by form"}'
"""What the small request brings where the server holds to its form."""
_GRAMMAR = 'root ::= "{\\"bound\\": \\"by form\\"}"'
_SCHEMA: JsonValue = {
    "type": "object",
    "properties": {"bound": {"type": "string", "enum": ["by form"]}},
    "required": ["bound"],
    "additionalProperties": False,
}
_BUDGET = 24
"""Tokens of the small answer."""


def schema_form(schema: JsonValue) -> Form:
    """Fields that hold an answer to JSON of a schema, at llama-server, vLLM, LM Studio and Ollama."""
    named: JsonValue = {"name": "answer", "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def proof(form: Form) -> Form | None:
    """The small request that shows whether a form is held to; None for what binds no letter."""
    bound: dict[str, JsonValue] = {}
    if "grammar" in form:
        bound["grammar"] = _GRAMMAR
    if "response_format" in form:
        bound.update(schema_form(_SCHEMA))
    if not bound:
        return None
    if isinstance(tools := form.get("tools"), list):
        bound["tools"] = tools[:1]
    said: JsonValue = [{"role": "user", "content": "Say yes."}]
    return {"messages": said, "max_tokens": _BUDGET, "temperature": 0.0, **bound}


def is_held(reply: Reply) -> bool:
    """Whether the answer to the small request is the one that its form leaves."""
    try:
        return bool(from_json(reply.text) == from_json(PROOF))
    except ValueError:
        return False


def refuses_form(error: ServerError) -> bool:
    """Whether it may be the form that the server does not take; any other failure is one of the request."""
    return isinstance(error, RejectedError) and error.status in (400, 422)
