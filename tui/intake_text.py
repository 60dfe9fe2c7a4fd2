"""What the import pane shows of a dry run and of an import, as text that holds no markup."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from index.gathering.found import LeftOut
from index.importers.import_report import ImportReport
from index.text.sanitize import plain
from tui.import_text import examples, left_out_lines, report_line
from tui.intake import Looked, Taken, Tried

HOW = (
    "Type, paste or drop a file, several, a folder or a ZIP; or paste rows of CSV or JSON. Enter looks "
    "at it; nothing is imported before you confirm."
)


def tried_text(looked: Looked) -> Text:
    """What each file was recognized as, what its columns are taken for, first records and rejected rows."""
    parts = [_one_tried(each) for each in looked.tried]
    if looked.left_out:
        parts.append(_left_out(looked.left_out))
    importable, files = len(looked.importable), len(looked.tried)
    if importable:
        named = "this file" if files == 1 else f"{importable} of {files} files"
        parts.append(
            Text(f"Nothing is imported yet. Import {named} with Ctrl+O or the button.", style="bold")
        )
    return Text("\n\n").join(parts)


def taken_text(taken: Sequence[Taken], last: str) -> Text:
    """What became of each file."""
    parts = [_one_taken(each) for each in taken]
    return Text("\n\n").join([*parts, Text(last)] if last else parts)


def _one_tried(tried: Tried) -> Text:
    if tried.report is None:
        return Text.assemble((plain(tried.found.name), "bold"), "\n", (plain(tried.refusal), "red"))
    return _lines(tried.found.name, _tried_lines(tried.report))


def _tried_lines(report: ImportReport) -> Iterator[tuple[str, str]]:
    yield report_line(report), ""
    if report.known:
        yield f"Its columns are known: {report.source}.", "dim"
    elif report.proposals:
        yield "Read without a schema; the columns are taken as:", "dim"
        yield from ((f"  {proposal}", "") for proposal in report.proposals)
    first = list(examples(report))
    if first:
        yield "The first records:", "dim"
        yield from ((f"  {line}", "") for line in first)
    yield from _rejected(report)


def _one_taken(taken: Taken) -> Text:
    if taken.report is None:
        return Text.assemble((plain(taken.found.name), "bold"), "\n", (plain(taken.fault), "red"))
    return _lines(taken.found.name, _taken_lines(taken.report))


def _taken_lines(report: ImportReport) -> Iterator[tuple[str, str]]:
    yield report_line(report), ""
    yield from ((note, "dim") for note in report.notes)
    yield from _rejected(report)


def _left_out(left_out: Sequence[LeftOut]) -> Text:
    text = Text("Left out:", style="dim")
    for line in left_out_lines(left_out):
        text.append(f"\n  {line}", style="dim")
    return text


def _rejected(report: ImportReport) -> Iterator[tuple[str, str]]:
    if report.rejected:
        rows = "1 row" if report.rejected == 1 else f"{report.rejected:,} rows"
        yield f"{rows} cannot be read as a record:", "red"
        yield from ((f"  {reason}", "") for reason in report.rejects)
        if report.rejected > len(report.rejects):
            yield f"  and {report.rejected - len(report.rejects):,} more", "dim"


def _lines(name: str, lines: Iterator[tuple[str, str]]) -> Text:
    text = Text.assemble((plain(name), "bold"))
    for line, style in lines:
        indent = line[: len(line) - len(line.lstrip())]
        text.append(f"\n{indent}{plain(line)}", style=style)
    return text
