"""Rows of a comma-, semicolon-, tab- or bar-separated table whose first row names the columns.

A quotation mark that nobody closes makes a reader of tables take the rows behind it for one cell. Where a
record of several lines holds what are rows by themselves, its first line is read as it stands, and the rest
anew.
"""

import csv
from collections import deque
from collections.abc import Iterator, Sequence

from index.importers.lines import Line, Lines
from index.importers.rows import MAX_COLUMNS, Rejected, Row
from index.text.sanitize import plain

_KEPT = 2_000
_NAME_LIMIT = 120
_MOST_AGAIN = 200_000_000
"""Characters of a file that are read anew: more is made by somebody to be slow."""
_UNCLOSED = "a quotation mark in it is never closed"


def read_delimited(lines: Lines) -> Iterator[Row | Rejected]:
    """Each record as a row; one with more cells than the header, or that never ends, is rejected."""
    feed = _Feed(lines)
    delimiter = lines.file.delimiter
    reader = csv.reader(feed, delimiter=delimiter)
    header: list[str] = []
    number = 0
    while True:
        record, error = list[str](), ""
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            error = f"it is no table row: {fault}"
        taken = feed.take()
        if len(taken) > 1 and header and _runs_on(record, error, taken, len(header), delimiter):
            first, *swallowed = taken
            if feed.put_back(swallowed):
                taken, record = [first], first.text.split(delimiter)
                error = "" if len(record) == len(header) else _UNCLOSED
        error = next((line.fault for line in taken if line.fault), error)
        if not record and not error:
            continue
        number += 1
        if error:
            yield Rejected(number, error, _text(taken))
        elif not header:
            header = _names(record)
        elif len(record) > len(header) and any(cell.strip() for cell in record[len(header) :]):
            yield Rejected(number, f"it has {len(record)} cells under {len(header)} columns", _text(taken))
        else:
            yield Row(number, dict(zip(header, record, strict=False)))


def _runs_on(record: Sequence[str], error: str, taken: Sequence[Line], columns: int, delimiter: str) -> bool:
    """Whether lines behind the first are rows that a quotation mark has taken into a cell."""
    rows = [_is_row(line.text, columns, delimiter) for line in taken]
    if not any(rows[1:]):
        return False
    if error or len(record) > columns or not _is_well_formed(taken, delimiter):
        return True
    # Well formed it may be a text of several lines; in such stand commas, but no other signs, and not many.
    unlikely = columns >= 3 if delimiter != "," else columns >= 5 and len(taken) >= 3
    return unlikely and all(rows)


def _is_row(text: str, columns: int, delimiter: str) -> bool:
    """Whether a line is a row by itself, by its quotation marks or by its signs alone."""
    signs = text.count(delimiter)
    if signs < columns - 1:
        return False
    return signs == columns - 1 or len(_well_formed([text], delimiter)) == columns


def _is_well_formed(taken: Sequence[Line], delimiter: str) -> bool:
    return bool(_well_formed([f"{line.text}\n" for line in taken], delimiter))


def _well_formed(texts: Sequence[str], delimiter: str) -> list[str]:
    """The cells of one record, where every quotation mark stands at the edge of a cell; else none."""
    try:
        records = list(csv.reader(texts, delimiter=delimiter, strict=True))
    except csv.Error:
        return []
    return records[0] if len(records) == 1 else []


class _Feed:
    """Lines for the csv reader, remembering those of the record at hand, and taking lines back."""

    def __init__(self, lines: Lines) -> None:
        self._lines = iter(lines)
        self._again: deque[Line] = deque()
        self._taken: list[Line] = []
        self._left = _MOST_AGAIN

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._taken.append(line)
        return line.text + "\n"

    def take(self) -> list[Line]:
        """The lines since the last call."""
        taken, self._taken = self._taken, []
        return taken

    def put_back(self, lines: Sequence[Line]) -> bool:
        """Read these anew, if there is time for it."""
        self._left -= sum(len(line.text) for line in lines)
        if self._left < 0:
            return False
        self._again.extendleft(reversed(lines))
        return True


def _text(taken: Sequence[Line]) -> str:
    """A record as it stood, as far as it is kept."""
    return "\n".join(line.text[:_KEPT] for line in taken[:_KEPT])[:_KEPT]


def _names(record: list[str]) -> list[str]:
    """Column names, made different where the header repeats one or leaves one empty."""
    names: list[str] = []
    for place, cell in enumerate(record[:MAX_COLUMNS], start=1):
        name = plain(cell, _NAME_LIMIT) or f"column {place}"
        names.append(name if name not in names else f"{name} {place}")
    return names
