"""Records out of one row, by the kind of file that the schema says it is."""

from collections.abc import Callable
from datetime import date

from index.columns import ColumnSchema, Kind
from index.importers.events import read_event
from index.importers.observations import read_observations
from index.importers.opinions import read_page, read_review
from index.importers.products import read_product
from index.importers.rows import Row
from index.rows import AnyRecord

_Reader = Callable[[ColumnSchema, Row, str, date], tuple[AnyRecord, ...]]


def read_records(schema: ColumnSchema, row: Row, file: str, seen: date) -> tuple[AnyRecord, ...]:
    """The records of one row, none for a row that is no record by its own account.

    Raises RowError, QuantityError or UnitError where the row cannot be read.
    """
    return _READERS[schema.kind](schema, row, file, seen)


def _product(schema: ColumnSchema, row: Row, file: str, seen: date) -> tuple[AnyRecord, ...]:
    return (read_product(schema, row, file, seen),)


_READERS: dict[Kind, _Reader] = {
    "products": _product,
    "reviews": read_review,
    "pages": read_page,
    "prices": read_observations,
    "events": read_event,
}
