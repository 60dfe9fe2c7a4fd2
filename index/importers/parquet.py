"""Rows of a Parquet file, read in small batches so that a file larger than the memory works.

A part of the file that is damaged costs its own rows; what stands in the other row groups is kept.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from index.importers.faults import FileFaultError, RowError
from index.importers.lines import MAX_LINE, Stream
from index.importers.rows import Nesting, Rejected, Row, row_of

_BATCH = 64
"""Rows at once: wide rows of text stay within some megabytes."""
_BUFFER = 1 << 20
_DEEPEST = 12
_UNREADABLE = (ValueError, OverflowError, TypeError, ImportError)
"""What pyarrow raises for a value that Python has no like of, such as a day of the year 20000."""


def read_parquet(stream: Stream, nesting: Nesting) -> Iterator[Row | Rejected]:
    """Each row, numbered from 1; raises FileFaultError where the file cannot be opened."""
    # pyarrow takes 60 ms to import and is needed for this form alone.
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = stream.file.path
    try:
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER) as table:
            yield from _groups(stream, table, nesting)
    except (pa.ArrowException, UnicodeDecodeError) as error:  # the latter over the name of a column
        raise FileFaultError(f"{path} is a damaged Parquet file; fetch it again.") from error
    except OSError as error:
        raise FileFaultError(f"{path} is a Parquet file that cannot be read; fetch it again.") from error


def _groups(stream: Stream, table: Any, nesting: Nesting) -> Iterator[Row | Rejected]:
    import pyarrow as pa  # loaded by now

    metadata = table.metadata
    before = 0
    for place in range(metadata.num_row_groups):
        group = metadata.row_group(place)
        fault = _too_wide(group)
        number = before
        try:
            # One thread: the machine is shared with the writer.
            batches = table.iter_batches(_BATCH, row_groups=[place], use_threads=False)
            for batch in () if fault else batches:
                for row in _rows(batch):
                    number += 1
                    yield _row(number, row, nesting)
                stream.position = stream.file.size * number // max(1, metadata.num_rows)
        except (pa.ArrowException, OSError, UnicodeDecodeError):
            fault = "the file is damaged there"
        before += max(0, group.num_rows)
        if fault and number < before:
            yield Rejected(number + 1, f"rows {number + 1} to {before} cannot be read: {fault}", "")


def _too_wide(group: Any) -> str:
    """What forbids to unpack a row group: rows so large on the average that a batch would fill the memory."""
    if group.num_rows > 0 and group.total_byte_size > MAX_LINE * group.num_rows:
        return f"a row may have {MAX_LINE / 1e6:.0f} MB"
    return ""


def _rows(batch: Any) -> Iterator[Mapping[str, object] | RowError]:
    """The rows of a batch as Python values; one that has no such values is told alone."""
    try:
        rows = batch.to_pylist()
    except _UNREADABLE:
        rows = []
    yield from rows
    for place in range(len(rows), batch.num_rows):
        try:
            yield batch.slice(place, 1).to_pylist()[0]
        except _UNREADABLE as error:
            yield RowError(f"a value of it cannot be read: {str(error)[:120]}")


def _row(number: int, row: Mapping[str, object] | RowError, nesting: Nesting) -> Row | Rejected:
    if isinstance(row, RowError):
        return Rejected(number, str(row), "")
    try:
        return row_of(number, {name: _plain(value) for name, value in row.items()}, nesting)
    except RowError as error:
        return Rejected(number, str(error), "")


def _plain(value: object, depth: int = 0) -> object:
    """The value as JSON would have it."""
    if isinstance(value, str):
        if len(value) > MAX_LINE:
            raise RowError(f"it is {len(value) / 1e6:.1f} MB long; a row may have {MAX_LINE / 1e6:.0f} MB")
        return value
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth > _DEEPEST:
        raise RowError(f"its values are nested more than {_DEEPEST} deep")
    if isinstance(value, dict):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(item, tuple) and len(item) == 2 for item in value):
            return {str(key): _plain(item, depth + 1) for key, item in value}
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
