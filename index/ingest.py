"""Brings one file into the catalogue: recognize, read, make records, write, and report what happened.

Good rows are never lost over bad ones: those go to a rejects file with the reason. The catalogue makes the
writing transactional and resumable; what a column means is decided in `columns` and `proposals`.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Literal

from index.catalog import Catalog
from index.columns import ColumnSchema, Role, load_schema, schema_meanings
from index.importers.families import Families, Family
from index.importers.faults import FileFaultError, NoSubjectError, RowError
from index.importers.import_report import ImportReport, Progress
from index.importers.layout import Layout
from index.importers.lines import SourceFile
from index.importers.opening import recognize
from index.importers.orders import Orders
from index.importers.pages.page_file import PAGE_FORMS, PageFile, page_schema
from index.importers.pictures import is_there
from index.importers.place import Place
from index.importers.products import images_of
from index.importers.proposals import Proposal, mapped, propose, sample
from index.importers.records import KINDS, read_records, record_kind
from index.importers.rejects import Rejects
from index.importers.repeats import Repeats, repeated
from index.importers.row_sources import RowSource
from index.importers.rows import Rejected, Row
from index.importers.schema_text import schema_text
from index.importers.variants import FamilyReader
from index.product import PriceObservation, Product
from index.store.rows import AnyRecord, digest
from index.text.numerals import QuantityError
from index.text.units import UnitError

_EVERY = 256
_KEPT = 2_000
_TOLD_OF_EVENTS: tuple[Role, ...] = ("date", "title", "text", "quantity", "price")
_EXAMPLES = 5
_NAMED_ITSELF = Place()


class _Import:
    """One file on its way into the catalogue."""

    def __init__(
        self,
        file: SourceFile,
        schema: ColumnSchema,
        rejects: Rejects,
        progress: Callable[[Progress], None],
        *,
        most: int | None = None,
        orders: Orders | None = None,
    ) -> None:
        self.file = file
        self.orders = orders
        self.schema = schema
        self.rejects = rejects
        self.seen = schema.observed or _file_day(file.path)
        self._path = file.path.parent.resolve() / file.path.name
        self.read = 0
        self.repeated = 0
        self.skipped = 0
        self.notes: list[str] = []
        self._progress = progress
        self._most = most
        self._layout = Layout(schema)
        variants = schema.variants
        self._families = Families(variants) if variants and variants.across_rows else None
        self._family_reader = FamilyReader(self._layout, self._path, self.seen)
        self._told: dict[str, str] = {}

    def records(self) -> Iterator[AnyRecord]:
        """Every record of the file; rows that cannot be one go to the rejects."""
        if self._families:
            self._families.learn(self._renamed_rows)
        repeats = Repeats(
            self.schema, self._repeated_ids() if self.schema.kind == "products" else frozenset()
        )
        for row in self._gathered("importing"):
            if isinstance(row, Rejected):
                self.read += 1
                self.rejects.add(replace(row, text="") if self._is_private else row)
                continue
            rows = row.rows if isinstance(row, Family) else [row, *row.variants]
            self.read += len(rows)
            rejected = self.rejects.count
            try:
                made = self._made(row)
                fresh = [record for record in made if self._is_fresh(record, repeats)]
            except (RowError, QuantityError, UnitError) as error:
                for each in rows:
                    self._reject(each, str(error))
                continue
            refused = self.rejects.count - rejected
            if made:
                self.repeated += len(rows) - refused - 1
            else:
                self.skipped += len(rows) - refused
            yield from fresh
        yield from repeats.products()
        if self.orders is not None and self.orders.unknown:
            self.notes.append(_unplaced(self.orders.unknown))

    def _made(self, row: Row | Family) -> Sequence[AnyRecord]:
        if isinstance(row, Family):
            return self._family_reader.read(row, self._reject)
        if row.variants and self.schema.kind == "products":
            own = replace(row, variants=())
            return self._family_reader.read(Family("", [own, *row.variants], parent=own), self._reject)
        reader = self._layout.read(row)
        if self.orders is not None:
            completed = self.orders.completed(reader)
            if completed is None:
                return ()  # it names an order that nobody knows
            reader = self._layout.read(completed)
        return read_records(reader, self._path, self.seen)

    def _reject(self, row: Row, reason: str) -> None:
        self.rejects.add(Rejected(row.number, reason, self._kept(row)))

    def beside(self, place: Place) -> bytes:
        """What outside of the file makes its records others: orders, and the paths of pictures."""
        orders = self.orders.digest if self.orders is not None else b""
        pictures = not place.passing and self._has_pictures()
        return orders + (bytes(self._path.parent) if pictures else b"")

    def _has_pictures(self) -> bool:
        """Whether a picture that a row names lies beside the file; looks no further than the first."""
        if self.schema.kind != "products" or not any(self.schema.with_roles("image")):
            return False
        return any(map(is_there, self._images()))

    def _images(self) -> Iterator[str]:
        for row in self._rows("scanning"):
            with suppress(RowError):
                if isinstance(row, Row):
                    yield from images_of(self._layout.read(row), self._path.parent)

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
            for row in self._gathered("scanning"):
                with suppress(RowError):
                    if isinstance(row, Family):
                        yield self._family_reader.id_of(row)
                    elif isinstance(row, Row):
                        yield self._layout.read(row).product_id()

        return frozenset(repeated(ids()))

    def _gathered(self, stage: Literal["scanning", "importing"]) -> Iterator[Row | Rejected | Family]:
        """The rows, those of one product's variants as one."""
        if self._families is None:
            return self._rows(stage)
        return self._families.gathered(map(self._renamed, self._rows(stage)))

    def _renamed_rows(self) -> Iterator[Row]:
        return (self._layout.unfolding.renamed(row) for row in self._rows("scanning") if isinstance(row, Row))

    def _renamed(self, row: Row | Rejected) -> Row | Rejected:
        return self._layout.unfolding.renamed(row) if isinstance(row, Row) else row

    def _rows(self, stage: Literal["scanning", "importing"]) -> Iterator[Row | Rejected]:
        rows = RowSource(self.file, self.schema.nesting)
        number = 0
        for number, row in enumerate(islice(rows, self._most), start=1):
            yield row
            if number % _EVERY == 0:
                self._progress(Progress(stage, number, rows.position, self.file.size))
        self._progress(Progress(stage, number, self.file.size, self.file.size))
        if stage == "importing":
            self.notes += rows.notes


