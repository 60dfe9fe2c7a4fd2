"""Finds out what a file is from its first bytes, and reads it line by line with bounded memory.

Names and extensions are not trusted. A gzip that breaks off gives the lines before the break and then says
so. What the lines mean is left to `jsonl` and `delimited`.
"""

import codecs
import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast

from index.importers.faults import FileFaultError

MAX_LINE = 1_000_000
"""Bytes of one row; no product needs more, and a file with no line breaks must not fill the memory."""

_HEAD = 65_536
_DELIMITERS = ",;\t|"
_MAGIC = {
    b"PK\x03\x04": "a ZIP archive or spreadsheet; unpack it, or save the sheet as CSV, and import that",
    b"%PDF": "a PDF; export the data as CSV or JSONL",
    b"SQLite format 3": "an SQLite database; export its table as CSV",
    b"PAR1": "a Parquet file; export it as CSV or JSONL",
    b"GGUF": "model weights; import a file of products",
    b"\x89PNG": "a picture; import a file of products",
    b"\xff\xd8\xff": "a picture; import a file of products",
    b"\xd0\xcf\x11\xe0": "an Office document; save the sheet as CSV and import that",
    b"BZh": "packed with bzip2; unpack it, or pack it with gzip",
    b"\xfd7zXZ": "packed with xz; unpack it, or pack it with gzip",
    b"\x28\xb5\x2f\xfd": "packed with zstd; unpack it, or pack it with gzip",
    b"7z\xbc\xaf": "a 7z archive; unpack it",
}
_BROKEN = (EOFError, zlib.error, gzip.BadGzipFile)


@dataclass(frozen=True)
class SourceFile:
    """A file that has been recognized."""

    path: Path
    form: Literal["jsonl", "delimited"]
    delimiter: str
    """Empty for JSONL."""
    compressed: bool
    utf16: str
    """Name of the UTF-16 codec, or empty: then each line is UTF-8 or, failing that, Windows-1252."""
    size: int
    """Bytes on disk."""

    @property
    def described(self) -> str:
        """What the file was recognized as, in words."""
        separated = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
        form = (
            f"a {separated[self.delimiter]}-separated table" if self.delimiter else "one JSON object a line"
        )
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
        except _BROKEN:
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


def recognize(path: Path) -> SourceFile:
    """Find out what a file is; raises FileFaultError with one sentence where it cannot be imported."""
    try:
        if path.is_dir():
            raise FileFaultError(f"{path} is a folder; name the files in it one by one.")
        size = path.stat().st_size
        with path.open("rb") as raw:
            compressed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            head = _head(raw, compressed)
    except OSError as error:
        raise FileFaultError(f"{path} cannot be read: {error.strerror}; check the path.") from error
    utf16 = _utf16(head)
    _refuse_binary(path, head, utf16)
    text = _head_text(head, utf16)
    if not text.strip():
        raise FileFaultError(f"{path} is empty; there is nothing to import.")
    delimiter = "" if _is_jsonl(path, text) else _delimiter(path, text)
    return SourceFile(path, "delimited" if delimiter else "jsonl", delimiter, compressed, utf16, size)


def _stream(raw: IO[bytes], compressed: bool, utf16: str) -> IO[bytes]:
    stream = _unpacked(raw, compressed)
    return io.BufferedReader(_Transcoded(stream, utf16)) if utf16 else stream


def _unpacked(raw: IO[bytes], compressed: bool) -> IO[bytes]:
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


def _head(raw: IO[bytes], compressed: bool) -> bytes:
    stream = _unpacked(raw, compressed)
    head = b""
    try:
        # In small pieces: what was unpacked before a break must not be lost with it.
        while len(head) < _HEAD and (more := stream.read(1024)):
            head += more
    except _BROKEN:
        if not head:
            raise FileFaultError(f"{raw.name} is a damaged gzip file; fetch it again.") from None
    return head


def _utf16(head: bytes) -> str:
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    # Without a byte-order mark: nearly every second byte of Western text is zero.
    sample = head[:2000]
    if len(sample) >= 4 and sample[1::2].count(0) > len(sample) * 0.4:
        return "utf-16-le"
    if len(sample) >= 4 and sample[0::2].count(0) > len(sample) * 0.4:
        return "utf-16-be"
    return ""


def _refuse_binary(path: Path, head: bytes, utf16: str) -> None:
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise FileFaultError(f"{path} is {what}.")
    controls = sum(head.count(bytes([code])) for code in (*range(9), *range(14, 27), *range(28, 32)))
    if not utf16 and controls > len(head) * 0.01:
        raise FileFaultError(f"{path} is binary and neither JSONL nor CSV; export it as one of the two.")


def _head_text(head: bytes, utf16: str) -> str:
    if utf16:
        return head.decode(utf16, "replace").removeprefix("\ufeff")
    return head.decode("utf-8", "replace").removeprefix("\ufeff")


def _is_jsonl(path: Path, text: str) -> bool:
    start = text.lstrip()
    if start.startswith("<"):
        raise FileFaultError(
            f"{path} is HTML or XML and neither JSONL nor CSV; export the data as one of the two."
        )
    if start.startswith(("[{", "[\n", "[\r", "[ ")):
        raise FileFaultError(
            f"{path} is one JSON array; write one object a line (`jq -c '.[]'`) and import that."
        )
    if not start.startswith("{"):
        return False
    lines = text.splitlines()
    whole = lines if len(lines) == 1 else lines[:-1]
    if any(_is_object(line) for line in whole) or len(lines) == 1:
        return True
    raise FileFaultError(
        f"{path} begins like JSON, but none of its first lines is a whole object; write one object a line."
    )


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _delimiter(path: Path, text: str) -> str:
    """The separator that cuts the first rows into the most columns of the same number."""
    lines = text.splitlines(keepends=True)
    whole = lines if len(text) < _HEAD // 4 or len(lines) == 1 else lines[:-1]
    best, best_score = "", 0.0
    for delimiter in _DELIMITERS:
        score = _fitness(whole, delimiter)
        if score > best_score:
            best, best_score = delimiter, score
    if not best:
        raise FileFaultError(
            f"{path} is neither JSONL nor a table: no comma, semicolon, tab or bar makes columns of it."
        )
    return best


def _fitness(lines: list[str], delimiter: str) -> float:
    widths = []
    try:
        for record in csv.reader(lines, delimiter=delimiter):
            if record:
                widths.append(len(record))
            if len(widths) >= 40:
                break
    except csv.Error:
        return 0.0
    if not widths or widths[0] < 2:
        return 0.0
    alike = sum(width == widths[0] for width in widths) / len(widths)
    return alike * min(widths[0], 50) if alike >= 0.5 else 0.0
