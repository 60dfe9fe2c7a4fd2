"""One file of rows on its way into the catalogue, as `ingest` asks for it: read, made records, told apart."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

from index.columns import ColumnSchema, Role
from index.importers.families import Families, Family
from index.importers.faults import RowError
from index.importers.import_report import Progress
from index.importers.layout import Layout
from index.importers.lines import SourceFile
from index.importers.orders import Orders
from index.importers.pictures import is_there
from index.importers.place import Place
from index.importers.products import images_of
from index.importers.records import read_records
from index.importers.rejects import Rejects
from index.importers.repeats import Repeats, repeated
from index.importers.row_sources import RowSource
from index.importers.rows import Rejected, Row
from index.importers.variants import FamilyReader
from index.product import PriceObservation, Product
from index.store.rows import AnyRecord, digest
from index.text.numerals import QuantityError
from index.text.units import UnitError

_EVERY = 256
"""Rows between two words of how far it is."""
_KEPT = 2_000
"""Characters of a row in the file of rejects."""
_TOLD_OF_EVENTS: tuple[Role, ...] = ("date", "title", "text", "quantity", "price")


class Counted(NamedTuple):
    """What is known of a file's rows once its records are made."""

    read: int
    repeated: int
    skipped: int
    notes: tuple[str, ...]


