"""How an import ends: one table of its files, with what became of their rows; as text or as JSON."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from pydantic import JsonValue
from rich.table import Table
from rich.text import Text

from index.gathering.found import LeftOut
from index.importers.import_report import ImportReport
from index.text.sanitize import plain
from tui.import_text import counted
from tui.intake import Taken

_COUNTS: Final = ("read", "new", "changed", "same", "rejected")
_MORE: Final = ("repeated", "skipped")
_FIGURES: Final = 50
"""Columns of the terminal that the counts need."""
_LEAST: Final = 16


def table_of(taken: Sequence[Taken], width: int) -> Table:
    """A row a file, with totals where there are several."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("file", overflow="fold", max_width=max(_LEAST, width - _FIGURES))
    for count in _COUNTS:
        table.add_column(count, justify="right", no_wrap=True)
    shown = _shown([plain(each.found.name) for each in taken], max(_LEAST, width - _FIGURES))
    for each, name in zip(taken, map(Text, shown), strict=True):
        if each.report is None:
            table.add_row(name, Text("failed", style="red"))
        else:
            table.add_row(name, *(f"{count:,}" for count in _counts(each.report)))
    if len(taken) > 1:
        table.add_row(Text("all", style="bold"), *(f"{sum(column):,}" for column in _columns(taken)))
    return table


def notes_of(taken: Sequence[Taken]) -> Iterator[str]:
    """What the table has no room for, a line each: faults, notes, rejected rows and where they lie."""
    for each in taken:
        lines = [each.fault] if each.report is None else list(_notes(each.report))
        name = plain(each.found.name)
        # What names its file needs no name before it.
        told = each.report is None and name in each.fault
        yield from (line if told or line.startswith(name) else f"{name}: {line}" for line in lines)


def json_of(taken: Sequence[Taken], left_out: Sequence[LeftOut]) -> JsonValue:
    """The same for programs."""
    return {
        "files": [_json(each) for each in taken],
        "left_out": [{"file": each.name, "reason": each.reason} for each in left_out],
        "totals": dict(zip(_COUNTS, map(sum, _columns(taken)), strict=True)),
    }


def _json(taken: Taken) -> JsonValue:
    report = taken.report
    if report is None:
        return {"file": taken.found.name, "fault": taken.fault}
    figures: dict[str, JsonValue] = report.model_dump(mode="json", include={*_COUNTS, *_MORE})
    return {
        "file": taken.found.name,
        "source": report.source,
        "kind": report.kind,
        **figures,
        "rejects_file": str(report.rejects_file) if report.rejects_file else None,
        "notes": list(report.notes),
        "examples": list(report.examples),
    }


def _notes(report: ImportReport) -> Iterator[str]:
    more = counted({"repeated": report.repeated, "skipped": report.skipped})
    if more:
        yield f"{more}."
    yield from report.notes
    yield from report.rejects
    if report.rejects_file:
        yield f"rejected rows with their reasons: {report.rejects_file}"


def _counts(report: ImportReport) -> tuple[int, ...]:
    return report.read, report.new, report.changed, report.same, report.rejected


def _columns(taken: Sequence[Taken]) -> list[tuple[int, ...]]:
    rows = [_counts(each.report) for each in taken if each.report is not None]
    return list(zip(*rows, strict=True)) if rows else [() for _ in _COUNTS]


def _shown(names: Sequence[str], room: int) -> list[str]:
    """The file's own name where the whole is too long, if no other is called so; otherwise the whole."""
    short = [name if len(name) <= room else f"…/{PurePosixPath(name).name}" for name in names]
    told_apart = Counter(short)
    return [
        brief if told_apart[brief] == 1 and len(brief) <= room else name
        for name, brief in zip(names, short, strict=True)
    ]
