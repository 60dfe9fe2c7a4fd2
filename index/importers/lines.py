"""Reads a recognized file line by line with bounded memory, whatever its packing and encoding.

A gzip that breaks off gives the lines before the break and then says so. What the lines mean is left to
`jsonl` and `delimited`.
"""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast

from index.importers.faults import FileFaultError

MAX_LINE = 1_000_000
"""Bytes of one row; no product needs more, and a file with no line breaks must not fill the memory."""

_FORMS = {
    "jsonl": "one JSON object a line",
    "html": "a saved page (HTML)",
    "markdown": "a note (Markdown)",
    "text": "a text",
    "pdf": "a PDF",
}

BROKEN = (EOFError, zlib.error, gzip.BadGzipFile)
"""What a gzip that is cut off or damaged raises."""


@dataclass(frozen=True)
class SourceFile:
    """A file that has been recognized."""

    path: Path
    form: Literal["jsonl", "delimited", "html", "markdown", "text", "pdf"]
    delimiter: str
    """Empty for all but tables."""
    compressed: bool
    utf16: str
    """Name of the UTF-16 codec, or empty: then each line is UTF-8 or, failing that, Windows-1252."""
    size: int
    """Bytes on disk."""

    @property
    def described(self) -> str:
        """What the file was recognized as, in words."""
        separated = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
        form = f"a {separated[self.delimiter]}-separated table" if self.delimiter else _FORMS[self.form]
        packed = ", gzip" if self.compressed else ""
        return f"{form}{packed}{', UTF-16' if self.utf16 else ''}"


@dataclass(frozen=True)
class Line:
    """One line without its end; `fault` says why its text cannot be used."""

    number: int
    text: str
    fault: str = ""


class Lines:
    """The lines of a file, read once; afterwards the attributes say what was odd about them."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.position = 0
        """Bytes of the file on disk that were read."""
        self.broken = ""
        """One sentence where a gzip broke off."""
        self.guessed = 0
        """Lines that were not UTF-8 and were read as Windows-1252."""

    def __iter__(self) -> Iterator[Line]:
        try:
            with self.file.path.open("rb") as raw:
                stream = _stream(raw, self.file.compressed, self.file.utf16)
                for number, (line, fault) in enumerate(self._bounded(stream), start=1):
                    self.position = raw.tell()
                    yield Line(number, self._decoded(line, first=number == 1), fault)
        except BROKEN:
            self.broken = (
                f"{self.file.path.name} breaks off in the middle of its gzip data: the rows before the break "
                "were imported; fetch the file again for the rest."
            )
        except OSError as error:
            raise FileFaultError(f"{self.file.path} cannot be read to its end: {error.strerror}.") from error

    def _bounded(self, stream: IO[bytes]) -> Iterator[tuple[bytes, str]]:
        while line := stream.readline(MAX_LINE + 1):
            if len(line) <= MAX_LINE or line.endswith(b"\n"):
                yield line.rstrip(b"\r\n"), ""
                continue
            length = len(line)
            while not line.endswith(b"\n") and (more := stream.readline(MAX_LINE)):
                length, line = length + len(more), more
            yield b"", f"it is {length / 1e6:.1f} MB long; a row may have {MAX_LINE / 1e6:.0f} MB"

    def _decoded(self, line: bytes, *, first: bool) -> str:
        if first:
            line = line.removeprefix(codecs.BOM_UTF8)
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            self.guessed += 1
        try:
            return line.decode("cp1252")
        except UnicodeDecodeError:
            return line.decode("latin-1")


def _stream(raw: IO[bytes], compressed: bool, utf16: str) -> IO[bytes]:
    stream = unpacked(raw, compressed)
    return io.BufferedReader(_Transcoded(stream, utf16)) if utf16 else stream


def unpacked(raw: IO[bytes], compressed: bool) -> IO[bytes]:
    """The bytes of a file as they were before packing."""
    return cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if compressed else raw


class _Transcoded(io.RawIOBase):
    """UTF-16 read as UTF-8, so that lines can be split and bounded as bytes."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while chunk := self._stream.read(max(2, len(buffer) // 4)):
            # Half of a surrogate pair may stand at the end of a chunk: nothing comes out of it yet.
            if made := self._decoder.decode(chunk).encode("utf-8", "replace"):
                buffer[: len(made)] = made
                return len(made)
        return 0
