"""Brings one file into the catalogue: recognize, read, make records, write, and report what happened.

Good rows are never lost over bad ones: those go to a rejects file with the reason. The catalogue makes the
writing transactional and resumable; what a column means is decided in `columns` and `proposals`.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

from index.catalog import Catalog
from index.columns import ColumnSchema, Role, load_schema, schema_meanings
from index.importers.delimited import read_delimited
from index.importers.faults import FileFaultError, RowError, SchemaError
from index.importers.import_report import ImportReport, Progress
from index.importers.jsonl import read_jsonl
from index.importers.layout import Layout
from index.importers.lines import Lines, SourceFile
from index.importers.opening import recognize
from index.importers.pages.page_file import PAGE_FORMS, PageFile, page_schema
from index.importers.pictures import is_there
from index.importers.products import images_of
from index.importers.proposals import Proposal, mapped, propose, sample
from index.importers.records import KINDS, read_records, record_kind
from index.importers.rejects import Rejects
from index.importers.repeats import Repeats, repeated
from index.importers.rows import Rejected, Row
from index.importers.schema_text import schema_text
from index.product import PriceObservation, Product
from index.store.rows import AnyRecord, digest
from index.text.numerals import QuantityError
from index.text.units import UnitError

_EVERY = 256
_KEPT = 2_000
_TOLD_OF_EVENTS: tuple[Role, ...] = ("date", "title", "text", "quantity", "price")
_EXAMPLES = 5


class _Import:
    """One file on its way into the catalogue."""

    def __init__(
        self, file: SourceFile, schema: ColumnSchema, rejects: Rejects, progress: Callable[[Progress], None]
    ) -> None:
        self.file = file
        self.schema = schema
        self.rejects = rejects
        self.seen = schema.observed or _file_day(file.path)
        self._path = file.path.parent.resolve() / file.path.name
        self.read = 0
        self.repeated = 0
        self.skipped = 0
        self.notes: list[str] = []
        self._progress = progress
        self._layout = Layout(schema)
        self._told: dict[str, str] = {}

    def records(self) -> Iterator[AnyRecord]:
        """Every record of the file; rows that cannot be one go to the rejects."""
        repeats = Repeats(
            self.schema, self._repeated_ids() if self.schema.kind == "products" else frozenset()
        )
        for row in self._rows("importing"):
            self.read += 1
            if isinstance(row, Rejected):
                self.rejects.add(replace(row, text="") if self._is_private else row)
                continue
            try:
                made = read_records(self._layout.read(row), self._path, self.seen)
                fresh = [record for record in made if self._is_fresh(record, repeats)]
            except (RowError, QuantityError, UnitError) as error:
                self.rejects.add(Rejected(row.number, str(error), self._kept(row)))
                continue
            self.skipped += not made
            yield from fresh
        yield from repeats.products()

    def has_pictures(self) -> bool:
        """Whether a picture that a row names lies beside the file; looks no further than the first."""
        if self.schema.kind != "products" or not any(self.schema.with_roles("image")):
            return False
        rows = (self._layout.read(row) for row in self._rows("scanning") if isinstance(row, Row))
        return any(is_there(image) for row in rows for image in images_of(row, self._path.parent))

    def _is_fresh(self, record: AnyRecord, repeats: Repeats) -> bool:
        if isinstance(record, Product):
            if not repeats.holds(record):
                return True
            self.repeated += not repeats.add(record)
            return False
        if isinstance(record, PriceObservation):
            return True
        said = digest(record)
        earlier = self._told.setdefault(record.id, said)
        if said != earlier:
            raise RowError(f"another row has the same id {record.id} and says something else")
        return True

    def _kept(self, row: Row) -> str:
        """What the rejects file keeps of a row; of a person's own history the day and the thing at most."""
        cells = row.cells
        if self._is_private:
            told = {name for role in _TOLD_OF_EVENTS for name in self.schema.with_roles(role)}
            cells = {name: cell for name, cell in cells.items() if name in told}
        return json.dumps(dict(cells), ensure_ascii=True)[:_KEPT]

    @property
    def _is_private(self) -> bool:
        return self.schema.kind == "events"

    def _repeated_ids(self) -> frozenset[str]:
        def ids() -> Iterator[str]:
            for row in self._rows("scanning"):
                if isinstance(row, Row):
                    try:
                        yield self._layout.read(row).product_id()
                    except RowError:
                        continue

        return frozenset(repeated(ids()))

    def _rows(self, stage: Literal["scanning", "importing"]) -> Iterator[Row | Rejected]:
        lines = Lines(self.file)
        rows = read_delimited(lines) if self.file.delimiter else read_jsonl(lines, self.schema.unwrap)
        number = 0
        for number, row in enumerate(rows, start=1):
            yield row
            if number % _EVERY == 0:
                self._progress(Progress(stage, number, lines.position, self.file.size))
        self._progress(Progress(stage, number, self.file.size, self.file.size))
        if stage == "importing":
            self.notes += [lines.broken] if lines.broken else []
            if lines.guessed:
                self.notes.append(f"{lines.guessed} lines were not UTF-8 and were read as Windows-1252.")


