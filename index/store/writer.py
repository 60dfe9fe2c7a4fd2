"""Writing the catalogue: imports in short transactions, and the removal of a source.

Records are gathered outside any transaction and written about 1,000 at a time, so another process never
waits long. A killed import keeps its finished chunks; adding the same rows again completes it. What a
file's rows mean is left to the importers, vectors to `vectors`.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from index.errors import ConflictError, NotFoundError
from index.identity.agreeing import agree_anew, make_anew, work_out
from index.meanings import Meaning
from index.product import Event, Origin, Page, PriceObservation, Product, Review
from index.store import rows
from index.store.bulk import Bulk
from index.store.database import connect, faults, make_roomy, transaction
from index.store.pending import mark
from index.store.product_tables import Waiting, rewrite_texts, write_products
from index.store.record_tables import rewrite_page_texts, table_of, write_record

Change = Literal["new", "changed", "same"]

CHUNK_ROWS = 1000
CHUNK_SECONDS = 1.0


@dataclass(frozen=True)
class _Known:
    source: str
    seen: str
    digest: str


class Batch:
    """One running import; made by `importing`.

    An unchanged record is "same" and is not indexed again. A record whose source said it on an older day
    than the stored one never replaces it, only its prices join the history: it is "same" too.
    """

    already_imported: bool
    """This very file was the last that was imported under its name, so adding its rows changes nothing."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, source: str, number: int, already_imported: bool
    ) -> None:
        self.already_imported = already_imported
        self._connection = connection
        self._path = path
        self._source = source
        self._number = number
        self._rows_done = 0
        self._products: dict[str, Waiting] = {}
        self._texts: dict[tuple[str, str], tuple[Review | Page | Event, str]] = {}
        self._prices: dict[tuple[object, ...], PriceObservation] = {}
        self._meanings: dict[tuple[str, str, str], Meaning] = {}
        self._since = time.monotonic()
        self._bulk = Bulk(connection, path)
        self._new = 0

    def add(self, record: rows.AnyRecord) -> Change:
        """Take one record; raises ConflictError where its id belongs to another source."""
        with faults(self._path):
            change = self._weigh(record)
            self._rows_done += 1
            waiting = len(self._products) + len(self._texts) + len(self._prices)
            if waiting >= CHUNK_ROWS or (waiting and time.monotonic() - self._since > CHUNK_SECONDS):
                self.write()
        return change

    def describe(self, category: tuple[str, ...], attribute: str, meaning: Meaning) -> None:
        """Keep what a column schema says of an attribute, or of the category itself where that is empty.

        The empty category stands for every category of this source.
        """
        key = (self._source, rows.category_path(category), attribute)
        with faults(self._path):
            stored = self._connection.execute(
                "SELECT meaning FROM column_meanings WHERE source = ? AND category = ? AND attribute = ?", key
            ).fetchone()
        if stored is None or Meaning.model_validate_json(stored[0]) != meaning:
            self._meanings[key] = meaning

    def write(self) -> None:
        """Commit what was added so far."""
        with transaction(self._connection):
            if self._products or self._texts or self._prices or self._meanings:
                self._write_records()
            self._connection.execute(
                "UPDATE imports SET rows_done = max(rows_done, ?) WHERE id = ?",
                (self._rows_done, self._number),
            )
        self._bulk.written(self._new)
        for written in (self._products, self._texts, self._prices, self._meanings):
            written.clear()
        self._since = time.monotonic()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Write what the body has added and not yet written, unless it is broken off."""
        try:
            yield
            self.write()
            self._bulk.end()
        finally:
            self._bulk.leave()

    def _weigh(self, record: rows.AnyRecord) -> Change:
        if isinstance(record, PriceObservation):
            return "new" if self._keep_price(record) else "same"
        if isinstance(record, Product):
            return self._weigh_product(record)
        return self._weigh_text(record)

    def _weigh_product(self, product: Product) -> Change:
        known = self._known("products", product)
        digest = rows.digest(product)
        changed = known is None or digest != known.digest
        new_prices = [
            self._keep_price(
                PriceObservation(product_id=product.id, origin=product.origin, price=offer.price)
            )
            for offer in product.offers
        ]
        seen = product.origin.seen.isoformat()
        if known and seen < known.seen:
            return "same"
        if changed or (known and seen > known.seen) or any(new_prices):
            earlier = self._products.get(product.id)
            changed_before = earlier is not None and earlier.changed
            self._products[product.id] = Waiting.of(product, digest, changed=changed or changed_before)
        self._new += known is None
        return _change(known, changed)

    def _weigh_text(self, record: Review | Page | Event) -> Change:
        table = table_of(record)
        known = self._known(table, record)
        seen = record.origin.seen.isoformat()
        if known and seen < known.seen:
            return "same"
        digest = rows.digest(record)
        changed = known is None or digest != known.digest
        if changed or (known and seen > known.seen):
            self._texts[table, record.id] = (record, digest)
        return _change(known, changed)

    def _known(self, table: str, record: Product | Review | Page | Event) -> _Known | None:
        known = self._waiting(table, record.id)
        if known is None:
            row = self._connection.execute(
                f"SELECT source, seen, digest FROM {table} WHERE id = ?", (record.id,)
            ).fetchone()
            known = _Known(*row) if row else None
        if known and known.source != record.origin.source:
            raise ConflictError(
                f"The id {record.id} already belongs to the source {known.source}; "
                "give this source ids of its own."
            )
        return known

    def _waiting(self, table: str, record_id: str) -> _Known | None:
        if table == "products":
            product = self._products.get(record_id)
            return _known_from(product.product.origin, product.digest) if product else None
        text = self._texts.get((table, record_id))
        return _known_from(text[0].origin, text[1]) if text else None

    def _keep_price(self, observation: PriceObservation) -> bool:
        price = observation.price
        key = (
            observation.product_id,
            price.seen.isoformat(),
            price.currency,
            price.amount,
            observation.origin.source,
        )
        if (
            key in self._prices
            or self._connection.execute(
                "SELECT 1 FROM prices "
                "WHERE product_id = ? AND seen = ? AND currency = ? AND amount = ? AND source = ?",
                key,
            ).fetchone()
        ):
            return False
        self._prices[key] = observation
        return True

    def _write_records(self) -> None:
        generation = next_generation(self._connection)
        if self._products:
            write_products(self._connection, list(self._products.values()), generation)
        for record, digest in self._texts.values():
            write_record(self._connection, record, digest)
        self._connection.executemany(
            "INSERT OR IGNORE INTO prices VALUES (?, ?, ?, ?, ?, ?)",
            [(*key, observation.model_dump_json()) for key, observation in self._prices.items()],
        )
        self._connection.executemany(
            "INSERT OR REPLACE INTO column_meanings VALUES (?, ?, ?, ?)",
            [(*key, meaning.model_dump_json()) for key, meaning in self._meanings.items()],
        )


@contextmanager
def importing(path: Path, source: str, file: str, digest: str, patience: float) -> Iterator[Batch]:
    """One import of one file into the catalogue at `path`.

    It counts as finished only when the body ends without an exception; until then the next import of the
    same file completes it.
    """
    with closing(connect(path, patience)) as connection, faults(path):
        make_roomy(connection)
        number, already = _begin(connection, source, file, digest)
        batch = Batch(connection, path, source, number, already)
        with batch.kept():
            yield batch
        agree_anew(connection)
        if not already:
            connection.execute(
                "UPDATE imports SET finished = ? WHERE id = ?", (datetime.now(UTC).isoformat(), number)
            )


def remove_source(path: Path, source: str, patience: float) -> None:
    """Remove everything that came from a source, its price history included; raises NotFoundError."""
    with closing(connect(path, patience)) as connection, faults(path), transaction(connection):
        if not connection.execute("SELECT 1 FROM imports WHERE source = ?", (source,)).fetchone():
            raise NotFoundError(f"No source is called {source}; `productresearch index stats` lists them.")
        generation = next_generation(connection)
        ids = connection.execute("SELECT id FROM products WHERE source = ?", (source,)).fetchall()
        mark(connection, (product_id for (product_id,) in ids), generation, forget=True)
        for table in ("products", "pages"):
            connection.execute(
                f"DELETE FROM {table}_fts WHERE rowid IN (SELECT key FROM {table} WHERE source = ?)",
                (source,),
            )
        for table in ("products", "reviews", "pages", "events", "prices", "column_meanings", "imports"):
            connection.execute(f"DELETE FROM {table} WHERE source = ?", (source,))
        connection.execute(
            "DELETE FROM categories WHERE id NOT IN (SELECT category FROM products WHERE category > 0)"
        )
        work_out(connection)


def rebuild_texts(path: Path, patience: float) -> None:
    """Make the full-text indexes anew from the records."""
    with closing(connect(path, patience)) as connection, faults(path), transaction(connection):
        rewrite_texts(connection)
        rewrite_page_texts(connection)
        make_anew(connection)


def _begin(connection: sqlite3.Connection, source: str, file: str, digest: str) -> tuple[int, bool]:
    last = connection.execute(
        "SELECT id, digest, finished FROM imports WHERE source = ? AND file = ? ORDER BY id DESC LIMIT 1",
        (source, file),
    ).fetchone()
    if last and last[1] == digest and last[2]:
        return last[0], True
    with transaction(connection):
        # A new number each time: the highest one of a file says which version was imported last.
        connection.execute("DELETE FROM imports WHERE source = ? AND digest = ?", (source, digest))
        cursor = connection.execute(
            "INSERT INTO imports (source, file, digest, started) VALUES (?, ?, ?, ?)",
            (source, file, digest, datetime.now(UTC).isoformat()),
        )
    return int(cursor.lastrowid or 0), False


def next_generation(connection: sqlite3.Connection) -> int:
    """Count one more change, inside the caller's transaction."""
    connection.execute("UPDATE meta SET value = CAST(value + 1 AS TEXT) WHERE key = 'generation'")
    (generation,) = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
    return int(generation)


def _change(known: _Known | None, changed: bool) -> Change:
    if known is None:
        return "new"
    return "changed" if changed else "same"


def _known_from(origin: Origin, digest: str) -> _Known:
    return _Known(origin.source, origin.seen.isoformat(), digest)
