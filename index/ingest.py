"""Brings one file into the catalogue: recognize, read, make records, write, and report what happened.

Good rows are never lost over bad ones: those go to a rejects file with the reason. The catalogue makes the
writing transactional and resumable; what a column means is decided in `columns` and `proposals`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from index.catalog import Catalog
from index.columns import ColumnSchema, load_schema, schema_meanings
from index.importers.faults import FileFaultError, NoSubjectError, RowError
from index.importers.import_report import ImportReport, Progress
from index.importers.layout import Layout
from index.importers.lines import SourceFile
from index.importers.made_apart import is_worth_it, made_apart
from index.importers.opening import recognize
from index.importers.orders import Orders
from index.importers.pages.page_file import PAGE_FORMS, PageFile, page_schema
from index.importers.place import Place
from index.importers.proposals import Proposal, mapped, propose, sample
from index.importers.records import KINDS, record_kind
from index.importers.rejects import Rejects
from index.importers.schema_text import schema_text
from index.importers.table_file import TableFile
from index.store.prepared import Prepared, prepared

_EXAMPLES = 5
_NAMED_ITSELF = Place()


_Running = TableFile | PageFile


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
        running = TableFile(file, described, rejects, progress, most=most, orders=orders)
    if dry_run:
        counts, examples = _dry(running, place)
    else:
        counts, examples = _write(running, place, catalog, progress), ()
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


def _write(
    running: _Running, place: Place, catalog: Catalog, progress: Callable[[Progress], None]
) -> Counter[str]:
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
        for chunk in _chunks(running, place, progress):
            counts.update(batch.take(chunk))
            counts.update(record.table for record in chunk)
    return counts


def _chunks(
    running: _Running, place: Place, progress: Callable[[Progress], None]
) -> Iterator[Sequence[Prepared]]:
    """What is written of a file's records, in the chunks in which they come."""
    if isinstance(running, TableFile) and is_worth_it(running):
        yield from made_apart(running, place, progress)
    else:
        for record in running.records():
            yield [prepared(place.placed(record))]


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
