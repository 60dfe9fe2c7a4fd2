"""Which records a shared index is made of, and what SQL finds those that changed since they were shared.

A person's events are no kind of these, and of a source that brought any nothing is shared at all.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from index.meanings import Meaning
from index.product import Page, PriceObservation, Product, Record, Review
from index.store.foreign import personal_sources, without_local_images

SEPARATOR = "\x1f"


class Prices(Record):
    """Every price seen for one product: one record, since a history is read whole."""

    product_id: str
    seen: tuple[PriceObservation, ...]


class SaidOfColumns(Record):
    """What a column schema said."""

    source: str
    category: str
    attribute: str
    meaning: Meaning


class Imported(Record):
    """One file that was imported: `index stats` counts by source."""

    source: str
    file: str
    digest: str
    started: datetime
    finished: datetime | None
    rows_done: int = Field(ge=0)


SharedRecord = Product | Review | Page | Prices | SaidOfColumns | Imported


@dataclass(frozen=True)
class Kind:
    """One kind of record with its SQL; every statement may read the table `personal`."""

    name: str
    record: type[Product] | type[Review] | type[Page] | type[Prices] | type[SaidOfColumns] | type[Imported]
    told: str
    """SELECT of id and digest of all that is to be shared."""
    at_once: int = 500
    """Records in one generation."""


def _of_table(table: str, but: str = "") -> str:
    return (
        f"SELECT id, digest || '/' || seen AS digest FROM {table} "
        f"WHERE source NOT IN (SELECT source FROM personal) {but}"
    )


_OTHERS_PRODUCT = (
    "AND product_id NOT IN (SELECT id FROM products WHERE source IN (SELECT source FROM personal))"
)

KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "import",
            Imported,
            f"SELECT source || '{SEPARATOR}' || digest AS id, coalesce(finished, started) AS digest "
            "FROM imports WHERE source NOT IN (SELECT source FROM personal)",
        ),
        Kind(
            "meaning",
            SaidOfColumns,
            f"SELECT source || '{SEPARATOR}' || category || '{SEPARATOR}' || attribute AS id, "
            "meaning AS digest FROM column_meanings "
            "WHERE source NOT IN (SELECT source FROM personal)",
        ),
        Kind("product", Product, _of_table("products")),
        Kind("review", Review, _of_table("reviews", _OTHERS_PRODUCT)),
        Kind("page", Page, _of_table("pages"), at_once=50),
        Kind(
            "prices",
            Prices,
            "SELECT product_id AS id, count(*) || '/' || max(seen) || '/' || total(amount) AS digest "
            "FROM prices WHERE source NOT IN (SELECT source FROM personal) "
            f"{_OTHERS_PRODUCT} GROUP BY product_id",
        ),
    )
}


def prepare(connection: sqlite3.Connection) -> None:
    """Make the temporary tables, and fill that of sources that are the person's own."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS changed (id TEXT, digest TEXT)")
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS personal (source TEXT PRIMARY KEY)")
    connection.execute("DELETE FROM personal")
    named = [(source,) for source in personal_sources(connection)]
    connection.executemany("INSERT INTO personal VALUES (?)", named)


def changed(connection: sqlite3.Connection, kind: Kind) -> Iterator[list[tuple[str, str]]]:
    """Ids and digests of what is not shared as it is now, some hundreds at a time."""
    connection.execute("DELETE FROM changed")
    connection.execute(
        f"INSERT INTO changed SELECT told.id, told.digest FROM ({kind.told}) AS told LEFT JOIN shared "
        "ON shared.kind = ? AND shared.id = told.id WHERE shared.digest IS NOT told.digest",
        (kind.name,),
    )
    last = 0
    while some := connection.execute(
        "SELECT rowid, id, digest FROM changed WHERE rowid > ? ORDER BY rowid LIMIT ?", (last, kind.at_once)
    ).fetchall():
        last = some[-1][0]
        yield [(record_id, digest) for _, record_id, digest in some]


def withdrawn(connection: sqlite3.Connection, kind: Kind, digest: str) -> list[str]:
    """Ids of what was shared and is no longer to be; `digest` is that of what was withdrawn already."""
    found = connection.execute(
        f"SELECT id FROM shared WHERE kind = ? AND digest <> ? AND id NOT IN (SELECT id FROM ({kind.told}))",
        (kind.name, digest),
    )
    return [record_id for (record_id,) in found]


def read(connection: sqlite3.Connection, kind: Kind, ids: Sequence[str]) -> dict[str, SharedRecord]:
    """The records of these ids as they are now; those that went meanwhile are left out."""
    found: dict[str, SharedRecord] = {}
    for record_id in ids:
        reader = _READERS.get(kind.name)
        record = reader(connection, record_id) if reader else _stored(connection, kind, record_id)
        if record is not None:
            found[record_id] = record
    return found


def _stored(connection: sqlite3.Connection, kind: Kind, record_id: str) -> Product | Review | Page | None:
    statement = f"SELECT record FROM {kind.name}s WHERE id = ?"
    found = connection.execute(statement, (record_id,)).fetchone()
    record = kind.record.model_validate_json(found[0]) if found else None
    assert record is None or isinstance(record, Product | Review | Page)
    return without_local_images(record) if isinstance(record, Product) else record


def _prices(connection: sqlite3.Connection, record_id: str) -> Prices | None:
    found = connection.execute(
        "SELECT record FROM prices WHERE product_id = ? AND source NOT IN (SELECT source FROM personal) "
        "ORDER BY seen, currency, amount, source",
        (record_id,),
    )
    seen = tuple(PriceObservation.model_validate_json(text) for (text,) in found)
    return Prices(product_id=record_id, seen=seen) if seen else None


def _said(connection: sqlite3.Connection, record_id: str) -> SaidOfColumns | None:
    source, category, attribute = record_id.split(SEPARATOR)
    found = connection.execute(
        "SELECT meaning FROM column_meanings WHERE source = ? AND category = ? AND attribute = ?",
        (source, category, attribute),
    ).fetchone()
    if found is None:
        return None
    meaning = Meaning.model_validate_json(found[0])
    return SaidOfColumns(source=source, category=category, attribute=attribute, meaning=meaning)


def _imported(connection: sqlite3.Connection, record_id: str) -> Imported | None:
    source, digest = record_id.split(SEPARATOR)
    found = connection.execute(
        "SELECT file, started, finished, rows_done FROM imports WHERE source = ? AND digest = ?",
        (source, digest),
    ).fetchone()
    if found is None:
        return None
    file, started, finished, rows_done = found
    return Imported(
        source=source, file=file, digest=digest, started=started, finished=finished, rows_done=rows_done
    )


_READERS: Mapping[str, Callable[[sqlite3.Connection, str], SharedRecord | None]] = {
    "import": _imported,
    "meaning": _said,
    "prices": _prices,
}
