"""Imports from the command line: the dry run that a person confirms, progress with time left, the vectors."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.prompt import Confirm
from rich.text import Text

from index.catalog import Catalog
from index.importers.import_report import ImportReport
from index.importers.import_report import Progress as Reading
from index.ingest import ingest
from index.vectors import Progress as Embedding
from tui import settings
from tui.embedding import embed_pending, open_vectors, rebuild_vectors
from tui.import_text import counted, report_line, roles_of
from tui.told import FAILED, WRONG_USAGE


def add_file(
    file: Path,
    schema: Path | None,
    mapping: list[str],
    *,
    dry_run: bool,
    vectors: bool,
    yes: bool,
    ray: str = "",
) -> int:
    """Import one file; what was guessed about it is shown and confirmed first."""
    roles = roles_of(mapping)
    with _catalog() as catalog:
        if dry_run or (schema is None and not yes):
            with _reading("trying") as progress:
                tried = ingest(file, catalog, schema=schema, mapping=roles, dry_run=True, progress=progress)
            _print_proposals(tried)
            if dry_run:
                _print_report(tried)
                _print_schema(tried)
                return 0
            if tried.proposals and (refusal := _refused()):
                return refusal
        with _reading("importing") as progress:
            report = ingest(file, catalog, schema=schema, mapping=roles, progress=progress)
        _print_report(report)
        if vectors and (report.new or report.changed):
            _embed(catalog, ray)
    return 0


def add_demo(seed: int, *, vectors: bool) -> None:
    """Write the demo shop and its vectors."""
    from index.demo.shop import build_demo  # the generator's phrase banks are read for the demo alone

    with _catalog() as catalog:
        _say("Writing the demo shop, some seconds …")
        build_demo(catalog, seed)
        counts = catalog.counts()
        _say(f"{counts.products:,} products, {counts.reviews:,} reviews, {counts.pages:,} pages")
        if vectors:
            _embed(catalog)


def _embed(catalog: Catalog, ray: str = "") -> None:
    with _embedding() as progress:
        embed_pending(settings.home(), catalog, progress, ray)


def remove_source(name: str) -> None:
    """Take a source out and say what went with it."""
    with _catalog() as catalog:
        gone = next((source for source in catalog.sources() if source.name == name), None)
        catalog.remove_source(name)
    if gone is not None:
        counts = {
            "products": gone.products,
            "reviews": gone.reviews,
            "pages": gone.pages,
            "events": gone.events,
        }
        _say(f"Removed {name}: {counted(counts) or 'nothing was in it'}.")


def rebuild(ray: str = "") -> None:
    """Make everything that is derived from the records anew: the text indexes and the vectors."""
    with _catalog() as catalog:
        catalog.rebuild_texts()
        with _embedding() as progress:
            rebuild_vectors(settings.home(), catalog, progress, ray)
        _say(f"Rebuilt for {catalog.counts().products:,} products.")


def problems() -> list[str]:
    """What is wrong with the catalogue or its vectors, in sentences; nothing is embedded for it."""
    with _catalog() as catalog, closing(open_vectors(settings.home(), _never)) as vectors:
        return [*catalog.verify(), *vectors.verify(catalog)]


def _catalog() -> Catalog:
    return Catalog.open(settings.home() / "catalog.sqlite")


def _never(texts: Sequence[str]) -> NoReturn:
    raise AssertionError(f"verifying embeds nothing, and was asked for {len(texts)} texts")


def _refused() -> int:
    """The exit code where the person does not want these meanings, or cannot be asked; 0 to go on."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        _say("Nothing was imported: take these meanings with --yes, or describe the file with --schema.")
        return WRONG_USAGE
    if Confirm.ask("Import with these meanings?", console=_console(), default=True):
        return 0
    _say("Nothing was imported: name columns with --map price=amount, or describe the file with --schema.")
    return FAILED


def _print_proposals(report: ImportReport) -> None:
    if report.proposals:
        _say("Read without a schema; the columns are taken as:")
    for proposal in report.proposals:
        _say(f"  {proposal}")


def _print_report(report: ImportReport) -> None:
    """The counts of an import on stderr, and in a dry run the first records on stdout."""
    _say(report_line(report))
    for line in (*report.notes, *report.rejects):
        _say(f"  {line}")
    if report.rejects_file:
        _say(f"  Rejected rows with their reasons: {report.rejects_file}")
    for example in report.examples:
        sys.stdout.write(json.dumps(json.loads(example), ensure_ascii=False) + "\n")


def _print_schema(report: ImportReport) -> None:
    if report.proposed_schema:
        _say("To correct a meaning, save this as a file, change it, and give it with --schema:\n")
        _say(report.proposed_schema)


def _console() -> Console:
    return Console(stderr=True)


def _say(line: str) -> None:
    _console().print(Text(line), soft_wrap=True)


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int, int, str], None]]:
    """A progress bar with rate and time left."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    told = (TextColumn("{task.fields[told]}"), TimeRemainingColumn())
    began = time.monotonic()
    console = _console()
    with Progress(
        *columns, *told, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(what, total=None, told="")

        def advance(done: int, total: int, count: int, noun: str) -> None:
            rate = count / max(time.monotonic() - began, 0.001)
            progress.update(task, completed=done, total=total, told=f"{count:,} {noun}, {rate:,.0f}/s")

        yield advance


@contextmanager
def _reading(what: str) -> Iterator[Callable[[Reading], None]]:
    with _bar(what) as advance:
        yield lambda read: advance(read.done, read.total, read.rows, "rows")


@contextmanager
def _embedding() -> Iterator[Embedding]:
    with _bar("embedding") as advance:
        yield lambda done, total: advance(done, total, done, "products")