_Running = _Import | PageFile


def ingest(
    path: Path,
    catalog: Catalog,
    *,
    schema: Path | ColumnSchema | None = None,
    mapping: Mapping[str, str] | None = None,
    form: str = "",
    place: Place = _NAMED_ITSELF,
    beside: Sequence[Path] = (),
    dry_run: bool = False,
    most: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> ImportReport:
    """Import one file; raises ImportFaultError or CatalogueError, each with one sentence for the person.

    `mapping` gives roles their columns ("price": "amount"); `form` is one of `opening.FORMS` where the
    content is not to decide. `beside` are files of the same import that tell what the orders were for which
    this one names. A dry run writes nothing and shows what would be read, of `most` rows where that is given.
    Rejected rows stand in `rejects/` beside the catalogue.
    """
    file = recognize(path, form)
    described, proposals = _schema_for(file, schema, mapping or {})
    if schema is None:
        described = _placed(described, file, place, catalog, is_named="source" in (mapping or {}))
    rejects_file = None if dry_run else place.rejects_file(catalog.path.parent, described.source, path)
    rejects = Rejects(rejects_file)
    running: _Running
    if file.form in PAGE_FORMS:
        running = PageFile(file, described, (mapping or {}).get("url", ""), rejects)
    else:
        orders = Orders(described.joins, beside) if described.kind == "events" and described.joins else None
        running = _Import(file, described, rejects, progress, most=most, orders=orders)
    if dry_run:
        counts, examples = _dry(running, place)
    else:
        counts, examples = _write(running, place, catalog), ()
    return ImportReport(
        source=described.source,
        kind=described.kind,
        recognized_as=", ".join(filter(None, (file.described, described.described))),
        joins=described.joins,
        known=schema is not None or bool(described.recognize),
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
        proposed_schema="" if schema or file.form in PAGE_FORMS else schema_text(described),
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


def _placed(
    schema: ColumnSchema, file: SourceFile, place: Place, catalog: Catalog, *, is_named: bool
) -> ColumnSchema:
    """A proposed schema with the source that the file's place gives it, and whose products it is about."""
    if not schema.recognize and not is_named:
        schema = schema.model_copy(update={"source": place.source(file.path, schema.source)})
    if schema.kind in ("reviews", "prices") and not schema.joins:
        schema = schema.model_copy(update={"joins": _subject(file, schema, catalog)})
    return schema


def _subject(file: SourceFile, schema: ColumnSchema, catalog: Catalog) -> str:
    """The source whose products the rows of an undescribed file name; raises NoSubjectError."""
    layout = Layout(schema)
    rows = sample(file, schema.nesting)
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
        raise NoSubjectError(
            f"No product of the catalogue has the ids that {file.path.name} names; import those first, "
            "or say whose they are with --map about=SOURCE."
        )
    return hits.most_common(1)[0][0]


def _unplaced(count: int) -> str:
    rows = "1 row names an order" if count == 1 else f"{count:,} rows name orders"
    return f"{rows} of which no file tells what it was for; import returns together with the orders."


def _write(running: _Running, place: Place, catalog: Catalog) -> Counter[str]:
    counts: Counter[str] = Counter()
    schema = running.schema
    name = place.named(running.file.path)
    with catalog.importing(schema.source, name, _digest(running, place)) as batch:
        if batch.already_imported:
            running.notes.append(f"{name} was imported before and has not changed.")
            return counts
        running.rejects.begin()
        if schema.kind == "products":
            for category, attribute, meaning in schema_meanings(schema):
                batch.describe(category, attribute, meaning)
        for record in running.records():
            change = batch.add(place.placed(record))
            counts[change] += 1
            counts[record_kind(record)] += 1
    return counts


def _dry(running: _Running, place: Place) -> tuple[Counter[str], tuple[str, ...]]:
    examples: list[str] = []
    counts: Counter[str] = Counter()
    for record in running.records():
        counts["new"] += 1
        counts[record_kind(record)] += 1
        if len(examples) < _EXAMPLES:
            examples.append(place.placed(record).model_dump_json(exclude_defaults=True))
    return counts, tuple(examples)


def _digest(running: _Running, place: Place) -> str:
    """Of the file's bytes and of how they were read: the same file under another schema is another import.

    What lies beside it and is told of in its records counts as well.
    """
    path = running.file.path
    hashed = sha256(running.schema.model_dump_json().encode())
    hashed.update(running.beside(place))
    try:
        with path.open("rb") as raw:
            while chunk := raw.read(1 << 20):
                hashed.update(chunk)
    except OSError as error:
        raise FileFaultError(f"{path} cannot be read to its end: {error.strerror}.") from error
    return hashed.hexdigest()


def _file_day(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
