"""What a person did, out of rows: orders, returns, searches, views, clicks, carts and wishes.

Order histories hold addresses, payment and other people's names: only the columns that a schema gives a
role are read, and of those none is stored that could say who or where somebody is. Order numbers go into a
hash alone.
"""

from datetime import date
from pathlib import Path
from typing import Literal, cast

from index.columns import Role
from index.importers.cells import leading_number, moment_of, text_of
from index.importers.faults import RowError
from index.importers.identity import hashed
from index.importers.layout import RowReader, amount_of
from index.product import Event, EventKind, Origin, Price
from index.text.numerals import NoPriceError, QuantityError
from index.text.sanitize import TITLE_LIMIT


def read_event(reader: RowReader, file: Path, seen: date) -> tuple[Event, ...]:
    """The event of one row, none where the row says that nothing came of it (a cancelled order)."""
    kind = _kind(reader)
    if kind == "none":
        return ()
    moment = next((moment_of(cell, column.formats) for column, cell in reader.cells("date")), None)
    if moment is None:
        raise RowError("it has no date")
    text = text_of(reader.cell("title"), TITLE_LIMIT) or text_of(reader.cell("text"), TITLE_LIMIT)
    if not text and not reader.text("product"):
        raise RowError("it names neither a product nor words")
    quantity = leading_number(reader.cell("quantity"))
    amount = _amount(reader)
    if quantity == 0:
        return ()
    if (amount is not None and amount[0] < 0) or (quantity is not None and quantity < 0):
        kind, amount = "return", (abs(amount[0]), amount[1]) if amount else None
    # A wish is one as long as it stands, whenever its list was changed.
    when = "" if kind == "wish" else moment.isoformat()
    told = [kind, reader.text("order"), reader.text("id"), reader.text("product"), text, when]
    event = Event(
        id=f"{reader.schema.source}:{kind}:{hashed(chr(31).join([*told, str(quantity), str(amount)]))}",
        origin=Origin(source=reader.schema.source, file=file.name, row=reader.row.number, seen=seen),
        kind=kind,
        at=moment,
        text=text,
        product_id=reader.text("product"),
        quantity=max(1, int(abs(quantity))) if quantity is not None else 1,
        price=Price(amount=amount[0], currency=amount[1], seen=moment.date()) if amount else None,
        category=reader.text("category"),
    )
    return (event,)


def total_of(reader: RowReader) -> float | None:
    """What was paid or given back for all of the row, or None where the row does not say."""
    for column, cell in reader.cells("total"):
        try:
            return abs(amount_of(column, cell, reader.currency())[0])
        except (NoPriceError, QuantityError):
            continue
    return None


def _kind(reader: RowReader) -> EventKind | Literal["none"]:
    for role in _KIND_ROLES:
        for column, cell in reader.cells(role):
            meant = column.values.get(text_of(cell).casefold(), column.values.get("*"))
            if meant:
                return cast(EventKind, meant)  # `Column.values` has been checked to hold nothing else
            if role == "event":
                raise RowError(f"{text_of(cell)[:40]!r} is no kind of event that the schema knows")
    return reader.schema.event


def _amount(reader: RowReader) -> tuple[float, str] | None:
    """What one piece cost, or None where the row does not say."""
    quantity = leading_number(reader.cell("quantity")) or 1.0
    for role, share in _PAID:
        for column, cell in reader.cells(role):
            try:
                amount, currency = amount_of(column, cell, reader.currency())
            except NoPriceError:
                continue
            return (amount if share else round(amount / quantity, 2)), currency
    return None


_KIND_ROLES: tuple[Role, ...] = ("status", "event")
_PAID: tuple[tuple[Role, bool], ...] = (("price", True), ("total", False))
"""Roles that say what was paid, and whether for one piece or for all of the row."""
