"""Imports from the command line: the dry run that a person confirms, progress with time left, the vectors."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.prompt import Confirm
from rich.text import Text

from index.catalog import Catalog
from index.importers.faults import SchemaError
from index.ingest import ImportReport, ingest
from index.ingest import Progress as Reading
from index.vectors import Vectors
from tui import settings

CONSOLE = Console(stderr=True)


def add_file(
    file: Path, schema: Path | None, mapping: list[str], *, dry_run: bool, vectors: bool, yes: bool
) -> int:
    """Import one file; what was guessed about it is shown and confirmed first."""
    roles = _roles(mapping)
    with Catalog.open(settings.home() / "catalog.sqlite") as catalog:
        if dry_run or (schema is None and not yes):
            proposed = ingest(file, catalog, schema=schema, mapping=roles, dry_run=True)
            _print_proposals(proposed)
            if dry_run:
                _print_report(proposed)
                return 0
            if proposed.proposals and not _confirmed():
                return 1
        with _bar("reading") as advance:
            report = ingest(file, catalog, schema=schema, mapping=roles, progress=_bytes_read(advance))
        _print_report(report)
        if vectors and (report.new or report.changed):
            embed_pending(catalog)
    return 0


def add_demo(seed: int, *, vectors: bool) -> None:
    """Write the demo shop and its vectors."""
    from index.demo import build_demo  # the generator's phrase banks are read for the demo alone

    with Catalog.open(settings.home() / "catalog.sqlite") as catalog:
        build_demo(catalog, seed)
        counts = catalog.counts()
        CONSOLE.print(f"{counts.products:,} products, {counts.reviews:,} reviews, {counts.pages} pages")
        if vectors:
            embed_pending(catalog)


def embed_pending(catalog: Catalog) -> None:
    """Make the vectors that are missing; until then words alone find those products."""
    with _bar("embedding") as advance:
        _vectors().drain(catalog, advance)


def rebuild_vectors() -> None:
    """Make all vectors anew."""
    with Catalog.open(settings.home() / "catalog.sqlite") as catalog, _bar("embedding") as advance:
        _vectors().rebuild(catalog, advance)


def problems() -> Iterator[str]:
    """What is wrong with the catalogue or its vectors, in sentences."""
    with Catalog.open(settings.home() / "catalog.sqlite") as catalog:
        yield from catalog.verify()
        yield from _vectors().verify(catalog)


def _vectors() -> Vectors:
    from models.embedder import BulkEmbedder  # torch takes seconds to import and only bulk embedding needs it

    return Vectors.open(settings.home() / "chroma", BulkEmbedder.open().embed)


def _roles(mapping: list[str]) -> dict[str, str]:
    roles = {}
    for pair in mapping:
        role, equals, column = pair.partition("=")
        if not (role and equals and column):
            raise SchemaError(f"--map takes role=column, such as price=amount, not {pair!r}.")
        roles[role.strip()] = column.strip()
    return roles


def _confirmed() -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        CONSOLE.print("Say --yes to take these meanings as they are, or describe the file with --schema.")
        return False
    return Confirm.ask("Import with these meanings?", console=CONSOLE, default=True)


def _print_proposals(report: ImportReport) -> None:
    for proposal in report.proposals:
        CONSOLE.print(Text(f"  {proposal}"), soft_wrap=True)


def _print_report(report: ImportReport) -> None:
    """The table of an import on stderr, and in a dry run the first records on stdout."""
    facts = {
        "read": report.read,
        "new": report.new,
        "changed": report.changed,
        "same": report.same,
        "repeated": report.repeated,
        "skipped": report.skipped,
        "rejected": report.rejected,
    }
    CONSOLE.print(Text(f"{report.source}: {report.recognized_as}, {report.kind}"), soft_wrap=True)
    CONSOLE.print("  " + ", ".join(f"{count:,} {name}" for name, count in facts.items() if count))
    for line in (*report.notes, *report.rejects):
        CONSOLE.print(Text(f"  {line}"), soft_wrap=True)
    if report.rejects_file:
        CONSOLE.print(Text(f"  rejected rows with their reasons: {report.rejects_file}"), soft_wrap=True)
    for example in report.examples:
        sys.stdout.write(json.dumps(json.loads(example), ensure_ascii=False) + "\n")


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar with rate and time left."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=CONSOLE, transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _bytes_read(advance: Callable[[int, int], None]) -> Callable[[Reading], None]:
    return lambda reading: advance(reading.done, reading.total)
