"""Reading the catalogue: records by id, what is known of sources and categories, and the way into writing.

A `Catalog` may be used from several threads and processes at once; each statement sees the last committed
state. Finding records by their content is left to `search`, writing to `writer`.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, Self

from index.errors import NotFoundError
from index.meanings import Meaning
from index.product import Event, Page, PriceObservation, Product, Record, Review
from index.store import pending, rows, writer
from index.store.database import PATIENCE, connect, faults, shrink
from index.store.pending import Pending
from index.store.verify import problems

_IDS_AT_ONCE = 500
"""Parameters in one statement, well under SQLite's limit of 32,766."""
_MOST_ALIKE = 100
"""Records that are looked at as the same thing: a number that fills a gap is borne by thousands."""


class SourceSummary(Record):
    """What one source has brought."""

    name: str
    files: tuple[str, ...]
    products: int
    reviews: int
    pages: int
    events: int
    oldest: date | None
    """First and last day on which the source said something; None where nothing is stored."""
    newest: date | None
    imported: date | None = None
    """Day on which a file of it was last imported, in UTC."""


class Counts(Record):
    """How many records there are."""

    products: int
    reviews: int
    pages: int
    events: int
    prices: int
    categories: int
    pending: int
    """Products whose vectors are not up to date."""


class EventSource(NamedTuple):
    """What one source told of the person's past."""

    name: str
    events: int
    first: str
    """A moment in ISO 8601."""
    last: str


