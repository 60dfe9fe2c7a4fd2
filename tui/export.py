"""Writes a report to a file, in the form that its extension names.

Every form is self-contained and made offline, and no text of a record becomes markup, script or formula in
it. HTML and PDF have files of their own; Markdown is `agent.report.markdown`.
"""

import csv
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from agent.report.markdown import markdown
from agent.report.record import Cell, Report, Row
from index.text.sanitize import plain
from tui.export_html import html
from tui.export_pdf import pdf


class ExportError(Exception):
    """A report that cannot be written; the message says what to do."""


def export(report: Report, path: Path) -> None:
    """Write a report; a file that stands there is replaced whole or not at all. Raises ExportError."""
    check_path(path)
    _write_whole(path, FORMS[path.suffix.lower()](report))


def check_path(path: Path) -> None:
    """Raise ExportError where no report could be written, so that none is researched in vain."""
    if path.suffix.lower() not in FORMS:
        known = ", ".join(FORMS)
        raise ExportError(f"A report is written as {known}, not {path.suffix or 'without an extension'}.")
    if not path.parent.is_dir():
        raise ExportError(f"There is no folder {path.parent}; make it or choose another place.")


def csv_table(report: Report) -> str:
    """The comparison as a spreadsheet: one line a product, numbers as numbers, no cell a formula."""
    written = io.StringIO()
    lines = csv.writer(written)
    heads = ["tag", "title", "role", "standing", *map(_head, report.rows), "record", "file", "row", "seen"]
    lines.writerow([defused(head) for head in heads])
    for at, column in enumerate(report.columns):
        facts = [row.cells[at] for row in report.rows]
        cite = column.cite
        evidence = [defused(cite.record_id), defused(cite.file), cite.row, cite.seen.isoformat()]
        named = [column.tag, defused(column.title), column.role or "", column.standing]
        lines.writerow([*named, *(_value(c, r) for c, r in zip(facts, report.rows, strict=True)), *evidence])
    return written.getvalue()


def _head(row: Row) -> str:
    unit = _shared_unit(row)
    return f"{row.name} ({unit})" if unit else row.name


def _shared_unit(row: Row) -> str:
    units = {c.unit for c in row.cells if c.number is not None}
    return units.pop() if len(units) == 1 else ""


def _value(cell: Cell, row: Row) -> str | float:
    """A number where the column's head names its unit; else the text."""
    if not cell.known:
        return ""
    if cell.number is not None and cell.unit == _shared_unit(row):
        return int(cell.number) if cell.number == int(cell.number) else cell.number
    return defused(cell.text)


def defused(text: str) -> str:
    """Text that no spreadsheet takes for a formula: a quote stands before what could begin one."""
    shown = plain(text)
    return f"'{shown}" if shown[:1] in "=+-@＝＋－＠|%" and shown else shown


def _write_whole(path: Path, content: bytes) -> None:
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                # Temporary files are private; a report is as readable as any file of the person.
                temporary.chmod(0o666 & ~_umask())
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise ExportError(f"{path} cannot be written ({error.strerror}); choose another place.") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


FORMS: dict[str, Callable[[Report], bytes]] = {
    ".md": lambda report: markdown(report).encode("utf-8"),
    ".html": lambda report: html(report).encode("utf-8"),
    ".json": lambda report: (report.model_dump_json(indent=2) + "\n").encode("utf-8"),
    # Spreadsheets take a file without this mark for the machine's old code page.
    ".csv": lambda report: csv_table(report).encode("utf-8-sig"),
    ".pdf": pdf,
}
