"""One product out of the rows of its variants: an offer for each that has a price, and every option's value.

A variant takes over what it leaves blank from the product's own row, or else from the first one.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain, islice
from pathlib import Path

from index.columns import Column, Role, attribute_name
from index.importers.cells import is_missing, number_text, text_of
from index.importers.families import Family, Options
from index.importers.faults import RowError
from index.importers.layout import Layout, RowReader
from index.importers.products import MAX_IMAGES, read_product
from index.importers.rows import Row
from index.product import Attribute, Product
from index.text.numerals import QuantityError
from index.text.sanitize import plain
from index.text.units import UnitError

_ID_LIMIT = 120
_VALUE_LIMIT = 200
_RAW_LIMIT = 400
_MOST_VALUES = 100
_MOST_DIFFERING = 8
_OWN: frozenset[Role] = frozenset(
    {"id", "price", "was", "prices", "total", "sku", "gtin", "mpn", "asin", "availability", "image"}
)
"""What a variant does not take over."""


class FamilyReader:
    """Reads the families of a file with variants."""

    def __init__(self, layout: Layout, file: Path, seen: date) -> None:
        self._layout = layout
        self._file = file
        self._seen = seen
        variants = layout.schema.variants
        self._no_option = {value.casefold() for value in variants.no_option} if variants else set()
        columns = layout.schema.columns.items()
        self._own = {name for name, column in columns if column.option or column.role in _OWN}

    def id_of(self, family: Family) -> str:
        """The id of the family's product: its own row's, else made from what its variants share."""
        if family.parent is not None:
            return self._layout.read(family.parent).product_id()
        return f"{self._layout.schema.about}:{plain(family.key, _ID_LIMIT)}"

    def read(self, family: Family, reject: Callable[[Row, str], None]) -> tuple[Product, ...]:
        """The product of a family, none where none of its rows can be read; the others are rejected alone."""
        first = self._described(family)
        told: list[tuple[Product, Options]] = []
        for row in family.rows:
            try:
                reader = self._layout.read(row if row is first else self._completed(row, first))
                (product,) = read_product(reader, self._file, self._seen) or (None,)
            except (RowError, QuantityError, UnitError) as error:
                reject(row, str(error))
                continue
            if product is not None:
                listed = family.options.get(row.number, ())
                told.append((product, () if row is family.parent else listed or self._options_of(reader)))
        if not told:
            return ()
        told.sort(key=lambda each: each[0].origin.row != first.number)
        return (_merged(self.id_of(family), told),)

    def _described(self, family: Family) -> Row:
        """The row from which the others take over: the product's own, else the first with a title."""
        titles = tuple(self._layout.schema.with_roles("title"))
        titled = (row for row in family.rows if any(not is_missing(row.cells.get(name)) for name in titles))
        return family.parent or next(titled, family.rows[0])

    def _completed(self, row: Row, first: Row) -> Row:
        cells = dict(row.cells)
        for name, cell in first.cells.items():
            own = name in self._own or self._layout.unfolding.is_paired_value(name)
            if not own and is_missing(cells.get(name)):
                cells[name] = cell
        return replace(row, cells=cells)

    def _options_of(self, reader: RowReader) -> Options:
        cells = reader.row.cells
        told = (
            (reader.columns.get(name, _PLAIN), name, plain(text_of(cells.get(name)), _VALUE_LIMIT))
            for name in reader.row.options
        )
        return tuple(
            (attribute_name(column.name or name), value)
            for column, name, value in told
            if value and column.role == "attribute" and value.casefold() not in self._no_option
        )


