"""Reading the catalogue: records by id, what is known of sources and categories, and the way into writing.

A `Catalog` may be used from several threads and processes at once; each statement sees the last committed
state. Finding records by their content is left to `search`, writing to `writer`.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, Self

from index.errors import NotFoundError
from index.identity import said
from index.identity.alike import Suggestion, suggestions
from index.identity.merging import Difference
from index.identity.naming import Join
from index.identity.said import NameSaid, PairSaid
from index.identity.seen import Seen
from index.meanings import Meaning
from index.product import Event, Page, PriceObservation, Product, Record, Review
from index.store import pending, rows, writer
from index.store.content import content_digest
from index.store.database import PATIENCE, connect, faults, shrink
from index.store.pending import Pending
from index.store.verify import problems

_IDS_AT_ONCE = 500
"""Parameters in one statement, well under SQLite's limit of 32,766."""


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
        self._seen = Seen(connection)

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

    def content_digest(self) -> str:
        """The same for the same products, reviews, pages, prices and sayings; reads every row."""
        with faults(self.path):
            return content_digest(self._connection)

    def product(self, product_id: str) -> Product:
        """The product with this id, seen with what other records of the thing say; raises NotFoundError."""
        found = self.known_products([product_id])
        if not found:
            raise _not_found("product", product_id)
        return found[0]

    def products(self, product_ids: Sequence[str]) -> list[Product]:
        """Products in the order of their ids; raises NotFoundError where one is missing."""
        found = {product.id: product for product in self.known_products(product_ids)}
        for product_id in product_ids:
            if product_id not in found:
                raise _not_found("product", product_id)
        return [found[product_id] for product_id in product_ids]

    def known_products(self, product_ids: Sequence[str]) -> list[Product]:
        """Those of the products that the catalogue holds, as `product` sees them, in the given order."""
        stored = self._stored(product_ids)
        with self._seeing() as view:
            seen = view.products(list(stored.values()))
        by_id = dict(zip(stored, seen, strict=True))
        return [by_id[product_id] for product_id in product_ids if product_id in by_id]

    def told_products(self, product_ids: Sequence[str]) -> list[Product]:
        """The records of the products exactly as their sources tell them, in the order of their ids."""
        stored = self._stored(product_ids)
        return [stored[product_id][1] for product_id in product_ids if product_id in stored]

    def same_elsewhere(self, product: Product) -> list[Product]:
        """The other records of the same thing, as its numbers or the person say."""
        with self._seeing() as view:
            found = self.select("SELECT key FROM products WHERE id = ?", (product.id,))
            return view.others(found[0][0]) if found else []

    def differences(self, product_id: str) -> tuple[Difference, ...]:
        """What the records of this thing say differently, the given one first."""
        with self._seeing() as view:
            return tuple(
                each
                for key, told in self._stored([product_id]).values()
                for each in view.differences(key, told)
            )

    def same_things(self) -> list[list[str]]:
        """The ids of the records of each thing of which several tell, the one that tells most first."""
        found = self.select(
            "SELECT thing, id FROM same_products JOIN products ON key = product ORDER BY thing, place"
        )
        things: dict[int, list[str]] = {}
        for thing, product_id in found:
            things.setdefault(thing, []).append(product_id)
        return list(things.values())

    def same_suggestions(self, limit: int, *, of: str = "") -> list[Suggestion]:
        """Pairs of records that may tell of one thing, likeliest first; of one product where named."""
        with faults(self.path):
            return suggestions(self._connection, limit, of=of)

    def pairs_said(self) -> list[PairSaid]:
        """What the person said of two products, in the order of their ids."""
        with faults(self.path):
            return said.pairs_said(self._connection)

    def say_same(self, one: str, other: str, *, same: bool) -> None:
        """Say that two products are one thing, or two; raises NotFoundError and ConflictError."""
        said.say_same(self.path, one, other, self._patience, same=same)

    def unsay_same(self, product_id: str) -> list[PairSaid]:
        """Take back everything that was said of a product; raises NotFoundError."""
        return said.unsay_same(self.path, product_id, self._patience)

    def names_joined(self, category: tuple[str, ...]) -> list[Join]:
        """The attribute names that are read as another in a category or below it, each once."""
        path = rows.category_path(category)
        found = self.select(
            "SELECT DISTINCT alias, name, said FROM attribute_names "
            "LEFT JOIN categories ON categories.id = category "
            "WHERE path = ?1 OR substr(path, 1, length(?1) + 3) = ?1 || ' > ' ORDER BY name, alias",
            (path,),
        )
        return [Join(alias, None, name, bool(spoken)) for alias, name, spoken in found]

    def say_name(self, spoken: NameSaid) -> None:
        """Say that a name is read as another, or stays apart."""
        said.say_name(self.path, spoken, self._patience)

    def unsay_name(self, category: str, alias: str) -> NameSaid:
        """Take back what was said of a name; raises NotFoundError."""
        return said.unsay_name(self.path, category, alias, self._patience)

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

    @contextmanager
    def _seeing(self) -> Iterator[Seen]:
        with faults(self.path):
            self._seen.refresh(self.generation)
            yield self._seen

    def _stored(self, product_ids: Sequence[str]) -> dict[str, tuple[int, Product]]:
        stored: dict[str, tuple[int, Product]] = {}
        for start in range(0, len(product_ids), _IDS_AT_ONCE):
            some = product_ids[start : start + _IDS_AT_ONCE]
            marks = ", ".join("?" * len(some))
            for product_id, key, record in self.select(
                f"SELECT id, key, record FROM products WHERE id IN ({marks})", some
            ):
                stored[product_id] = key, Product.model_validate_json(record)
        return stored

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
