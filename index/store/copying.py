"""A catalogue copied into another: whole, or without what a person did.

Every record is read, held to its form and written anew, so that what is derived from it agrees with it
wherever the file came from, and what is left out was never in the copy. Vectors are left to `vector_log`.
"""

import sqlite3
from collections.abc import Callable, Iterator, Set
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from index.errors import ConflictError, CorruptError
from index.identity.agreeing import work_out
from index.meanings import Meaning
from index.product import Event, Page, PriceObservation, Product, Review, first_fault
from index.store.database import connect, disk_faults, faults, transaction
from index.store.foreign import AnyRecord, personal_sources, valid, without_local_images
from index.store.pending import mark
from index.store.prepared import prepared_price, prepared_product, prepared_text
from index.store.product_tables import write_products
from index.store.record_tables import write_text
from index.store.writer import CHUNK_ROWS, next_generation

Progress = Callable[[int], None]
"""Called with the products copied so far."""

_TOLD = ("products", "reviews", "pages", "prices")
"""Tables of what sources told of things; `events` holds what the person did."""


class Copied(NamedTuple):
    """What a copy holds, and what it does not."""

    products: int
    events: int
    left_out: tuple[tuple[str, int], ...]
    """Sources that told of the person, with the products that they brought too."""


def copy_catalogue(
    source: Path,
    target: Path,
    *,
    with_events: bool,
    replace: bool = False,
    progress: Progress = lambda _: None,
) -> Copied:
    """Fill an empty catalogue with the records of another, in one transaction.

    With `replace` the target's own go in that transaction, all but what sources told of the person: that
    goes only where the other brings events. Without events a source that brought any is left out whole, its
    products too, as when it is forgotten. Another process may write to the source meanwhile: what it had
    committed by now is copied. Raises ConflictError where the target holds records, and CatalogueError for
    records that are none.
    """
    with (
        closing(connect(source)) as read,
        closing(connect(target)) as written,
        disk_faults(target),
        faults(target),
    ):
        _demand_tables_alone(read, source)
        read.execute("BEGIN")
        with transaction(written):
            if replace:
                _clear(
                    written, set() if with_events and personal_sources(read) else personal_sources(written)
                )
            else:
                _demand_empty(written, target)
            personal = set() if with_events else personal_sources(read)
            copied = _Copying(read, written, source, personal).run(progress)
        # What closing a file cannot do on a full disk, it does not say.
        written.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return copied


