"""A step of a server as it is written, told as a model of this process tells it.

It is for whoever looks on; the step itself is read from the whole reply.
"""

import json
import re
from collections.abc import Generator

from agent.wire import CALL
from distill.seats.step_json import is_json
from models.completion import Reply, legible
from models.served_stream import Written

_UNDECIDED = re.compile(r"`{0,3}|```j?s?o?n?\s*")
"""Where it cannot be said yet whether a text is JSON."""
_TAG = re.compile(r"</?think>\n?")
_TAG_BEGINS = re.compile(r"</?t?h?i?n?k?\Z")
_LETTERS = re.compile(r'(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_HALF_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\Z")
_LONGEST_ESCAPE = 12
"""Characters, of a pair."""
_LONGEST_KEY = 20
_NAME, _ARGUMENTS = f'{CALL}{{"name": "', '", "arguments": '


class StepShowing:
    """Takes what a server writes and gives what can be shown of it."""

    def __init__(self) -> None:
        self._begun = ""
        """The text's beginning, until it is known to be JSON or not."""
        self._texts: _JsonTexts | _HouseText | None = None

    def over(self, writing: Generator[Written, None, Reply]) -> Generator[str, None, Reply]:
        """What is shown of an answer, until it is whole; all of it then where the server did not stream."""
        told = False
        while True:
            try:
                more = next(writing)
            except StopIteration as end:
                reply: Reply = end.value
                break
            if text := self.feed(more):
                told = True
                yield text
        if not told:
            yield self.feed(Written(reply.thought, reply.text))
        return reply

    def feed(self, more: Written) -> str:
        """What can be shown now."""
        call = f"{_NAME}{more.call}{_ARGUMENTS}" if more.call else ""
        return more.thought + self._shown(more.text) + call + more.arguments

    def _shown(self, text: str) -> str:
        if self._texts is None:
            text = self._begun = (self._begun + text).lstrip()
            if _UNDECIDED.fullmatch(text):
                return ""
            self._texts = _JsonTexts() if is_json(text) else _HouseText()
        return self._texts.feed(text)


class _HouseText:
    """Text of the house form without the tags around the thought."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        text = self._held + text
        begins = _TAG_BEGINS.search(text)
        end = begins.start() if begins else len(text)
        self._held = text[end:]
        return _TAG.sub("", text[:end])


class _JsonTexts:
    """The thought, the tool's name and the report out of a step's JSON."""

    def __init__(self) -> None:
        self._rest = ""
        self._inside = False
        self._key = ""
        self._after_colon = False

    def feed(self, text: str) -> str:
        self._rest += text
        shown = ""
        while self._rest:
            if not self._inside:
                shown += self._opened()
                continue
            shown += self._letters()
            if not self._rest.startswith('"'):
                if len(self._rest) >= _LONGEST_ESCAPE:
                    self._rest = self._key = ""  # it is none, and the rest of the text is not told
                break
            shown += self._closed()
        return shown

    def _opened(self) -> str:
        """Go to the next string; what stands before it tells whether it is a key."""
        between, quote, self._rest = self._rest.partition('"')
        if mark := between.strip():
            self._after_colon = mark.endswith(":")
        if not quote:
            return ""
        self._inside = True
        if not self._after_colon:
            self._key = ""
        return _NAME if self._is_value("name") else ""

    def _letters(self) -> str:
        found = _LETTERS.match(self._rest)
        letters = found[0] if found else ""
        if not self._rest[len(letters) :].startswith('"'):
            letters = _HALF_PAIR.sub("", letters)
        self._rest = self._rest[len(letters) :]
        text: str = json.loads(f'"{letters}"', strict=False)
        if not self._after_colon:
            self._key = (self._key + text)[-_LONGEST_KEY:]
        told = self._is_value("thought") or self._is_value("name") or self._is_value("report")
        return legible(text.encode("utf-8", "replace").decode("utf-8")) if told else ""

    def _closed(self) -> str:
        self._inside, self._rest = False, self._rest[1:]
        ends = _ARGUMENTS if self._is_value("name") else ""
        if self._after_colon:
            self._key = ""
        self._after_colon = False
        return ends

    def _is_value(self, key: str) -> bool:
        return self._after_colon and self._key == key
