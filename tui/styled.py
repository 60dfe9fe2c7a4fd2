"""The little Markdown of the first page and of a report that is being written, as styled text.

Headings, list items, bold, italics and escaped characters, and nothing that could be followed. One text for
many lines, where Textual's `Markdown` makes five widgets of an item and lays out all of them at each word.
"""

import re
from collections.abc import Iterator

from textual.content import Content

_HEADING = re.compile(r"(#+) +(.*)")
_ITEM = re.compile(r"[-*] +")
_INLINE = re.compile(r"\\(?P<literal>.)|\*\*(?P<bold>(?:\\.|[^\\])+?)\*\*|\*(?P<italic>(?:\\.|[^\\*])+)\*")
_ESCAPED = re.compile(r"\\(.)")


def styled(markdown: str) -> Content:
    """All lines of a text."""
    return Content("\n").join([_line(line) for line in markdown.split("\n")])


def _line(line: str) -> Content:
    if heading := _HEADING.match(line):
        colour = "$text-primary" if len(heading[1]) == 1 else "$text-accent"
        return Content.styled(_ESCAPED.sub(r"\1", heading[2]), f"bold {colour}")
    return Content.assemble(*_parts(_ITEM.sub("• ", line, count=1) if _ITEM.match(line) else line))


def _parts(line: str) -> Iterator[str | tuple[str, str]]:
    end = 0
    for found in _INLINE.finditer(line):
        yield line[end : found.start()]
        kind = found.lastgroup or ""
        inside = found[kind]
        yield inside if kind == "literal" else (_ESCAPED.sub(r"\1", inside), kind)
        end = found.end()
    yield line[end:]
