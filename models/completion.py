"""A chat completion on the way out and in: texts made harmless, and the answer read with tolerance."""

import re
from dataclasses import dataclass

from pydantic import AliasChoices, BaseModel, Field, JsonValue

# A server tokenizes a whole prompt with its control tokens, so no text may spell one.
_CONTROL = re.compile(r"<(?=[|/!｜A-Za-z])|\[(?=/?[A-Z][A-Z_]{2,}\])")

_PICTURES = {
    **{code: 0x2400 + code for code in range(32) if code not in (9, 10)},
    13: None,
    0x7F: 0x2421,
    **dict.fromkeys([*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD),
}
"""Characters that a terminal obeys, and those that turn the direction of writing; CR goes before an LF."""


@dataclass(frozen=True)
class Reply:
    """What a model wrote."""

    text: str
    thought: str = ""
    """Where the server parts it from the text."""
    calls: tuple[tuple[str, str], ...] = ()
    """Name and JSON arguments of each tool call."""
    full: bool = False
    """Whether the budget of tokens was filled."""


class _Function(BaseModel):
    name: str = ""
    arguments: str = "{}"


class _Call(BaseModel):
    function: _Function


class _Message(BaseModel):
    content: str | None = None
    # vLLM and Ollama have the second name.
    reasoning: str | None = Field(None, validation_alias=AliasChoices("reasoning_content", "reasoning"))
    tool_calls: list[_Call] | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class Completion(BaseModel):
    """A chat completion, as far as it is read."""

    choices: tuple[_Choice, ...]

    def reply(self) -> Reply:
        """The first choice; an empty reply where there is none."""
        if not self.choices:
            return Reply("")
        choice = self.choices[0]
        calls = tuple((c.function.name, c.function.arguments) for c in choice.message.tool_calls or ())
        return Reply(
            text=legible(choice.message.content or ""),
            thought=legible(choice.message.reasoning or ""),
            calls=calls,
            full=choice.finish_reason == "length",
        )


def legible(text: str) -> str:
    """Text in which a terminal's escapes are letters to be seen."""
    return text.translate(_PICTURES)


def harmless(messages: JsonValue) -> list[JsonValue]:
    """Messages that can be sent, in which no text spells a control token; instructions are ours and stay."""
    listed = messages if isinstance(messages, list) else []
    return [m if isinstance(m, dict) and m.get("role") == "system" else _inert(m) for m in listed]


def _inert(value: JsonValue) -> JsonValue:
    match value:
        case str():
            # Half a surrogate pair, as terminals pass on bytes that are no text, has no UTF-8.
            sendable = value.encode("utf-8", "replace").decode("utf-8")
            return _CONTROL.sub(lambda found: "‹" if found[0] == "<" else "［", sendable)
        case list():
            return [_inert(item) for item in value]
        case dict():
            return {key: _inert(item) for key, item in value.items()}
        case _:
            return value