def _merged(product_id: str, told: Sequence[tuple[Product, Options]]) -> Product:
    """The first product with the offers, pictures, numbers and options of all."""
    products = [product for product, _ in told]
    first = products[0]
    rated = next((product for product in products if product.rating is not None), first)
    differing = _differing(told)
    offers = [
        offer.model_copy(update={"options": _of_variant(product, options, differing)})
        for product, options in told
        for offer in product.offers
    ]
    # The product's own row repeats the price of one of its variants.
    offers = [offer for offer in offers if offer.options] or offers
    return first.model_copy(
        update={
            "id": product_id,
            "attributes": _attributes(told, differing),
            "offers": tuple(dict.fromkeys(offers)),
            "gtin": tuple(dict.fromkeys(chain.from_iterable(p.gtin for p in products))),
            "images": tuple(dict.fromkeys(chain.from_iterable(p.images for p in products)))[:MAX_IMAGES],
            "rating": rated.rating,
            "rating_count": rated.rating_count,
            "description": next((p.description for p in products if p.description), ""),
            "bullets": next((p.bullets for p in products if p.bullets), ()),
        }
    )


def _differing(told: Sequence[tuple[Product, Options]]) -> frozenset[str]:
    """Attributes in which variants differ beside their options, the first few."""
    variants = [product for product, options in told if options]
    options = {name for _, listed in told for name, _ in listed}
    raws: dict[str, set[str]] = {}
    for product in variants:
        for attribute in product.attributes:
            raws.setdefault(attribute.name, set()).add(attribute.raw)
    differ = (name for name, said in raws.items() if len(said) > 1 and name not in options)
    return frozenset(islice(differ, _MOST_DIFFERING))


def _of_variant(product: Product, options: Options, differing: Collection[str]) -> Options:
    """What tells a variant from the others: its options, then what else it says differently."""
    said = ((a.name, plain(_said(a), _VALUE_LIMIT)) for a in product.attributes if a.name in differing)
    return (*options, *said) if options else ()


def _said(attribute: Attribute) -> str:
    """What a variant says of itself, with the unit that its column gives a bare number."""
    if attribute.low is None or attribute.low != attribute.high or not attribute.unit:
        return attribute.raw
    return f"{number_text(attribute.low)} {attribute.unit}"


def _attributes(told: Sequence[tuple[Product, Options]], differing: Collection[str]) -> tuple[Attribute, ...]:
    """The first product's attributes, then what only others have; of what differs the values of all."""
    made: dict[str, Attribute] = {}
    values: dict[str, list[Attribute]] = {name: [] for _, options in told for name, _ in options}
    values |= {name: [] for name in differing}
    for product, options in told:
        for attribute in product.attributes:
            made.setdefault(attribute.name, attribute)
            if attribute.name in values and (options or attribute.name not in differing):
                values[attribute.name].append(attribute)
        for name, value in options:
            if product.attribute(name) is None:
                attribute = Attribute(name=name, raw=value, words=(value.casefold(),))
                made.setdefault(name, attribute)
                values[name].append(attribute)
    return tuple(
        _together(values[name], numbers=name in differing) if values.get(name) else each
        for name, each in made.items()
    )


def _together(attributes: Sequence[Attribute], *, numbers: bool) -> Attribute:
    """One attribute that holds every value, `numbers` as a range; the only one as it is."""
    if len({attribute.raw for attribute in attributes}) == 1:
        return attributes[0]
    raw = plain(", ".join(dict.fromkeys(attribute.raw for attribute in attributes)), _RAW_LIMIT)
    ends = [(a.low, a.high) for a in attributes if a.low is not None and a.high is not None]
    if numbers and len(ends) == len(attributes) and len({attribute.unit for attribute in attributes}) == 1:
        low, high = min(low for low, _ in ends), max(high for _, high in ends)
        return attributes[0].model_copy(update={"raw": raw, "low": low, "high": high, "judged": "any"})
    values: dict[str, str] = {}
    for attribute in attributes:
        for value in attribute.raw.split(", "):
            values.setdefault(value.casefold(), value)
    return Attribute(
        name=attributes[0].name,
        raw=plain(", ".join(values.values()), _RAW_LIMIT),
        words=tuple(values)[:_MOST_VALUES],
    )


_PLAIN = Column()
