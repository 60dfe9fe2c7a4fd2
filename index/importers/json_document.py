"""Rows of one JSON document: an array of objects, or an object that holds them by key or in its lists.

The document is never whole in memory: brackets are counted outside strings, so an object that is no JSON is
rejected alone and the next one begins where it ends.
"""

import re
from collections.abc import Generator, Iterator

from index.importers.jsonl import read_object
from index.importers.lines import MAX_LINE, Stream
from index.importers.rows import Nesting, Rejected, Row

_CHUNK = 1 << 16
_MARK = re.compile(rb'"(?:[^"\\\n]|\\.)*+"|["{}\[\]]', re.DOTALL)
"""A whole string, a bracket, or the quote of a string without an end; none of JSON holds a line break."""
_AROUND_ROWS = (b"[", b"{", b"{[")
_OUTERMOST = 64
"""Brackets around the rows; a file of nothing but brackets must not fill the memory."""


def read_document(stream: Stream, nesting: Nesting) -> Iterator[Row | Rejected]:
    """Each object of the document as a row; what lies deeper belongs to its row."""
    for number, (text, fault) in enumerate(_Scanner(stream).objects(), start=1):
        yield Rejected(number, fault, "") if fault else read_object(number, stream.decoded(text), nesting)


class _Scanner:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._outer = b""
        """The brackets that are open around the rows."""
        self._inner = bytearray()
        """Those that are open in the row at hand; empty between rows."""
        self._kept = bytearray()
        self._length = 0

    def objects(self) -> Iterator[tuple[bytes, str]]:
        """The text of each row, or what is wrong with it."""
        rest = b""
        for chunk in self._stream.chunks(_CHUNK):
            text = rest + chunk
            rest = text[(yield from self._scan(text)) :]
            if len(rest) > MAX_LINE:
                # A string of more than a row may have: only that it has not ended is remembered.
                self._collect(rest)
                escaped = (len(rest) - len(rest.rstrip(b"\\"))) % 2
                rest = b'"' + b"\\" * escaped
        if self._outer or self._inner:
            self._stream.broken = self._stream.broken or (
                f"{self._stream.file.path.name} ends before its last bracket: the rows before that were "
                "imported; fetch the file again for the rest."
            )

    def _scan(self, text: bytes) -> Generator[tuple[bytes, str], None, int]:
        """The rows that end in the text; returns how much of it need not be read again."""
        begun = 0
        read = len(text)
        for mark in _MARK.finditer(text):
            sign = mark[0]
            if sign == b'"' and text.find(b"\n", mark.start()) < 0:
                read = mark.start()
                break
            if sign[:1] == b'"':
                continue
            if not self._inner:
                if sign == b"{" and self._outer in _AROUND_ROWS:
                    self._inner += sign
                    begun = mark.start()
                else:
                    self._step_outside(sign)
            elif self._step_inside(sign):
                self._collect(text[begun : mark.end()])
                yield self._taken()
        if self._inner:
            self._collect(text[begun:read])
        return read

    def _step_outside(self, sign: bytes) -> None:
        if sign in b"}]":
            self._outer = self._outer[:-1]
        elif len(self._outer) < _OUTERMOST:
            self._outer += sign

    def _step_inside(self, sign: bytes) -> bool:
        """Whether the bracket ends the row; what closes nothing or was left open is passed over."""
        if sign in b"{[":
            if len(self._inner) < MAX_LINE:
                self._inner += sign
            return False
        opened = self._inner.rfind(b"{" if sign == b"}" else b"[")
        if opened >= 0:
            del self._inner[opened:]
        return not self._inner

    def _collect(self, text: bytes) -> None:
        self._length += len(text)
        if self._length <= MAX_LINE:
            self._kept += text

    def _taken(self) -> tuple[bytes, str]:
        text, length = bytes(self._kept), self._length
        self._kept, self._length = bytearray(), 0
        if length > MAX_LINE:
            return b"", f"it is {length / 1e6:.1f} MB long; a row may have {MAX_LINE / 1e6:.0f} MB"
        return text, ""
