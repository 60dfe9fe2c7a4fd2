"""What a page tells of each product, gathered from its things: cells, offers and reviews, not yet records.

A page lists more than it is about: what it only mentions, with a name and a picture, is no product here. The
variants of a group are offers of one product.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path

from index.columns import ColumnSchema
from index.importers.cells import leading_number
from index.importers.pages.addresses import absolute, host_of, is_front
from index.importers.pages.offers import offers_of
from index.importers.pages.things import Thing, within
from index.importers.rows import Cell
from index.product import Offer
from index.text.numerals import QuantityError

_PRODUCTS = frozenset({"Product", "ProductGroup", "ProductModel", "IndividualProduct", "SomeProducts"})
_MENTIONED = frozenset({"@name", "@image", "@description", "@category"})
"""What a page says of a product that it only points to."""
_MOST = 500
_MOST_REVIEWS = 500
_MOST_VALUES = 50
_NUMBERS = ("@gtin", "@gtin13", "@gtin12", "@gtin14", "@gtin8", "@isbn", "@sku", "@mpn")
_SEVERAL = ("attribute", "gtin", "image")
"""Roles of which a product may have several."""
_COUNTS = ("reviewCount", "ratingCount")


@dataclass(frozen=True)
class Telling:
    """What is told of one product."""

    cells: Mapping[str, Cell]
    """By the columns of the schema of saved pages; what the page names itself has no @."""
    offers: tuple[Offer, ...] = ()
    reviews: tuple[Thing, ...] = ()
    url: str = ""
    """The product's own address, where the page names one."""
    group: str = ""
    """What the page calls the group that this is a variant of."""

    @property
    def is_mention(self) -> bool:
        """Whether the page only points to the product."""
        return not (self.offers or self.reviews or self.cells.keys() - _MENTIONED)

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers that name the product."""
        return frozenset(item for column in _NUMBERS for item in _items(self.cells.get(column, [])))

    def with_blanks_from(self, other: "Telling") -> "Telling":
        """This, and what the other tells where this says nothing."""
        return Telling(
            {**other.cells, **self.cells},
            self.offers or other.offers,
            self.reviews or other.reviews,
            self.url or other.url,
            self.group or other.group,
        )


@dataclass(frozen=True)
class Setting:
    """What holds for the whole page."""

    schema: ColumnSchema
    page: str
    """The page's address, or empty."""
    seen: date
    trail: tuple[str, ...] = field(default=())
    """The path of categories that leads to the page."""


def tellings_of(things: Iterable[Thing], setting: Setting) -> tuple[Telling, ...]:
    """The products that things describe, mentions among them, each once and in the page's order."""
    described = list(within(things))
    setting = replace(setting, trail=_trail(described))
    made: list[Telling] = []
    variants = {id(variant) for thing in described for variant in thing.things("hasVariant")}
    for thing in _with_items_offered(described):
        if thing.kinds & _PRODUCTS and thing.text("name") and id(thing) not in variants:
            telling = _telling(thing, setting)
            place = next((n for n, earlier in enumerate(made) if _is_same(earlier, telling)), None)
            if place is None:
                made.append(telling)
            else:
                made[place] = _joined(made[place], telling, setting.schema)
        if len(made) >= _MOST:
            break
    return _with_loose_reviews(tuple(made), described)


def told(*syntaxes: tuple[Telling, ...]) -> tuple[Telling, ...]:
    """The products of a page, out of what each syntax tells, the most trusted first.

    A page that tells of one product in two syntaxes means the same one.
    """
    spoken = [meant for tellings in syntaxes if (meant := _meant(tellings))]
    if not spoken:
        return ()
    first, *others = spoken
    if len(first) > 1:
        return first
    (only,) = first
    for other in others:
        if len(other) == 1:
            only = only.with_blanks_from(other[0])
    return (only,)


def _meant(tellings: tuple[Telling, ...]) -> tuple[Telling, ...]:
    """Without mere mentions, but for a single one: that is what the page is about."""
    whole = tuple(telling for telling in tellings if not telling.is_mention)
    return whole or (tellings if len(tellings) == 1 else ())


def _telling(thing: Thing, setting: Setting) -> Telling:
    variants = tuple(thing.things("hasVariant"))[:_MOST]
    everyone = (thing, *variants)
    offers = (offer for each in everyone for offer in offers_of(each, setting.page, setting.seen))
    family = next(thing.things("isVariantOf"), thing)
    return Telling(
        _cells(everyone, setting),
        tuple(dict.fromkeys(offers)),
        tuple(review for each in everyone for review in each.things("review", "reviews"))[:_MOST_REVIEWS],
        absolute(thing.text("url"), setting.page),
        thing.text("inProductGroupWithID") or family.text("productGroupID"),
    )


def _cells(everyone: tuple[Thing, ...], setting: Setting) -> dict[str, Cell]:
    """The cells of a product; where its variants differ, of all of them."""
    thing = everyone[0]
    cells: dict[str, Cell] = {}
    for column, meaning in setting.schema.columns.items():
        whose = everyone if meaning.role in ("attribute", "gtin") else (thing,)
        values = [text for each in whose for text in _values(each, column.removeprefix("@"))]
        if values:
            cells[column] = _cell(values if meaning.role in _SEVERAL else values[:1])
    further: dict[str, list[str]] = {}
    for each in everyone:
        for fact in each.things("additionalProperty"):
            name = fact.text("name", "propertyID").lstrip("@ ")
            if name and (value := _quantity(fact)):
                further.setdefault(name, []).append(value)
    cells |= {name: _cell(values) for name, values in further.items()}
    cells |= _rating(thing)
    if setting.trail and "@category" not in cells:
        cells["@category"] = [name for name in setting.trail if name != cells.get("@name")]
    elif isinstance(path := cells.get("@category"), str) and ">" not in path and " / " in path:
        cells["@category"] = path.replace(" / ", " > ")
    return cells


