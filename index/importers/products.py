"""Products out of rows, as a column schema says."""

import re
from collections.abc import Mapping
from datetime import date

from index.columns import Column, ColumnSchema, Role, split_category
from index.importers.attributes import attributes_of
from index.importers.cells import day_of, is_missing, leading_number, number_of, text_of, texts_of
from index.importers.faults import RowError
from index.importers.identity import product_id
from index.importers.rows import Cell, Row
from index.money import currency_code, parse_price
from index.numerals import NoPriceError
from index.product import Offer, Origin, Price, Product
from index.sanitize import TEXT_LIMIT, TITLE_LIMIT, plain_lines, plain_url

_MAX_BULLETS = 40
_MAX_IMAGES = 20
_NEGATIVE = re.compile(r"[\s'\"(]*[^\w\s]{0,3}\s*[-\u2212]\s*[^\w\s]{0,3}\s*\d")
_GTIN_LENGTHS = (8, 12, 13, 14)


class RowReader:
    """One row with its schema: finds cells by what they mean."""

    def __init__(self, schema: ColumnSchema, row: Row) -> None:
        self.schema = schema
        self.row = row
        named = next((row.cells[name] for name in schema.with_roles("category") if name in row.cells), None)
        self.written_category = text_of(named)
        self.columns: Mapping[str, Column] = schema.columns_of(self.written_category)

    def cells(self, role: Role) -> list[tuple[Column, Cell]]:
        """The filled cells of a role, in the schema's order."""
        return [
            (self.columns[name], self.row.cells[name])
            for name in self.schema.with_roles(role)
            if not is_missing(self.row.cells.get(name))
        ]

    def cell(self, role: Role) -> Cell:
        """The first filled cell of a role, or None."""
        return next((cell for _, cell in self.cells(role)), None)

    def text(self, role: Role) -> str:
        """The first filled cell of a role as inert text, or nothing."""
        return text_of(self.cell(role))

    def day(self, role: Role) -> date | None:
        """The first filled cell of a role as a day, or None."""
        return next((day_of(cell, column.formats) for column, cell in self.cells(role)), None)

    def product_id(self) -> str:
        """The id of the product that the row is about."""
        return product_id(self.schema, self.row.cells, self.columns)

    def currency(self) -> str:
        """ISO code that the row or the schema says; empty where neither does."""
        return currency_code(self.text("currency"), self.schema.currency)

    def amount(self, column: Column, cell: Cell, currency: str) -> tuple[float, str]:
        """Amount and currency of a price cell; raises NoPriceError where it holds none."""
        if isinstance(cell, str):
            amount, found = parse_price(cell, currency, column.decimal)
            return (-amount if _NEGATIVE.match(cell) else amount), found
        number = number_of(cell)
        if number is None or not currency:
            raise NoPriceError("the price names no currency")
        return number, currency

    def rating(self) -> float | None:
        """Rating on a scale to 5; raises RowError where it lies outside its scale."""
        for column, cell in self.cells("rating"):
            rating = leading_number(cell)
            if rating is None:
                continue
            if not 0 <= rating <= column.scale:
                raise RowError(f"its rating {text_of(cell)[:40]} is not between 0 and {column.scale:g}")
            return round(rating * 5 / column.scale, 4)
        return None


def read_product(schema: ColumnSchema, row: Row, file: str, seen: date) -> Product:
    """The product of one row; raises RowError or QuantityError where the row cannot be one."""
    reader = RowReader(schema, row)
    title = text_of(reader.cell("title"), TITLE_LIMIT)
    if not title:
        raise RowError("it has no title")
    seen = reader.day("date") or seen
    count = leading_number(reader.cell("rating_count"))
    return Product(
        id=reader.product_id(),
        origin=Origin(source=schema.source, file=file, row=row.number, seen=seen),
        title=title,
        brand=_brand(reader, title),
        gtin=tuple(g for _, cell in reader.cells("gtin") for g in map(_gtin, texts_of(cell, ",")) if g),
        mpn=reader.text("mpn"),
        sku=reader.text("sku"),
        asin=reader.text("asin"),
        category=_category(reader),
        attributes=attributes_of(row.cells, reader.columns),
        offers=_offers(reader, seen),
        rating=reader.rating(),
        rating_count=max(0, int(count)) if count is not None else None,
        description=plain_lines(_joined(reader, "description"), TEXT_LIMIT),
        bullets=_bullets(reader),
        images=tuple(
            filter(None, (plain_url(u) for _, c in reader.cells("image") for u in texts_of(c, ", ")))
        )[:_MAX_IMAGES],
    )


def _brand(reader: RowReader, title: str) -> str:
    brand = reader.text("brand")
    if brand:
        return brand
    folded = title.casefold()
    for known in reader.schema.brand.known:
        if folded == known.casefold() or folded.startswith(known.casefold() + " "):
            return known
    return title.split()[0] if reader.schema.brand.first_word else ""


def _category(reader: RowReader) -> tuple[str, ...]:
    schema = reader.schema
    special = schema.categories.get(reader.written_category)
    if special and special.path:
        return special.path
    cell = reader.cell("category")
    if isinstance(cell, list):
        return texts_of(cell)
    return split_category(reader.written_category, schema.category_separator) or schema.category


def _offers(reader: RowReader, seen: date) -> tuple[Offer, ...]:
    currency = reader.currency()
    asked: list[tuple[float, str]] = []
    for role in ("price", "was"):
        for column, cell in reader.cells(role):
            try:
                asked.append(reader.amount(column, cell, currency))
            except NoPriceError:
                continue  # "call us" is no price, and no fault of the row
    if not asked:
        return ()
    amount, found = asked[0]
    if amount < 0:
        raise RowError(f"its price {amount:g} is below zero")
    was = max((other for other, code in asked if code == found), default=amount)
    offer = Offer(
        price=Price(amount=amount, currency=found, seen=seen),
        seller=reader.text("seller"),
        url=plain_url(reader.text("url")),
        availability=reader.text("availability").replace("_", " "),
        was=was if was > amount else None,
    )
    return (offer,)


def _joined(reader: RowReader, role: Role) -> str:
    return "\n".join(
        "\n".join(map(str, cell)) if isinstance(cell, list) else str(cell) for _, cell in reader.cells(role)
    )


def _bullets(reader: RowReader) -> tuple[str, ...]:
    lines = (line for line in plain_lines(_joined(reader, "bullets")).splitlines())
    return tuple(filter(None, (line.lstrip("•·*- ").strip() for line in lines)))[:_MAX_BULLETS]


def _gtin(text: str) -> str:
    """The number where its length and check digit are right, else nothing: typos must not join products."""
    digits = re.sub(r"[\s\-']", "", text)
    if len(digits) not in _GTIN_LENGTHS or not (digits.isascii() and digits.isdigit()):
        return ""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return digits if total % 10 == 0 else ""
