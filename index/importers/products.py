"""Products out of rows, as a column schema says."""

import re
from datetime import date
from pathlib import Path

from index.columns import split_category
from index.importers.cells import leading_number, text_of, texts_of
from index.importers.faults import RowError
from index.importers.layout import RowReader, amount_of
from index.importers.pictures import image_of
from index.product import Offer, Origin, Price, Product
from index.text.numerals import NoPriceError
from index.text.sanitize import TEXT_LIMIT, TITLE_LIMIT, plain_lines, plain_url

_MAX_BULLETS = 40
MAX_IMAGES = 20
_AVAILABLE = {
    "1": "in stock",
    "yes": "in stock",
    "true": "in stock",
    "instock": "in stock",
    "0": "out of stock",
    "no": "out of stock",
    "false": "out of stock",
    "outofstock": "out of stock",
    "soldout": "out of stock",
    "preorder": "preorder",
    "backorder": "backorder",
    "onbackorder": "backorder",
}
_GTIN_LENGTHS = (8, 12, 13, 14)


def read_product(reader: RowReader, file: Path, seen: date) -> tuple[Product, ...]:
    """The product of one row, none where it is none by its own account; raises RowError or QuantityError."""
    if _is_none(reader):
        return ()
    title = text_of(reader.cell("title"), TITLE_LIMIT)
    if not title:
        raise RowError("it has no title")
    seen = reader.day("date") or seen
    count = leading_number(reader.cell("rating_count"))
    product = Product(
        id=reader.product_id(),
        origin=Origin(source=reader.schema.source, file=file.name, row=reader.row.number, seen=seen),
        title=title,
        brand=_brand(reader, title),
        gtin=tuple(g for _, cell in reader.cells("gtin") for g in map(_gtin, texts_of(cell, ",")) if g),
        mpn=reader.text("mpn"),
        sku=reader.text("sku"),
        asin=reader.text("asin"),
        category=_category(reader),
        attributes=reader.attributes(),
        offers=_offers(reader, seen),
        rating=reader.rating(),
        rating_count=max(0, int(count)) if count is not None else None,
        description=plain_lines(reader.joined("description"), TEXT_LIMIT),
        bullets=_bullets(reader),
        images=images_of(reader, file.parent),
    )
    return (product,)


def _is_none(reader: RowReader) -> bool:
    """Whether the row's status says that it is no offer (a draft, something sold elsewhere)."""
    for column, cell in reader.cells("status"):
        meant = column.values.get(text_of(cell).casefold(), column.values.get("*"))
        if meant == "none":
            return True
    return False


def _brand(reader: RowReader, title: str) -> str:
    brand = reader.text("brand")
    if brand:
        return brand
    first = title.split(maxsplit=1)[0]
    folded = f"{title.casefold()} "
    for known in reader.layout.brands.get(first.casefold(), ()):
        if folded.startswith(f"{known.casefold()} "):
            return known
    return first if reader.schema.brand.first_word else ""


def _category(reader: RowReader) -> tuple[str, ...]:
    schema = reader.schema
    special = schema.categories.get(reader.written_category)
    if special and special.path:
        return special.path
    cell = reader.cell("category")
    separator = schema.category_separator
    if not isinstance(cell, list) and not schema.category_list:
        return split_category(reader.written_category, separator) or schema.category
    items = texts_of(cell, schema.category_list)
    if schema.category_list:
        return max((split_category(item, separator) for item in items), key=len, default=schema.category)
    # A list is a path; of a list of paths the deepest says most.
    paths = [split_category(item, separator) for item in items if separator and separator in item]
    return max(paths, key=len) if paths else items


def _availability(reader: RowReader) -> str:
    written = re.sub(r"^https?://schema\.org/", "", reader.text("availability")).replace("_", " ")
    return _AVAILABLE.get(re.sub(r"[\W_]", "", written.casefold()), written)


def _offers(reader: RowReader, seen: date) -> tuple[Offer, ...]:
    currency = reader.currency()
    asked: list[tuple[float, str]] = []
    for role in ("price", "was"):
        for column, cell in reader.cells(role):
            if not reader.is_in_force(column, seen):
                continue
            try:
                asked.append(amount_of(column, cell, currency))
            except NoPriceError:
                reader.layout.note_no_price(cell)  # "call us" is no price, and no fault of the row
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
        availability=_availability(reader),
        was=was if was > amount else None,
    )
    return (offer,)


def _bullets(reader: RowReader) -> tuple[str, ...]:
    lines = plain_lines(reader.joined("bullets")).splitlines()
    return tuple(filter(None, (line.lstrip("•·*- ").strip() for line in lines)))[:_MAX_BULLETS]


def images_of(reader: RowReader, folder: Path) -> tuple[str, ...]:
    """What of a row's images is kept, for a file in this folder, which is resolved."""
    written = (text for _, cell in reader.cells("image") for text in texts_of(cell, ", "))
    return tuple(filter(None, (image_of(text, folder) for text in written)))[:MAX_IMAGES]


def _gtin(text: str) -> str:
    """The number where its length and check digit are right, else nothing: typos must not join products."""
    digits = re.sub(r"[\s\-']", "", text)
    if len(digits) not in _GTIN_LENGTHS or not (digits.isascii() and digits.isdigit()):
        return ""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return digits if total % 10 == 0 else ""