def _values(thing: Thing, member: str) -> Iterator[str]:
    for value in thing.members.get(member, ()):
        text = value if isinstance(value, str) else _quantity(value) or value.called
        if text:
            yield text


def _quantity(thing: Thing) -> str:
    """The text of a QuantitativeValue or PropertyValue: "2.5 kg", "20-30 dB"; empty where it has no value."""
    low, high = thing.text("minValue"), thing.text("maxValue")
    value = thing.text("value") or (f"{low}-{high}" if low and high else low or high)
    code = thing.text("unitCode")
    unit = thing.text("unitText") or _unit_codes().get(code.upper(), "")
    return f"{value} {unit}".strip() if value else ""


def _rating(thing: Thing) -> dict[str, Cell]:
    rated = next(thing.things("aggregateRating"), None)
    if rated is None:
        return {}
    cells: dict[str, Cell] = {}
    stars = stars_of(rated)
    if stars is not None:
        cells["@rating"] = stars
    if count := rated.text(*_COUNTS):
        cells["@ratings"] = count
    return cells


def stars_of(rating: Thing) -> float | None:
    """A Rating on a scale to 5, or None where it is outside its own scale or no number."""
    try:
        value = leading_number(rating.text("ratingValue"))
        best = leading_number(rating.text("bestRating"))
    except QuantityError:
        return None
    if value is None:
        return None
    # Where no scale is named it ends at 5, as the vocabulary says; pages that forget theirs use 10 or 100.
    best = best or next((end for end in (5.0, 10.0, 100.0) if value <= end), 0.0)
    return round(value * 5 / best, 4) if 0 <= value <= best else None


def _with_items_offered(things: Iterable[Thing]) -> Iterator[Thing]:
    """The things, and a product that stands within its own offer with that offer."""
    for thing in things:
        yield thing
        if "Offer" in thing.kinds:
            bare = replace(thing, members={k: v for k, v in thing.members.items() if k != "itemOffered"})
            for item in thing.things("itemOffered"):
                if not item.members.get("offers"):
                    yield replace(item, members={**item.members, "offers": (bare,)})


def _is_same(first: Telling, second: Telling) -> bool:
    """Whether two descriptions on one page are of the same product."""
    if first.group and first.group == second.group:
        return True
    mine, its = first.numbers, second.numbers
    if mine and its:
        return bool(mine & its)
    if first.url and second.url and not mine and not its:
        return first.url == second.url
    return first.cells.get("@name") == second.cells.get("@name")


def _joined(first: Telling, second: Telling, schema: ColumnSchema) -> Telling:
    """Both as one; where variants of a group differ in what they are like, it is all of that."""
    joined = first.with_blanks_from(second)
    cells = dict(joined.cells)
    if first.group and first.group == second.group:
        for name in first.cells.keys() & second.cells.keys():
            if name not in schema.columns or schema.columns[name].role == "attribute":
                cells[name] = _cell((*_items(first.cells[name]), *_items(second.cells[name])))
    offers = tuple(dict.fromkeys((*first.offers, *second.offers)))
    return replace(joined, cells=cells, offers=offers)


def _cell(values: Iterable[str]) -> Cell:
    """Different values as one cell: a single one stands alone."""
    different = list(dict.fromkeys(values))[:_MOST_VALUES]
    return different[0] if len(different) == 1 else list(different)


def _items(cell: Cell) -> list[str]:
    return [str(item) for item in (cell if isinstance(cell, list) else [cell])]


def _with_loose_reviews(tellings: tuple[Telling, ...], things: Iterable[Thing]) -> tuple[Telling, ...]:
    """Reviews that stand beside the only product and say that they are of one."""
    if len(tellings) != 1:
        return tellings
    loose = (
        thing
        for thing in things
        if "Review" in thing.kinds and any(item.kinds & _PRODUCTS for item in thing.things("itemReviewed"))
    )
    (only,) = tellings
    reviews = dict.fromkeys(map(id, only.reviews))
    further = tuple(review for review in loose if id(review) not in reviews)
    return (replace(only, reviews=(*only.reviews, *further)[:_MOST_REVIEWS]),)


def _trail(things: Iterable[Thing]) -> tuple[str, ...]:
    """The categories of the page's first trail of breadcrumbs, without the front page."""
    for thing in things:
        if "BreadcrumbList" in thing.kinds:
            steps = sorted(thing.things("itemListElement"), key=lambda step: _place(step.text("position")))
            return tuple(name for step in steps if (name := _step(step)))
    return ()


def _step(step: Thing) -> str:
    address = step.text("item", "url")
    target = next((item.text("@id", "url", "id") for item in step.things("item")), "") or address
    name = step.text("name") or next((item.text("name") for item in step.things("item")), "")
    return "" if host_of(target) and is_front(target) else name


def _place(position: str) -> float:
    try:
        return float(position)
    except ValueError:
        return 0.0


@cache
def _unit_codes() -> Mapping[str, str]:
    return tomllib.loads(Path(__file__).with_name("unit_codes.toml").read_text(encoding="utf-8"))
