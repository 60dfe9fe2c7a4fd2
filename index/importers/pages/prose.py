"""Notes in plain text and Markdown: what tells them from a table, and their text without the marks."""

import re

from index.importers.lines import SourceFile
from index.importers.pages.contents import bounded_bytes, decoded
from index.text.sanitize import TITLE_LIMIT, plain

MOST_BYTES = 2_000_000
# No pattern below can look at one character more than a bounded number of times.
_HEADING = re.compile(r"#{1,6}[ \t]+(?=\S)")
_MARKS = re.compile(r"#{1,6} |[-*+] |\d{1,3}[.)] |> |```|~~~|\[[^\]]{1,200}\]\(|(?:---|===)-*=*$")
_LIST = re.compile(r"[ \t]{0,8}[-*+] (?:\[[ x]\] )?[^\W\d_]")
_ENDS = re.compile(r"[.!?:…。！？][\"'”’)\]*_]{0,4}$")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:\s*(.+)$", re.MULTILINE | re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,2000}(?:\s[^()]{0,200})?\)")
_EMPHASIS = re.compile(r"(?<!\w)(\*{1,3}|_{1,3}|`{1,2})(?=\S)(.{1,120}?)(?<=\S)\1(?!\w)")
_LINE_MARK = re.compile(
    r"^[ \t]{0,8}(?:#{1,6}[ \t]+|>[ \t]?|(?:[-*+]|\d{1,3}[.)])[ \t]+)|[ \t]#+$", re.MULTILINE
)
_RULE = re.compile(
    r"^[ \t]*(?:[-=*_][ \t]*){3,}$|^[ \t]*(?:```|~~~).*$|^[ \t:|-]{0,200}-{3}[ \t:|-]{0,200}$", re.MULTILINE
)
_HEADER_WORDS = 4


def is_markdown(text: str) -> bool:
    """Whether the first part of a file is marked as Markdown marks headings, links, lists and code."""
    lines = text.splitlines()
    marked = any(_HEADING.match(line) or line.startswith(("```", "~~~")) for line in lines)
    listed = sum(bool(_LIST.match(line)) for line in lines) > 1
    return marked or listed or _LINK.search(text) is not None


def is_prose(text: str, delimiter: str) -> bool:
    """Whether the first part of a file is a text and no table.

    `delimiter` is what might part its columns, or empty where nothing does. A table stays one wherever its
    first line could be a header; commas of prose are followed by blanks, and its lines end like sentences.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not delimiter:
        return any(len(line.split()) > _HEADER_WORDS for line in lines) or is_markdown(text)
    if delimiter == "\t" or (delimiter == "|" and not is_markdown(text)):
        return False
    if delimiter != "|":
        spaced = len(re.findall(rf"{delimiter}(?=\s|$)", text, re.MULTILINE))
        if spaced < 0.9 * text.count(delimiter):
            return False
    if _is_header(lines[0], delimiter):
        return False
    told = sum(bool(_ENDS.search(line[-6:]) or _MARKS.match(line)) for line in lines)
    return told >= len(lines) * 0.3


def _is_header(line: str, delimiter: str) -> bool:
    """Whether a line could name the columns of a table: a few words each, none twice, no sentence."""
    cells = [cell.strip().strip("\"'") for cell in line.split(delimiter)]
    short = all(0 < len(cell.split()) <= _HEADER_WORDS for cell in cells)
    return (
        len(cells) > 1
        and short
        and len({*cells}) == len(cells)
        and not (_ENDS.search(line[-6:]) or _MARKS.match(line))
    )


def read_note(file: SourceFile) -> tuple[str, str]:
    """Title and text of a note; raises FileFaultError where it is too large. Markdown loses its marks."""
    raw = bounded_bytes(file, MOST_BYTES)
    text = raw.decode(file.utf16, "replace").removeprefix("\ufeff") if file.utf16 else decoded(raw)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if file.form == "text":
        return _first_line(text), text
    return _markdown(text)


def _markdown(text: str) -> tuple[str, str]:
    front = _FRONT_MATTER.match(text)
    said = _FRONT_TITLE.search(front[1]) if front else None
    text = text[front.end() :] if front else text
    heading = next((line.strip("# \t") for line in text.splitlines() if _HEADING.match(line)), "")
    title = said[1].strip("\"' ") if said else heading
    text = _RULE.sub("", text)
    text = _EMPHASIS.sub(lambda marked: marked[2], _LINK.sub(lambda link: link[1], text))
    text = _LINE_MARK.sub("", text).replace("|", " ")
    return plain(
        _EMPHASIS.sub(lambda marked: marked[2], _LINK.sub(lambda link: link[1], title))
    ) or _first_line(text), text


def _first_line(text: str) -> str:
    return next((line for raw in text.splitlines() if (line := plain(raw, TITLE_LIMIT))), "")