class _Copying:
    """One copy, within a transaction on each side."""

    def __init__(
        self, read: sqlite3.Connection, written: sqlite3.Connection, path: Path, personal: Set[str]
    ) -> None:
        self._read = read
        self._written = written
        self._path = path
        self._personal = personal
        self._gone: set[str] = set()
        """Products that are left out: what others told of them goes with them."""
        self._left_out = dict.fromkeys(sorted(personal), 0)

    def run(self, progress: Progress) -> Copied:
        generation = next_generation(self._written)
        products = self._products(generation, progress)
        for review in self._records("reviews", Review):
            if review.product_id not in self._gone:
                write_text(self._written, prepared_text(review))
        for page in self._records("pages", Page):
            write_text(self._written, prepared_text(page))
        events = 0
        for event in self._records("events", Event):
            write_text(self._written, prepared_text(event))
            events += 1
        self._prices()
        self._described()
        self._said()
        work_out(self._written)
        return Copied(products, events, tuple(self._left_out.items()))

    def _products(self, generation: int, progress: Progress) -> int:
        done = 0
        products = self._records("products", Product)
        while some := list(islice(products, CHUNK_ROWS)):
            chunk = [prepared_product(without_local_images(product)) for product in some]
            write_products(self._written, chunk, generation)
            done += len(some)
            progress(done)
        return done

    def _prices(self) -> None:
        for seen in self._records("prices", PriceObservation, order="product_id, seen, currency, amount"):
            if seen.product_id not in self._gone:
                self._written.execute(
                    "INSERT OR IGNORE INTO prices VALUES (?, ?, ?, ?, ?, ?)", prepared_price(seen)
                )

    def _described(self) -> None:
        """What was said of columns, and which files were imported, of sources that are here."""
        here = {name for table in _TOLD for (name,) in self._written.execute(f"SELECT source FROM {table}")}
        here |= {name for (name,) in self._written.execute("SELECT source FROM events")}
        for source, category, attribute, meaning in self._read.execute("SELECT * FROM column_meanings"):
            if source in here:
                said = self._valid(Meaning, meaning)
                row = (source, category, attribute, said.model_dump_json())
                self._written.execute("INSERT INTO column_meanings VALUES (?, ?, ?, ?)", row)
        files = "SELECT source, file, digest, started, finished, rows_done FROM imports ORDER BY id"
        for row in self._read.execute(files):
            if row[0] in here:
                self._written.execute(
                    "INSERT INTO imports (source, file, digest, started, finished, rows_done) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    row,
                )

    def _said(self) -> None:
        """What the person said of products that are here, and of names."""
        for one, other, same in self._read.execute("SELECT one, other, same FROM same_said"):
            if not {one, other} & self._gone:
                self._written.execute(
                    "INSERT INTO same_said VALUES (?, ?, ?)", (str(one), str(other), bool(same))
                )
        for said in self._read.execute("SELECT category, alias, name FROM names_said"):
            self._written.execute("INSERT INTO names_said VALUES (?, ?, ?)", tuple(map(str, said)))

    def _records(self, table: str, kind: type[AnyRecord], order: str = "key") -> Iterator[AnyRecord]:
        for (text,) in self._read.execute(f"SELECT record FROM {table} ORDER BY {order}"):
            record = self._valid(kind, text)
            origin = record.origin  # type: ignore[attr-defined]
            if origin.source not in self._personal:
                yield record
            elif isinstance(record, Product):
                self._gone.add(record.id)
                self._left_out[origin.source] += 1

    def _valid(self, kind: type[AnyRecord], text: object) -> AnyRecord:
        try:
            return valid(kind, str(text))
        except ValidationError as error:
            raise CorruptError(
                f"{self._path} holds what is no {kind.__name__.casefold()} ({first_fault(error)})."
            ) from error


def _demand_tables_alone(connection: sqlite3.Connection, path: Path) -> None:
    """A file from elsewhere could run SQL of its own where a table is looked for."""
    made = "SELECT name FROM sqlite_master WHERE type IN ('view', 'trigger')"
    if connection.execute(made).fetchone():
        raise CorruptError(f"{path} is no catalogue of ours: it holds a view or a trigger.")


def _demand_empty(connection: sqlite3.Connection, path: Path) -> None:
    for table in (*_TOLD, "events"):
        if connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone():
            raise ConflictError(f"{path} holds {table} already; nothing was put into it.")


def _clear(connection: sqlite3.Connection, kept: Set[str]) -> None:
    """Delete what every source but these has brought, inside the caller's transaction."""
    generation = next_generation(connection)
    others = f"source NOT IN ({', '.join('?' * len(kept))})"
    sources = sorted(kept)
    ids = connection.execute(f"SELECT id FROM products WHERE {others}", sources).fetchall()
    mark(connection, (product_id for (product_id,) in ids), generation, forget=True)
    for table in ("products", "pages"):
        connection.execute(
            f"DELETE FROM {table}_fts WHERE rowid IN (SELECT key FROM {table} WHERE {others})", sources
        )
    for table in (*_TOLD, "events", "column_meanings", "imports"):
        connection.execute(f"DELETE FROM {table} WHERE {others}", sources)
    connection.execute(
        "DELETE FROM categories WHERE id NOT IN (SELECT category FROM products WHERE category > 0)"
    )
