"""Reads a recognized file in lines or pieces with bounded memory, whatever its packing and encoding.

A gzip that breaks off gives what stands before the break and then says so. What the text means is left to
the row sources.
"""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast

from index.importers.faults import FileFaultError

MAX_LINE = 1_000_000
"""Bytes of one row; no product needs more, and a file with no line breaks must not fill the memory."""

BROKEN = (EOFError, zlib.error, gzip.BadGzipFile)
"""What a gzip that is cut off or damaged raises."""


Form = Literal["jsonl", "json", "delimited", "feed", "parquet", "html", "markdown", "text", "pdf"]

_SEPARATED = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_IN_WORDS: dict[Form, str] = {
    "jsonl": "one JSON object a line",
    "json": "one JSON document",
    "feed": "an XML feed",
    "parquet": "a Parquet file",
    "html": "a saved page (HTML)",
    "markdown": "a note (Markdown)",
    "text": "a text",
    "pdf": "a PDF",
}


@dataclass(frozen=True)
class SourceFile:
    """A file that has been recognized."""

    path: Path
    form: Form
    delimiter: str
    """Of a delimited table; else empty."""
    compressed: bool
    utf16: str
    """Name of the UTF-16 codec, or empty: then each line is UTF-8 or, failing that, Windows-1252."""
    size: int
    """Bytes on disk."""

    @property
    def described(self) -> str:
        """What the file was recognized as, in words."""
        form = f"a {_SEPARATED[self.delimiter]}-separated table" if self.delimiter else _IN_WORDS[self.form]
        packed = ", gzip" if self.compressed else ""
        return f"{form}{packed}{', UTF-16' if self.utf16 else ''}"


@dataclass(frozen=True)
class Line:
    """One line without its end; `fault` says why its text cannot be used."""

    number: int
    text: str
    fault: str = ""


class Stream:
    """The bytes of a file, read once; afterwards the attributes say what was odd about them."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.position = 0
        """Bytes of the file on disk that were read."""
        self.broken = ""
        """One sentence where the file breaks off."""
        self.guessed = 0
        """Lines that were not UTF-8 and were read as Windows-1252."""

    def chunks(self, size: int) -> Iterator[bytes]:
        """The bytes in pieces, unpacked, UTF-16 as UTF-8, without a byte-order mark."""
        with self._opened() as (raw, stream):
            first = True
            while chunk := stream.read(size):
                self.position = raw.tell()
                yield chunk.removeprefix(codecs.BOM_UTF8) if first else chunk
                first = False

    def decoded(self, text: bytes) -> str:
        """The text of a row, as UTF-8 or, failing that, as Windows-1252."""
        try:
            return text.decode("utf-8")
        except UnicodeDecodeError:
            self.guessed += 1
        try:
            return text.decode("cp1252")
        except UnicodeDecodeError:
            return text.decode("latin-1")

    @contextmanager
    def _opened(self) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """The file on disk and its bytes; a gzip that breaks off is told and no fault."""
        try:
            with self.file.path.open("rb") as raw:
                yield raw, _stream(raw, self.file.compressed, self.file.utf16)
        except BROKEN:
            self.broken = (
                f"{self.file.path.name} breaks off in the middle of its gzip data: the rows before the break "
                "were imported; fetch the file again for the rest."
            )
        except OSError as error:
            raise FileFaultError(f"{self.file.path} cannot be read to its end: {error.strerror}.") from error


class Lines(Stream):
    """The lines of a file."""

    def __iter__(self) -> Iterator[Line]:
        with self._opened() as (raw, stream):
            for number, (line, fault) in enumerate(self._bounded(stream), start=1):
                self.position = raw.tell()
                text = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
                yield Line(number, self.decoded(text), fault)

    def _bounded(self, stream: IO[bytes]) -> Iterator[tuple[bytes, str]]:
        while line := stream.readline(MAX_LINE + 1):
            if len(line) <= MAX_LINE or line.endswith(b"\n"):
                yield line.rstrip(b"\r\n"), ""
                continue
            length = len(line)
            while not line.endswith(b"\n") and (more := stream.readline(MAX_LINE)):
                length, line = length + len(more), more
            yield b"", f"it is {length / 1e6:.1f} MB long; a row may have {MAX_LINE / 1e6:.0f} MB"


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
