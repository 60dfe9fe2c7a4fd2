"""A model's chat template as segments that are only ever appended to a context.

Templates render whole conversations, and many render the past differently once it has grown (they drop
thoughts, merge tool results, move the tool list). Here a conversation of markers is rendered once and cut at
them: what stands between the markers is the template's own text, what replaces them is content. What a model
writes inside its turn is left to `agent.wire`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files
from typing import Literal, NamedTuple

from models.engine import Piece, TemplateError

Tool = Mapping[str, object]
"""A tool in the form of OpenAI's `tools` list."""
Message = dict[str, object]
Speaker = Literal["tool", "user"]
"""Who tells the model something after its turn."""

_SYSTEM, _USER, _REPLY, _NEXT = "SYSTEM", "USER", "REPLY", "NEXT"
_MARKER = re.compile(r'qz(SYSTEM|USER|REPLY|NEXT\d*)zq(\\?)"')
# A template that demands a call id wants nine letters and digits.
_CALL_ID = "call00001"
_HOUSE_CALL = re.compile(r'<tool_call>\s*\{\s*"name"')
_PROBE: Tool = {
    "type": "function",
    "function": {
        "name": "qzTOOLzq",
        "description": "Probe.",
        "parameters": {"type": "object", "properties": {}, "required": []},
    },
}
_CALLED = {"id": _CALL_ID, "type": "function", "function": {"name": "probe", "arguments": {"a": "b"}}}


class _Slot(NamedTuple):
    """Where a content stands, and whether it stands inside a JSON string."""

    name: str
    quoted: bool


_Parts = tuple[str | _Slot, ...]


class _UnusableError(Exception):
    """One way of using a template does not work; the text is the reason."""


@dataclass(frozen=True)
class _Form:
    """What a template understands; what it does not is written into the roles that it has."""

    lists: bool
    """Contents are lists of parts, not strings."""
    system: bool = False
    tools: bool = False
    observations: bool = False
    house_calls: bool = False
    """Its calls are ours: it says so beside the tools, or writes them so."""

    def first(self) -> list[Message]:
        """The messages that open a conversation."""
        if self.system:
            return [self.message("system", _marker(_SYSTEM)), self.message("user", _marker(_USER))]
        return [self.message("user", f"{_marker(_SYSTEM)}\n\n{_marker(_USER)}")]

    def observed(self, slot: str = _NEXT) -> Message:
        """What a call brought back."""
        if self.observations:
            return self.message("tool", _marker(slot)) | {"tool_call_id": _CALL_ID}
        return self.message("user", f"<tool_response>\n{_marker(slot)}\n</tool_response>")

    def told(self, speaker: Speaker, slot: str) -> Message:
        """A message to the model."""
        return self.observed(slot) if speaker == "tool" else self.message("user", _marker(slot))

    def message(self, role: str, content: str) -> Message:
        """A message as the template wants it."""
        return {"role": role, "content": [{"type": "text", "text": content}] if self.lists else content}