_Running = _Import | PageFile


def ingest(
    path: Path,
    catalog: Catalog,
    *,
    schema: Path | ColumnSchema | None = None,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
) -> ImportReport:
    """Import one file; raises ImportFaultError or CatalogueError, each with one sentence for the person.

    `mapping` gives roles their columns ("price": "amount"). A dry run writes nothing and shows what would be
    read. Rejected rows stand in `rejects/` beside the catalogue.
    """
    file = recognize(path)
    is_page = file.form in PAGE_FORMS
    described, proposals = _schema_for(file, schema, mapping or {})
    if schema is None and described.kind in ("reviews", "prices") and not described.joins:
        described = described.model_copy(update={"joins": _subject(file, described, catalog)})
    rejects_file = (
        None if dry_run else catalog.path.parent / "rejects" / f"{described.source}-{path.name}.jsonl"
    )
    rejects = Rejects(rejects_file)
    running = (
        PageFile(file, described, (mapping or {}).get("url", ""), rejects)
        if is_page
        else _Import(file, described, rejects, progress)
    )
    if dry_run:
        counts, examples = _dry(running)
    else:
        counts, examples = _write(running, catalog), ()
    return ImportReport(
        source=described.source,
        kind=described.kind,
        recognized_as=file.described,
        read=running.read,
        new=counts["new"],
        changed=counts["changed"],
        same=counts["same"],
        records={kind: counts[kind] for kind in KINDS if counts[kind]},
        repeated=running.repeated,
        skipped=running.skipped,
        rejected=rejects.count,
        rejects_file=rejects_file if rejects_file and rejects_file.exists() else None,
        rejects=tuple(rejects.reasons),
        notes=tuple(running.notes),
        proposals=proposals,
        proposed_schema="" if schema or is_page else schema_text(described),
        examples=examples,
    )


def _schema_for(
    file: SourceFile, schema: Path | ColumnSchema | None, mapping: Mapping[str, str]
) -> tuple[ColumnSchema, tuple[Proposal, ...]]:
    proposals: tuple[Proposal, ...] = ()
    if file.form in PAGE_FORMS:
        return page_schema(mapping), proposals
    if schema is None:
        described, proposals = propose(file, mapping)
        return described, proposals
    described = load_schema(schema) if isinstance(schema, Path) else schema
    return mapped(described, mapping), proposals


def _subject(file: SourceFile, schema: ColumnSchema, catalog: Catalog) -> str:
    """The source whose products the rows of an undescribed file name; raises SchemaError where none does."""
    layout = Layout(schema)
    rows = sample(file, schema.unwrap)
    hits: Counter[str] = Counter()
    for source in (summary.name for summary in catalog.sources()):
        ids = set()
        for row in rows:
            with suppress(RowError):
                ids.add(layout.read(row).product_id().replace(f"{schema.about}:", f"{source}:", 1))
        marks = ", ".join("?" * len(ids))
        found = catalog.select(f"SELECT count(*) FROM products WHERE id IN ({marks})", list(ids))
        hits[source] = found[0][0]
    if not hits or not max(hits.values()):
        raise SchemaError(
            f"No product of the catalogue has the ids that {file.path.name} names; import those first, "
            "or say whose they are with --map about=SOURCE."
        )
    return hits.most_common(1)[0][0]


def _write(running: _Running, catalog: Catalog) -> Counter[str]:
    counts: Counter[str] = Counter()
    schema = running.schema
    with catalog.importing(schema.source, running.file.path.name, _digest(running)) as batch:
        if batch.already_imported:
            running.notes.append(f"{running.file.path.name} was imported before and has not changed.")
            return counts
        running.rejects.begin()
        if schema.kind == "products":
            for category, attribute, meaning in schema_meanings(schema):
                batch.describe(category, attribute, meaning)
        for record in running.records():
            change = batch.add(record)
            counts[change] += 1
            counts[record_kind(record)] += 1
    return counts


def _dry(running: _Running) -> tuple[Counter[str], tuple[str, ...]]:
    examples: list[str] = []
    counts: Counter[str] = Counter()
    for record in running.records():
        counts["new"] += 1
        counts[record_kind(record)] += 1
        if len(examples) < _EXAMPLES:
            examples.append(record.model_dump_json(exclude_defaults=True))
    running.notes.append("Dry run: nothing was written.")
    return counts, tuple(examples)


def _digest(running: _Running) -> str:
    """Of the file's bytes and of how they were read: the same file under another schema is another import.

    So is one in another folder that holds pictures of it: their paths are other ones.
    """
    path = running.file.path
    hashed = sha256(running.schema.model_dump_json().encode())
    if running.has_pictures():
        hashed.update(bytes(path.parent.resolve()))
    try:
        with path.open("rb") as raw:
            while chunk := raw.read(1 << 20):
                hashed.update(chunk)
    except OSError as error:
        raise FileFaultError(f"{path} cannot be read to its end: {error.strerror}.") from error
    return hashed.hexdigest()


def _file_day(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
