"""A chat completion as it is written: server-sent events, and the reply that they add up to.

What is read is bounded and timed by `models.served`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import AliasChoices, BaseModel, Field, JsonValue

from models.completion import Reply, legible

_LINE_END = re.compile(rb"\r\n|\n|\r(?=[^\n])")
"""A CR at the end of what came may be the first half of a CRLF."""
_END = b"[DONE]"


class Written(NamedTuple):
    """A stretch of what the model writes."""

    thought: str = ""
    text: str = ""
    call: str = ""
    """The name of a tool whose call begins."""
    arguments: str = ""
    """More of the JSON arguments of the call."""


class Events:
    """Server-sent events out of bytes (HTML Living Standard, section 9.2)."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        """Parts of a line that has not ended."""
        self._data: list[bytes] = []
        self._first = True

    def feed(self, part: bytes) -> Iterator[bytes]:
        """The data of every event that is whole now."""
        after_cr = bool(self._held) and self._held[-1].endswith(b"\r")
        self._held.append(part)
        if not after_cr and b"\n" not in part and b"\r" not in part:
            return  # a line without end is joined once
        *lines, rest = _LINE_END.split(b"".join(self._held))
        self._held = [rest]
        for line in lines:
            yield from self._line(line)

    def _line(self, line: bytes) -> Iterator[bytes]:
        if self._first:
            line, self._first = line.removeprefix(b"\xef\xbb\xbf"), False
        if not line:
            if self._data:
                yield b"\n".join(self._data)
            self._data = []
            return
        name, _, value = line.partition(b":")
        # llama-server once sent what went wrong under a name of its own.
        if name in (b"data", b"error"):
            self._data.append(value.removeprefix(b" "))


class _FunctionPart(BaseModel):
    name: str | None = None
    arguments: str | None = None


class _CallPart(BaseModel):
    index: int | None = None
    id: str | None = None
    function: _FunctionPart = _FunctionPart()


class _Delta(BaseModel):
    content: str | None = None
    # vLLM and Ollama have the second name.
    reasoning: str | None = Field(None, validation_alias=AliasChoices("reasoning_content", "reasoning"))
    tool_calls: list[_CallPart] | None = None


class _Choice(BaseModel):
    index: int = 0
    delta: _Delta = _Delta()
    finish_reason: str | None = None


class Chunk(BaseModel):
    """One event's JSON, as far as it is read."""

    choices: list[_Choice] = []
    error: JsonValue = None
    message: JsonValue = None
    """Where the whole event tells of an error."""


@dataclass
class _Call:
    index: int | None
    id: str | None
    name: str
    arguments: list[str] = field(default_factory=list)


class Gathering:
    """Adds the events of one answer up."""

    def __init__(self) -> None:
        self.ended = False
        """Whether nothing more comes."""
        self.whole = False
        """Whether the server said that the model is done."""
        self.begun = False
        """Whether any event came."""
        self._thought: list[str] = []
        self._text: list[str] = []
        self._calls: list[_Call] = []
        self._full = False

    def add(self, data: bytes) -> Iterator[Written]:
        """What one more event adds; raises ValidationError for what is no event, and BrokenOffError."""
        self.begun = True
        if data.strip() == _END:
            self.ended = self.whole = True
            return
        chunk = Chunk.model_validate_json(data)
        if chunk.error is not None or (chunk.message is not None and not chunk.choices):
            raise BrokenOffError(data)
        for choice in chunk.choices:
            if choice.index == 0:
                yield from self._more(choice)

    def reply(self) -> Reply:
        """What was written so far, as a whole answer would tell it."""
        calls = tuple((call.name, "".join(call.arguments) or "{}") for call in self._calls)
        return Reply("".join(self._text), "".join(self._thought), calls, self._full)

    def _more(self, choice: _Choice) -> Iterator[Written]:
        delta = choice.delta
        thought, text = legible(delta.reasoning or ""), legible(delta.content or "")
        self._thought.append(thought)
        self._text.append(text)
        if thought or text:
            yield Written(thought, text)
        for part in delta.tool_calls or ():
            yield from self._called(part)
        if choice.finish_reason:
            self.whole = True
            self._full = choice.finish_reason == "length"

    def _called(self, part: _CallPart) -> Iterator[Written]:
        """A call's parts have its index; some servers give every call the same, and another id."""
        last = self._calls[-1] if self._calls else None
        arguments = part.function.arguments or ""
        other = last is None or (part.index is not None and part.index != last.index)
        if last is None or other or (part.id and last.id and part.id != last.id):
            last = _Call(part.index, part.id, part.function.name or "")
            self._calls.append(last)
            yield Written(call=legible(last.name))
        last.arguments.append(arguments)
        if arguments:
            yield Written(arguments=legible(arguments))


class BrokenOffError(Exception):
    """The server tells in an event of its own that it cannot go on; `args[0]` is its JSON."""
