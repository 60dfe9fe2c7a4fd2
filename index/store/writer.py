"""Writing the catalogue: imports in short transactions, and the removal of a source.

Records are gathered outside any transaction and written about 1,000 at a time, so another process never
waits long. A killed import keeps its finished chunks; adding the same rows again completes it. What a
file's rows mean is left to the importers, vectors to `vectors`.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

from index.errors import ConflictError, NotFoundError
from index.identity.agreeing import agree_anew, make_anew, work_out
from index.meanings import Meaning
from index.store import rows
from index.store.bulk import Bulk
from index.store.database import connect, faults, make_roomy, transaction
from index.store.pending import mark
from index.store.prepared import Prepared, PreparedPrice, PreparedProduct, PreparedText, prepared
from index.store.product_tables import rewrite_texts, write_products
from index.store.record_tables import rewrite_page_texts, write_text

Change = Literal["new", "changed", "same"]

CHUNK_ROWS = 1000
CHUNK_SECONDS = 1.0
_PRICE_KEY = 5
"""So many of a price's columns tell it from others."""


class _Known(NamedTuple):
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
        self._products: dict[str, PreparedProduct] = {}
        self._dated: set[str] = set()
        """Those of the products of which only the dates moved on."""
        self._texts: dict[tuple[str, str], PreparedText] = {}
        self._prices: dict[tuple[object, ...], PreparedPrice] = {}
        self._meanings: dict[tuple[str, str, str], Meaning] = {}
        self._since = time.monotonic()
        self._bulk = Bulk(connection, path)
        self._new = 0

    def add(self, record: rows.AnyRecord) -> Change:
        """Take one record; raises ConflictError where its id belongs to another source."""
        (change,) = self.take([prepared(record)])
        return change

    def take(self, chunk: Sequence[Prepared]) -> list[Change]:
        """Take records, in their order; raises ConflictError where an id belongs to another source."""
        with faults(self._path):
            known = self._stored(chunk)
            changes = [self._weigh(record, known) for record in chunk]
            self._rows_done += len(chunk)
            waiting = len(self._products) + len(self._texts) + len(self._prices)
            if waiting >= CHUNK_ROWS or (waiting and time.monotonic() - self._since > CHUNK_SECONDS):
                self.write()
        return changes

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
        for written in (self._products, self._dated, self._texts, self._prices, self._meanings):
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

    def _stored(self, chunk: Sequence[Prepared]) -> dict[tuple[str, str], _Known]:
        """What is known of the records of a chunk, by table and id: waiting, or else in the catalogue."""
        wanted: dict[str, list[str]] = {}
        for record in chunk:
            if not isinstance(record, PreparedPrice):
                wanted.setdefault(record.table, []).append(record.id)
        known: dict[tuple[str, str], _Known] = {}
        for table, ids in wanted.items():
            marks = ", ".join("?" * len(ids))
            found = self._connection.execute(
                f"SELECT id, source, seen, digest FROM {table} WHERE id IN ({marks})", ids
            )
            known.update({(table, record_id): _Known(*row) for record_id, *row in found})
            for record_id in ids:
                waiting = self._waiting(table, record_id)
                if waiting is not None:
                    known[table, record_id] = _Known(waiting.source, waiting.seen, waiting.digest)
        return known

    def _waiting(self, table: str, record_id: str) -> PreparedProduct | PreparedText | None:
        if table == "products":
            return self._products.get(record_id)
        return self._texts.get((table, record_id))

    def _weigh(self, record: Prepared, known: dict[tuple[str, str], _Known]) -> Change:
        if isinstance(record, PreparedPrice):
            return "new" if self._keep_price(record) else "same"
        before = known.get((record.table, record.id))
        if before and before.source != record.source:
            raise ConflictError(
                f"The id {record.id} already belongs to the source {before.source}; "
                "give this source ids of its own."
            )
        changed = before is None or record.digest != before.digest
        is_older = before is not None and record.seen < before.seen
        moved_on = before is not None and record.seen > before.seen
        if isinstance(record, PreparedProduct):
            told = self._tell_prices(record, is_new=before is None)
            self._new += before is None
            if not is_older and (changed or moved_on or told):
                self._keep_product(record, changed=changed)
        elif not is_older and (changed or moved_on):
            self._texts[record.table, record.id] = record
        if is_older:
            return "same"
        known[record.table, record.id] = _Known(record.source, record.seen, record.digest)
        if before is None:
            return "new"
        return "changed" if changed else "same"

    def _keep_product(self, product: PreparedProduct, *, changed: bool) -> None:
        changed_before = product.id in self._products and product.id not in self._dated
        self._products[product.id] = product
        if changed or changed_before:
            self._dated.discard(product.id)
        else:
            self._dated.add(product.id)

    def _tell_prices(self, product: PreparedProduct, *, is_new: bool) -> bool:
        """Whether any of a product's prices was not known; those of a new one are not looked for."""
        if is_new:
            for price in product.prices:
                self._prices.setdefault(price[:_PRICE_KEY], price)
            return bool(product.prices)
        told = [self._keep_price(price) for price in product.prices]
        return any(told)

    def _keep_price(self, price: PreparedPrice) -> bool:
        key = price[:_PRICE_KEY]
        if (
            key in self._prices
            or self._connection.execute(
                "SELECT 1 FROM prices "
                "WHERE product_id = ? AND seen = ? AND currency = ? AND amount = ? AND source = ?",
                key,
            ).fetchone()
        ):
            return False
        self._prices[key] = price
        return True

    def _write_records(self) -> None:
        generation = next_generation(self._connection)
        if self._products:
            write_products(self._connection, list(self._products.values()), generation, self._dated)
        for record in self._texts.values():
            write_text(self._connection, record)
        self._connection.executemany(
            "INSERT OR IGNORE INTO prices VALUES (?, ?, ?, ?, ?, ?)", self._prices.values()
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
