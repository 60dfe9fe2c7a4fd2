"""Prices seen on a day, out of rows that name a product: one observation a row, or a whole history.

The row must lead to the product's id by the same identity as the product file; the product itself may be
imported before or after.
"""

from datetime import date
from pathlib import Path

from index.columns import Column
from index.importers.cells import day_of
from index.importers.faults import RowError
from index.importers.layout import RowReader, amount_of
from index.importers.rows import Cell
from index.product import Origin, Price, PriceObservation
from index.text.numerals import NoPriceError


def read_observations(reader: RowReader, file: Path, seen: date) -> tuple[PriceObservation, ...]:
    """Every price that a row tells; raises RowError where it tells none."""
    product_id = reader.product_id()
    prices = [*_history(reader), *_single(reader, reader.day("date") or seen)]
    if not prices:
        raise RowError("it holds no price")
    return tuple(
        PriceObservation(
            product_id=product_id,
            origin=Origin(
                source=reader.schema.source, file=file.name, row=reader.row.number, seen=price.seen
            ),
            price=price,
        )
        for price in prices
    )


def _history(reader: RowReader) -> list[Price]:
    """Prices of `[[day, amount], ...]`; days without an amount are left out."""
    currency = reader.currency()
    prices = []
    for column, cell in reader.cells("prices"):
        if not isinstance(cell, list):
            raise RowError("its price history is no list")
        for entry in cell:
            if not isinstance(entry, list) or len(entry) != 2:
                raise RowError("its price history is no list of days and amounts")
            day = day_of(entry[0], column.formats)
            if day and entry[1] is not None:
                prices.append(_price(column, entry[1], currency, day))
    return prices


def _single(reader: RowReader, day: date) -> list[Price]:
    return [_price(column, cell, reader.currency(), day) for column, cell in reader.cells("price")]


def _price(column: Column, cell: Cell, currency: str, day: date) -> Price:
    try:
        amount, found = amount_of(column, cell, currency)
    except NoPriceError as error:
        raise RowError(str(error)) from error
    if amount < 0:
        raise RowError(f"its price {amount:g} is below zero")
    return Price(amount=amount, currency=found, seen=day)