class TableFile:
    """A file of rows; what is counted and noted while its records are made is read afterwards."""

    def __init__(
        self,
        file: SourceFile,
        schema: ColumnSchema,
        rejects: Rejects,
        progress: Callable[[Progress], None],
        *,
        most: int | None = None,
        orders: Orders | None = None,
    ) -> None:
        self.file = file
        self.orders = orders
        self.schema = schema
        self.rejects = rejects
        self.seen = schema.observed or _file_day(file.path)
        self._path = file.path.parent.resolve() / file.path.name
        self.read = 0
        self.repeated = 0
        self.skipped = 0
        self.notes: list[str] = []
        self._progress = progress
        self._most = most
        self._layout = Layout(schema)
        variants = schema.variants
        self._families = Families(variants) if variants and variants.across_rows else None
        self._family_reader = FamilyReader(self._layout, self._path, self.seen)
        self._told: dict[str, str] = {}

    def records(self) -> Iterator[AnyRecord]:
        """Every record of the file; rows that cannot be one go to the rejects."""
        if self._families:
            self._families.learn(self._renamed_rows)
        repeats = Repeats(
            self.schema, self._repeated_ids() if self.schema.kind == "products" else frozenset()
        )
        for row in self._gathered("importing"):
            if isinstance(row, Rejected):
                self.read += 1
                self.rejects.add(replace(row, text="") if self._is_private else row)
                continue
            rows = row.rows if isinstance(row, Family) else [row, *row.variants]
            self.read += len(rows)
            rejected = self.rejects.count
            try:
                made = self._made(row)
                fresh = [record for record in made if self._is_fresh(record, repeats)]
            except (RowError, QuantityError, UnitError) as error:
                for each in rows:
                    self._reject(each, str(error))
                continue
            refused = self.rejects.count - rejected
            if made:
                self.repeated += len(rows) - refused - 1
            else:
                self.skipped += len(rows) - refused
            yield from fresh
        yield from repeats.products()
        if self.orders is not None and self.orders.unknown:
            self.notes.append(_unplaced(self.orders.unknown))
        if self._layout.no_prices:
            self.notes.append(_no_prices(self._layout.no_prices))

    @property
    def is_whole(self) -> bool:
        """Whether all of it is read, and nothing else with it."""
        return self._most is None and self.orders is None

    @property
    def counted(self) -> Counted:
        """What was counted so far."""
        return Counted(self.read, self.repeated, self.skipped, tuple(self.notes))

    def take_over(self, counted: Counted) -> None:
        """What was counted where its records were made in its place."""
        self.read, self.repeated, self.skipped, notes = counted
        self.notes += notes

    def _made(self, row: Row | Family) -> Sequence[AnyRecord]:
        if isinstance(row, Family):
            return self._family_reader.read(row, self._reject)
        if row.variants and self.schema.kind == "products":
            own = replace(row, variants=())
            return self._family_reader.read(Family("", [own, *row.variants], parent=own), self._reject)
        reader = self._layout.read(row)
        if self.orders is not None:
            completed = self.orders.completed(reader)
            if completed is None:
                return ()  # it names an order that nobody knows
            reader = self._layout.read(completed)
        return read_records(reader, self._path, self.seen)

    def _reject(self, row: Row, reason: str) -> None:
        self.rejects.add(Rejected(row.number, reason, self._kept(row)))

    def beside(self, place: Place) -> bytes:
        """What outside of the file makes its records others: orders, and the paths of pictures."""
        orders = self.orders.digest if self.orders is not None else b""
        pictures = not place.passing and self._has_pictures()
        return orders + (bytes(self._path.parent) if pictures else b"")

    def _has_pictures(self) -> bool:
        """Whether a picture that a row names lies beside the file; looks no further than the first."""
        if self.schema.kind != "products" or not any(self.schema.with_roles("image")):
            return False
        return any(map(is_there, self._images()))

    def _images(self) -> Iterator[str]:
        for row in self._rows("scanning"):
            with suppress(RowError):
                if isinstance(row, Row):
                    yield from images_of(self._layout.read(row), self._path.parent)

    def _is_fresh(self, record: AnyRecord, repeats: Repeats) -> bool:
        if isinstance(record, Product):
            if not repeats.holds(record):
                return True
            self.repeated += not repeats.add(record)
            return False
        if isinstance(record, PriceObservation):
            return True
        said = digest(record)
        earlier = self._told.setdefault(record.id, said)
        if said != earlier:
            raise RowError(f"another row has the same id {record.id} and says something else")
        return True

    def _kept(self, row: Row) -> str:
        """What the rejects file keeps of a row; of a person's own history the day and the thing at most."""
        cells = row.cells
        if self._is_private:
            told = {name for role in _TOLD_OF_EVENTS for name in self.schema.with_roles(role)}
            cells = {name: cell for name, cell in cells.items() if name in told}
        return json.dumps(dict(cells), ensure_ascii=True)[:_KEPT]

    @property
    def _is_private(self) -> bool:
        return self.schema.kind == "events"

    def _repeated_ids(self) -> frozenset[str]:
        def ids() -> Iterator[str]:
            for row in self._gathered("scanning"):
                with suppress(RowError):
                    if isinstance(row, Family):
                        yield self._family_reader.id_of(row)
                    elif isinstance(row, Row):
                        yield self._layout.read(row).product_id()

        return frozenset(repeated(ids()))

    def _gathered(self, stage: Literal["scanning", "importing"]) -> Iterator[Row | Rejected | Family]:
        """The rows, those of one product's variants as one."""
        if self._families is None:
            return self._rows(stage)
        return self._families.gathered(map(self._renamed, self._rows(stage)))

    def _renamed_rows(self) -> Iterator[Row]:
        return (self._layout.unfolding.renamed(row) for row in self._rows("scanning") if isinstance(row, Row))

    def _renamed(self, row: Row | Rejected) -> Row | Rejected:
        return self._layout.unfolding.renamed(row) if isinstance(row, Row) else row

    def _rows(self, stage: Literal["scanning", "importing"]) -> Iterator[Row | Rejected]:
        rows = RowSource(self.file, self.schema.nesting)
        number = 0
        for number, row in enumerate(islice(rows, self._most), start=1):
            yield row
            if number % _EVERY == 0:
                self._progress(Progress(stage, number, rows.position, self.file.size))
        self._progress(Progress(stage, number, self.file.size, self.file.size))
        if stage == "importing":
            self.notes += rows.notes


def _unplaced(count: int) -> str:
    rows = "1 row names an order" if count == 1 else f"{count:,} rows name orders"
    return f"{rows} of which no file tells what it was for; import returns together with the orders."


def _no_prices(found: Counter[str]) -> str:
    count = found.total()
    cells = "1 cell holds no price" if count == 1 else f"{count:,} cells hold no price"
    said = " and ".join(repr(text) for text, _ in found.most_common(2))
    return f"{cells} that can be read, such as {said}; what has no other is kept without one."


def _file_day(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