class ChatTemplate:
    """The segments of one model's conversations.

    Contents are untrusted pieces; everything else, the tool list included, is template text and trusted.
    """

    def __init__(self, source: str, bos: str, eos: str, now: datetime) -> None:
        """For `from_source`."""
        # Jinja takes 50 ms to import, and only who talks to a model needs it.
        from models.jinja import RenderError, compile_template

        self._refusals = RenderError
        try:
            self._render = compile_template(source, bos, eos, now)
            self._form = self._understood()
            form = self._form
            self._opening = self._cut(form.first())
            self._observation = self._following(form, [form.observed()])
            self._user = self._following(form, [form.message("user", _marker(_NEXT))])
            self._close = self._following(form, [])
        except (RenderError, _UnusableError) as error:
            raise TemplateError(
                f"The model's chat template cannot render a conversation ({error}); use another model."
            ) from error

    @classmethod
    def from_source(
        cls, jinja: str, bos: str = "", eos: str = "", now: datetime | None = None
    ) -> "ChatTemplate":
        """Learn the segments of a Jinja template; raises TemplateError where no conversation can be rendered.

        `bos` and `eos` are the texts of the tokens that open and end a text, where the source does not set
        them itself; `now` is what a template that asks for the date is told.
        """
        return cls(jinja, bos, eos, now or datetime.now())

    @property
    def opens_thinking(self) -> bool:
        """Whether the generation prompt opens a thought, so that the model's first token is inside it."""
        prompt = self._opening[-1]
        return isinstance(prompt, str) and prompt.rfind("<think>") > prompt.rfind("</think>")

    def opening(self, system: str, tools: Sequence[Tool], user: str) -> list[Piece]:
        """The start of a context: instructions, tools, the first user message and the generation prompt."""
        # Beside its own list a template may demand its own calls, which the grammar does not let stand.
        native = self._form.tools and self._form.house_calls and bool(tools)
        if tools and not native:
            system = f"{system}\n\n{_described(tools)}".lstrip()
        try:
            parts = self._cut(self._form.first(), tools=tools if native else ())
        except (self._refusals, _UnusableError) as error:
            raise TemplateError(f"The model's chat template refuses these tools ({error}).") from error
        return _filled(parts, {_SYSTEM: system, _USER: user})

    def observation(self, text: str) -> list[Piece]:
        """The end of the assistant's turn, what its call brought back, and the generation prompt."""
        return _filled(self._observation, {_NEXT: text})

    def user(self, text: str) -> list[Piece]:
        """The end of the assistant's turn, a message of the person, and the generation prompt."""
        return _filled(self._user, {_NEXT: text})

    def after(self, told: Sequence[tuple[Speaker, str]]) -> list[Piece]:
        """What the model is told after its turn has ended, in one go, and the generation prompt.

        `close` and `after` make up what `observation` and `user` say of a single message.
        """
        try:
            return self._after(told)
        except (self._refusals, _UnusableError):
            # A template that counts turns takes no two messages of one side in a row.
            speaker = told[0][0]
            return self._after([(speaker, "\n\n".join(text for _, text in told))])

    def _after(self, told: Sequence[tuple[Speaker, str]]) -> list[Piece]:
        contents = {f"{_NEXT}{at}": text for at, (_, text) in enumerate(told)}
        messages = [self._form.told(speaker, slot) for slot, (speaker, _) in zip(contents, told, strict=True)]
        parts = self._following(self._form, messages)
        end = "".join(piece.text for piece in self.close())
        if isinstance(parts[0], str):
            parts = (parts[0].removeprefix(end), *parts[1:])
        return _filled(parts, contents)

    def close(self) -> list[Piece]:
        """The end of the assistant's turn."""
        return _filled(self._close, {})

    def _understood(self) -> _Form:
        """Find out what the template understands, from the most to the least that can be asked of it."""
        form = _Form(lists=False)
        if not self._renders(form):
            form = _Form(lists=True)
            self._cut(form.first())
        for better in ("system", "tools", "observations"):
            candidate = replace(form, **{better: True})
            # A template that knows no tools may let a `tool` role through that its model has never seen.
            if self._renders(candidate) and (candidate.tools or not candidate.observations):
                form = candidate
        return replace(form, house_calls=form.tools and self._calls_as_we_do(form))

    def _calls_as_we_do(self, form: _Form) -> bool:
        told = {"messages": form.first(), "tools": [_PROBE]}
        made = {"messages": [*form.first(), form.message("assistant", "") | {"tool_calls": [_CALLED]}]}
        for asked in (told, made):
            with suppress(self._refusals):
                if _HOUSE_CALL.search(self._render(**asked, add_generation_prompt=False)):
                    return True
        return False

    def _renders(self, form: _Form) -> bool:
        try:
            self._cut(form.first(), tools=[_PROBE] if form.tools else ())
            self._following(form, [form.observed()] if form.observations else [])
        except (self._refusals, _UnusableError):
            return False
        return True

    def _following(self, form: _Form, told: Sequence[Message]) -> _Parts:
        """What comes after an assistant's turn: its end, the messages and the generation prompt."""
        turns = [*form.first(), form.message("assistant", _marker(_REPLY))]
        parts = self._cut([*turns, *told], prompt=bool(told))
        reply = next(at for at, part in enumerate(parts) if isinstance(part, _Slot) and part.name == _REPLY)
        return parts[reply + 1 :]

    def _cut(self, messages: list[Message], tools: Sequence[Tool] = (), prompt: bool = True) -> _Parts:
        """Render and cut at the markers; every marker must come out once, in order."""
        text = self._render(
            messages=messages, tools=list(tools) or None, add_generation_prompt=prompt, documents=None
        )
        parts = tuple(part for part in _parts(text) if part)
        found = [part.name for part in parts if isinstance(part, _Slot)]
        wanted = re.findall(r"qz(\w+)zq", json.dumps(messages))
        if found != wanted:
            raise _UnusableError(f"it renders {found or 'nothing'} of {wanted}")
        if _PROBE in tools and "qzTOOLzq" not in text:
            raise _UnusableError("it leaves the tools out")
        return parts


def _marker(name: str) -> str:
    """A text that no template changes, whose last letter tells a JSON string from plain text."""
    return f'qz{name}zq"'


def _parts(text: str) -> Iterator[str | _Slot]:
    at = 0
    for found in _MARKER.finditer(text):
        yield text[at : found.start()]
        yield _Slot(found[1], quoted=bool(found[2]))
        at = found.end()
    yield text[at:]


def _filled(parts: _Parts, contents: Mapping[str, str]) -> list[Piece]:
    pieces = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(Piece(part, trusted=True))
            continue
        content = contents[part.name]
        pieces.append(Piece(json.dumps(content, ensure_ascii=False)[1:-1] if part.quoted else content))
    return [piece for piece in pieces if piece.text]


def _described(tools: Sequence[Tool]) -> str:
    """The tools as signatures, for templates that know none."""
    text = files("models").joinpath("tools.md").read_text(encoding="utf-8").strip()
    return text.replace("{tools}", "\n".join(_signature(tool) for tool in tools))


def _signature(tool: Tool) -> str:
    function = _mapping(tool.get("function"))
    schema = _mapping(function.get("parameters"))
    required = schema.get("required")
    needed = required if isinstance(required, list) else []
    parameters = [
        f"{name}{'' if name in needed else '?'}: {_mapping(about).get('type', 'any')}"
        for name, about in _mapping(schema.get("properties")).items()
    ]
    return f"- {function.get('name')}({', '.join(parameters)}): {function.get('description', '')}"


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