class Catalog:
    """The product catalogue in one SQLite file."""

    def __init__(self, path: Path, connection: sqlite3.Connection, patience: float) -> None:
        self.path = path
        self._connection = connection
        self._patience = patience

    @classmethod
    def open(cls, path: Path, patience: float = PATIENCE) -> Self:
        """Open the catalogue, made where there is none; `patience` is how many seconds to wait for a writer.

        Raises CorruptError, LockedError or CatalogueError.
        """
        return cls(path, connect(path, patience), patience)

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def select(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of a reading statement over the tables of `schema.sql`, for the rest of this floor."""
        with faults(self.path):
            return self._connection.execute(sql, parameters).fetchall()

    @property
    def generation(self) -> int:
        """Counts every committed change: what was derived at another generation is out of date."""
        return self._number("SELECT value FROM meta WHERE key = 'generation'")

    def product(self, product_id: str) -> Product:
        """The product with this id; raises NotFoundError."""
        return Product.model_validate_json(self._record("products", "product", product_id))

    def products(self, product_ids: Sequence[str]) -> list[Product]:
        """Products in the order of their ids; raises NotFoundError where one is missing."""
        found = {product.id: product for product in self.known_products(product_ids)}
        for product_id in product_ids:
            if product_id not in found:
                raise _not_found("product", product_id)
        return [found[product_id] for product_id in product_ids]

    def known_products(self, product_ids: Sequence[str]) -> list[Product]:
        """Those of the products that the catalogue holds, in the order of their ids."""
        stored: dict[str, str] = {}
        for start in range(0, len(product_ids), _IDS_AT_ONCE):
            some = product_ids[start : start + _IDS_AT_ONCE]
            marks = ", ".join("?" * len(some))
            stored.update(self.select(f"SELECT id, record FROM products WHERE id IN ({marks})", some))
        return [Product.model_validate_json(stored[each]) for each in product_ids if each in stored]

    def same_elsewhere(self, product: Product) -> list[Product]:
        """What other sources tell of the same thing, as a GTIN, an ASIN or a brand's MPN says."""
        numbers = sorted({number.casefold() for number in (*product.gtin, product.asin, product.mpn)} - {""})
        marks = ", ".join("?" * len(numbers))
        found = self.select(
            "SELECT DISTINCT id, record FROM products JOIN identifiers ON identifiers.product = products.key "
            f"WHERE identifiers.value IN ({marks}) AND products.source != ? ORDER BY products.key LIMIT ?",
            (*numbers, product.origin.source, _MOST_ALIKE),
        )
        others = [Product.model_validate_json(record) for _, record in found]
        return [other for other in others if other.is_same(product)]

    def product_ids(self) -> set[str]:
        """The ids of all products."""
        return {product_id for (product_id,) in self.select("SELECT id FROM products")}

    def all_products(self) -> Iterator[Product]:
        """Every product, in the order in which they were first imported."""
        last = 0
        while True:
            found = self.select(
                "SELECT key, record FROM products WHERE key > ? ORDER BY key LIMIT ?", (last, _IDS_AT_ONCE)
            )
            if not found:
                return
            last = found[-1][0]
            for _, record in found:
                yield Product.model_validate_json(record)

    def reviews(self, product_id: str) -> tuple[Review, ...]:
        """Reviews of a product, in the order in which they were imported."""
        found = self.select("SELECT record FROM reviews WHERE product_id = ? ORDER BY key", (product_id,))
        return tuple(Review.model_validate_json(record) for (record,) in found)

    def review(self, review_id: str) -> Review:
        """The review with this id; raises NotFoundError."""
        return Review.model_validate_json(self._record("reviews", "review", review_id))

    def page(self, page_id: str) -> Page:
        """The saved page with this id; raises NotFoundError."""
        return Page.model_validate_json(self._record("pages", "page", page_id))

    def prices(self, product_id: str) -> tuple[PriceObservation, ...]:
        """Every price seen for a product, oldest first."""
        found = self.select(
            "SELECT record FROM prices WHERE product_id = ? ORDER BY seen, currency, amount", (product_id,)
        )
        return tuple(PriceObservation.model_validate_json(record) for (record,) in found)

    def events(self, limit: int) -> tuple[Event, ...]:
        """The person's last events, newest first."""
        found = self.select("SELECT record FROM events ORDER BY at DESC, key DESC LIMIT ?", (limit,))
        return tuple(Event.model_validate_json(record) for (record,) in found)

    def categories(self) -> tuple[tuple[str, ...], ...]:
        """Paths of the categories in which products stand, in the order of their names."""
        found = self.select(
            "SELECT path FROM categories WHERE id IN (SELECT category FROM products) ORDER BY path"
        )
        return tuple(tuple(path.split(" > ")) for (path,) in found)

    def meanings(self, category: tuple[str, ...]) -> dict[str, Meaning]:
        """What column schemas say of a category's attributes; the key '' is the category itself.

        What was said of the category itself comes before what was said of a broader one, and that before
        what a source says of all its categories.
        """
        found = self.select(
            "SELECT category, attribute, meaning FROM column_meanings WHERE category <> '' OR EXISTS ("
            "SELECT 1 FROM products JOIN categories ON categories.id = products.category"
            " WHERE categories.path = ? AND products.source = column_meanings.source)",
            (rows.category_path(category),),
        )
        wanted = {rows.category_path(category[:depth]): depth for depth in range(len(category) + 1)}
        said = sorted((wanted[path], name, text) for path, name, text in found if path in wanted)
        return {name: Meaning.model_validate_json(text) for _, name, text in said}

    def sources(self) -> list[SourceSummary]:
        """What each source has brought, by name."""
        names = self.select("SELECT DISTINCT source FROM imports ORDER BY source")
        return [self._summary(name) for (name,) in names]

    def counts(self) -> Counts:
        """How many records there are."""
        return Counts(
            **{table: self._number(f"SELECT count(*) FROM {table}") for table in Counts.model_fields}
        )

    def holds_pages(self) -> bool:
        """Whether any page was saved."""
        return bool(self._number("SELECT EXISTS (SELECT 1 FROM pages)"))

    def importing(self, source: str, file: str, digest: str) -> AbstractContextManager[writer.Batch]:
        """Start the import of one file; `digest` identifies its bytes and the schema and mapping used.

        Raises LockedError or FullDiskError; what was committed by then is kept.
        """
        return writer.importing(self.path, source, file, digest, self._patience)

    def remove_source(self, name: str) -> None:
        """Remove everything that came from a source, its price history included; raises NotFoundError."""
        writer.remove_source(self.path, name, self._patience)

    def shrink(self) -> None:
        """Write the file anew without what was removed and could be read in it still; raises LockedError."""
        with faults(self.path):
            shrink(self._connection)

    def event_sources(self) -> tuple[EventSource, ...]:
        """Where the person's events came from, in the order of the names."""
        found = self.select(
            "SELECT source, count(*), min(at), max(at) FROM events GROUP BY source ORDER BY source"
        )
        return tuple(EventSource(*row) for row in found)

    def pending(self, limit: int) -> list[Pending]:
        """Products whose vectors are not up to date; a negative limit gives all."""
        found = self.select("SELECT product_id, forget, generation FROM pending LIMIT ?", (limit,))
        return [Pending(product_id, bool(forget), generation) for product_id, forget, generation in found]

    def settle(self, done: Sequence[Pending]) -> None:
        """Say that these vectors are stored; rows written anew in the meantime stay pending."""
        pending.settle(self.path, done, self._patience)

    def mark_pending(self, product_ids: Iterable[str], *, forget: bool) -> None:
        """Say that these products' vectors must be made, or forgotten."""
        pending.mark_some(self.path, product_ids, self._patience, forget=forget)

    def mark_all_pending(self) -> None:
        """Say that every product's vector must be made, beside what is pending already."""
        self.mark_pending(self.product_ids(), forget=False)

    def rebuild_texts(self) -> None:
        """Make the full-text indexes anew from the records; the vectors are rebuilt by `Vectors.rebuild`."""
        writer.rebuild_texts(self.path, self._patience)

    def verify(self) -> list[str]:
        """What is wrong with the catalogue, in sentences; empty where all is well."""
        with faults(self.path):
            return problems(self._connection)

    def _record(self, table: str, kind: str, record_id: str) -> str:
        found = self.select(f"SELECT record FROM {table} WHERE id = ?", (record_id,))
        if not found:
            raise _not_found(kind, record_id)
        record: str = found[0][0]
        return record

    def _number(self, sql: str, *parameters: object) -> int:
        return int(self.select(sql, parameters)[0][0])

    def _summary(self, name: str) -> SourceSummary:
        files = self.select("SELECT DISTINCT file FROM imports WHERE source = ? ORDER BY file", (name,))
        counted = {
            table: self._number(f"SELECT count(*) FROM {table} WHERE source = ?", name)
            for table in ("products", "reviews", "pages", "events")
        }
        seen = " UNION ALL ".join(
            f"SELECT seen FROM {table} WHERE source = :name" for table in (*counted, "prices")
        )
        ((oldest, newest),) = self.select(
            f"SELECT min(seen), max(seen) FROM ({seen})".replace(":name", "?1"), (name,)
        )
        ((imported,),) = self.select(
            "SELECT max(coalesce(finished, started)) FROM imports WHERE source = ?", (name,)
        )
        return SourceSummary(
            name=name,
            files=tuple(file for (file,) in files),
            oldest=_day(oldest),
            newest=_day(newest),
            imported=_day(imported[:10]),
            **counted,
        )


def _not_found(kind: str, record_id: str) -> NotFoundError:
    return NotFoundError(f"There is no {kind} {record_id} in the catalogue; search for it to find its id.")


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
