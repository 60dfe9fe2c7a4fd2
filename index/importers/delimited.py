"""Rows of a comma-, semicolon-, tab- or bar-separated table whose first row names the columns."""

import csv
from collections.abc import Iterator

from index.importers.lines import Lines
from index.importers.rows import MAX_COLUMNS, Rejected, Row
from index.text.sanitize import plain

_KEPT = 2_000
_NAME_LIMIT = 120


def read_delimited(lines: Lines) -> Iterator[Row | Rejected]:
    """Each record as a row; one with more cells than the header, or that never ends, is rejected."""
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=lines.file.delimiter)
    header: list[str] = []
    number = 0
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            number += 1
            yield Rejected(number, f"it is no table row: {error}", feed.take()[:_KEPT])
            continue
        text, fault = feed.take(), feed.take_fault()
        if not record and not fault:
            continue
        number += 1
        if fault:
            yield Rejected(number, fault, text[:_KEPT])
        elif not header:
            header = _names(record)
        elif len(record) > len(header) and any(cell.strip() for cell in record[len(header) :]):
            yield Rejected(number, f"it has {len(record)} cells under {len(header)} columns", text[:_KEPT])
        else:
            yield Row(number, dict(zip(header, record, strict=False)))


class _Feed:
    """Lines for the csv reader, remembering those of the record at hand and what was wrong with them."""

    def __init__(self, lines: Lines) -> None:
        self._lines = iter(lines)
        self._text: list[str] = []
        self._kept = 0
        self._fault = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._fault = self._fault or line.fault
        if self._kept < _KEPT:
            self._text.append(line.text)
            self._kept += len(line.text)
        return line.text + "\n"

    def take(self) -> str:
        """The lines since the last call, as far as they are kept."""
        text = "\n".join(self._text)
        self._text, self._kept = [], 0
        return text

    def take_fault(self) -> str:
        """What was wrong with a line since the last call."""
        fault, self._fault = self._fault, ""
        return fault


def _names(record: list[str]) -> list[str]:
    """Column names, made different where the header repeats one or leaves one empty."""
    names: list[str] = []
    for place, cell in enumerate(record[:MAX_COLUMNS], start=1):
        name = plain(cell, _NAME_LIMIT) or f"column {place}"
        names.append(name if name not in names else f"{name} {place}")
    return names
