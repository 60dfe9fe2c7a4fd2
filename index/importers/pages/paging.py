"""Pages out of a text: split into sentences, and a long text into parts that can be shown one by one."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from index.importers.identity import hashed
from index.product import Origin, Page
from index.text.sanitize import LINE_LIMIT, TEXT_LIMIT, TITLE_LIMIT, plain, plain_lines
from index.text.sentences import MAX_SENTENCES, split_sentences


class Part(NamedTuple):
    """A piece of a long text."""

    row: int
    """Its first page in a PDF, else its place, counted from 1."""
    text: str


def pages_of(
    parts: Iterable[Part], *, origin: Origin, title: str, url: str, name: str, unit: str
) -> Iterator[Page]:
    """A page for each part that has text; `name` is what stays the same when it is saved again.

    `unit` is what a row counts, which the titles of further parts say.
    """
    for number, part in enumerate(parts):
        sentences = split_sentences(part.text)
        if sentences:
            head = plain(title, TITLE_LIMIT - 40) or sentences[0][: TITLE_LIMIT - 40]
            yield Page(
                id=f"{origin.source}:page:{hashed(name)}{f'-{number + 1}' if number else ''}",
                origin=origin.model_copy(update={"row": part.row}),
                title=head if not number else f"{head} ({unit} {part.row})",
                url=url,
                sentences=sentences,
            )


def parts_of(text: str) -> Iterator[Part]:
    """Parts of a text without pages of its own, numbered from 1."""
    return (Part(number, part.text) for number, part in enumerate(packed([(1, text)]), start=1))


def packed(pieces: Iterable[tuple[int, str]]) -> Iterator[Part]:
    """Numbered pieces of a text, put together or cut between lines, so that each part fits a page."""
    row, lines, length, sentences = 0, list[str](), 0, 0
    for number, piece in pieces:
        for line in _lines(piece):
            many = len(split_sentences(line))
            if lines and (length + len(line) > TEXT_LIMIT or sentences + many > MAX_SENTENCES):
                yield Part(row, "\n".join(lines))
                row, lines, length, sentences = 0, [], 0, 0
            row = row or number
            lines.append(line)
            length, sentences = length + len(line) + 1, sentences + many
    if lines:
        yield Part(row, "\n".join(lines))


def _lines(text: str) -> Iterator[str]:
    """Inert lines; a longer one than a paragraph is cut at a blank."""
    for line in plain_lines(text, len(text) + 1).split("\n"):
        while len(line) > LINE_LIMIT:
            cut = line.rfind(". ", LINE_LIMIT // 2, LINE_LIMIT) + 1 or line.rfind(" ", 1, LINE_LIMIT)
            cut = cut if cut > 0 else LINE_LIMIT
            yield line[:cut]
            line = line[cut:].lstrip()
        yield line
