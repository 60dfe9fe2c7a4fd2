"""Finds out what a file is from its first bytes; names and extensions are not trusted.

What cannot be imported is refused with one sentence. Reading the file to its end is left to `lines`.
"""

import codecs
import csv
import json
import re
from pathlib import Path
from typing import IO

from index.importers.faults import FileFaultError
from index.importers.feed import is_feed
from index.importers.lines import BROKEN, Form, SourceFile, unpacked
from index.importers.pages.prose import is_markdown, is_prose
from index.importers.pages.recognizing import is_html

FORMS: dict[str, Form] = {
    "jsonl": "jsonl",
    "json": "json",
    "csv": "delimited",
    "tsv": "delimited",
    "feed": "feed",
    "parquet": "parquet",
    "html": "html",
    "markdown": "markdown",
    "text": "text",
    "pdf": "pdf",
}
"""What a file can be said to be, whatever its content looks like."""

_HEAD = 65_536
_STRAY_CONTROLS = 3
"""Control characters that a small file of rows may hold by mistake."""
_DELIMITERS = ",;\t|"
_ARRAY = re.compile(r"\[\s*(?:\{|$)")
_HOLDS_OBJECTS = re.compile(r'\{\s*"(?:[^"\\]|\\.)*"\s*:\s*(?:\{|\[\s*\{)')
"""An object whose first member is an object or a list of them."""
_MAGIC = {
    b"PK\x03\x04": "a ZIP archive or spreadsheet; unpack it, or save the sheet as CSV, and import that",
    b"SQLite format 3": "an SQLite database; export its table as CSV",
    b"GGUF": "model weights; import a file of products",
    b"\x89PNG": "a picture; import a file of products",
    b"\xff\xd8\xff": "a picture; import a file of products",
    b"\xd0\xcf\x11\xe0": "an Office document; save the sheet as CSV and import that",
    b"BZh": "packed with bzip2; unpack it, or pack it with gzip",
    b"\xfd7zXZ": "packed with xz; unpack it, or pack it with gzip",
    b"\x28\xb5\x2f\xfd": "packed with zstd; unpack it, or pack it with gzip",
    b"7z\xbc\xaf": "a 7z archive; unpack it",
}


def recognize(path: Path, form: str = "") -> SourceFile:
    """Find out what a file is, or take it for one of `FORMS`; raises FileFaultError with one sentence."""
    if form and form not in FORMS:
        raise FileFaultError(f"{form} is no format of a file; it is one of {', '.join(FORMS)}.")
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
    if form == "parquet" or (not form and head.startswith(b"PAR1")):
        if compressed:
            raise FileFaultError(f"{path} is a Parquet file packed with gzip; unpack it.")
        return SourceFile(path, "parquet", "", compressed=False, utf16="", size=size)
    if form == "pdf" or (not form and head.startswith(b"%PDF-")):
        if compressed:
            raise FileFaultError(f"{path} is a PDF packed with gzip; unpack it.")
        return SourceFile(path, "pdf", "", compressed=False, utf16="", size=size)
    utf16 = _utf16(head)
    _refuse_other_kinds(path, head)
    if not form and not utf16:
        _refuse_binary(path, head)
    text = _head_text(head, utf16)
    if not text.strip():
        raise FileFaultError(f"{path} is empty; there is nothing to import.")
    known = FORMS[form] if form else _text_form(path, text)
    delimiter = ""
    if known == "delimited":
        delimiter = "\t" if form == "tsv" else _delimiter(text)
        if not delimiter and form:
            delimiter = ","  # whoever says that it is a table knows, though one column has nothing between
        if not delimiter:
            raise FileFaultError(
                f"{path} is neither JSONL nor a table nor a text: no comma, semicolon, tab or bar makes "
                "columns of it, and no line is a sentence."
            )
    return SourceFile(path, known, delimiter, compressed, utf16, size)


def _head(raw: IO[bytes], compressed: bool) -> bytes:
    stream = unpacked(raw, compressed)
    head = b""
    try:
        # In small pieces: what was unpacked before a break must not be lost with it.
        while len(head) < _HEAD and (more := stream.read(1024)):
            head += more
    except BROKEN:
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


def _refuse_other_kinds(path: Path, head: bytes) -> None:
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise FileFaultError(f"{path} is {what}.")


def _refuse_binary(path: Path, head: bytes) -> None:
    controls = sum(head.count(bytes([code])) for code in (*range(9), *range(14, 27), *range(28, 32)))
    if controls > max(_STRAY_CONTROLS, len(head) * 0.01):
        raise FileFaultError(f"{path} is binary and neither JSONL nor CSV; export it as one of the two.")


def _head_text(head: bytes, utf16: str) -> str:
    if utf16:
        return head.decode(utf16, "replace").removeprefix("\ufeff")
    return head.decode("utf-8", "replace").removeprefix("\ufeff")


def _text_form(path: Path, text: str) -> Form:
    start = text.lstrip()
    if start.startswith("<"):
        if is_feed(start):
            return "feed"
        if is_html(text):
            return "html"
        raise FileFaultError(
            f"{path} is HTML or XML and no feed, JSONL or CSV; export the data as one of them."
        )
    if _ARRAY.match(start):
        return "json"
    if not start.startswith("{"):
        if is_prose(text, _delimiter(text)):
            return "markdown" if is_markdown(text) else "text"
        return "delimited"
    lines = text.splitlines()
    whole = lines if len(lines) == 1 else lines[:-1]
    if any(_is_object(line) for line in whole) or len(lines) == 1:
        return "jsonl"
    if _HOLDS_OBJECTS.match(start):
        return "json"
    raise FileFaultError(
        f"{path} begins like JSON, but none of its first lines is a whole object; write one object a line."
    )


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _delimiter(text: str) -> str:
    """The separator that cuts the first rows into the most columns of the same number, or nothing."""
    lines = text.splitlines(keepends=True)
    whole = lines if len(text) < _HEAD // 4 or len(lines) == 1 else lines[:-1]
    best, best_score = "", 0.0
    for delimiter in _DELIMITERS:
        score = _fitness(whole, delimiter)
        if score > best_score:
            best, best_score = delimiter, score
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
