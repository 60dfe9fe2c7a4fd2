"""Records out of one row, by the kind of file that the schema says it is; and the kind of a record."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from index.columns import Kind
from index.importers.events import read_event
from index.importers.layout import RowReader
from index.importers.observations import read_observations
from index.importers.opinions import read_page, read_review
from index.importers.products import read_product
from index.product import Event, Page, Product, Review
from index.store.rows import AnyRecord

KINDS: tuple[Kind, ...] = ("products", "reviews", "pages", "prices", "events")

_Reader = Callable[[RowReader, Path, date], tuple[AnyRecord, ...]]


def read_records(reader: RowReader, file: Path, seen: date) -> tuple[AnyRecord, ...]:
    """The records of one row of a file, none for a row that is no record by its own account.

    The file's folder is resolved. Raises RowError, QuantityError or UnitError where the row cannot be read.
    """
    return _READERS[reader.schema.kind](reader, file, seen)


def record_kind(record: AnyRecord) -> Kind:
    """The kind of file that brings such records."""
    match record:
        case Product():
            return "products"
        case Review():
            return "reviews"
        case Page():
            return "pages"
        case Event():
            return "events"
    return "prices"


_READERS: dict[Kind, _Reader] = {
    "products": read_product,
    "reviews": read_review,
    "pages": read_page,
    "prices": read_observations,
    "events": read_event,
}
