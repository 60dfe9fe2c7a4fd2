"""One view of a thing of which several records tell: one leads, the others fill in what it leaves open.

Nothing is averaged and nothing chosen by guess: what records say differently is listed beside the view.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from index.product import Attribute, Offer, Product
from index.text.units import UnitError, convert

Field = TypeVar("Field")

SLACK = 0.01
"""Share by which two numbers may differ and still say the same: sources round."""


class Difference(NamedTuple):
    """An attribute of which the records of one thing say different things."""

    name: str
    said: tuple[tuple[str, Attribute], ...]
    """Source and what it says, the leading record's first."""


def merged(lead: Product, others: Sequence[Product]) -> Product:
    """The leading record with every offer, and with what only others give; its own word stands first."""
    if not others:
        return lead
    every = (lead, *others)
    attributes = {a.name: a for product in reversed(every) for a in reversed(product.attributes)}
    own = [a.name for a in lead.attributes]
    ordered = dict.fromkeys((*own, *(a.name for product in others for a in product.attributes)))
    rated = next((p for p in every if p.rating is not None), lead)
    return lead.model_copy(
        update={
            "attributes": tuple(attributes[name] for name in ordered),
            "offers": tuple(dict.fromkeys(offer for product in every for offer in _offers(product))),
            "rating": rated.rating,
            "rating_count": rated.rating_count,
            "brand": _first([p.brand for p in every]),
            "gtin": tuple(dict.fromkeys(number for product in every for number in product.gtin)),
            "mpn": _first([p.mpn for p in every]),
            "asin": _first([p.asin for p in every]),
            "description": _first([p.description for p in every]),
            "bullets": next((p.bullets for p in every if p.bullets), ()),
            "images": next((p.images for p in every if p.images), ()),
        }
    )


def differences(products: Sequence[Product]) -> tuple[Difference, ...]:
    """What the records of one thing say differently, in the order of the first record's attributes."""
    said: dict[str, list[tuple[str, Attribute]]] = {}
    for product in products:
        for attribute in product.attributes:
            said.setdefault(attribute.name, []).append((product.origin.source, attribute))
    return tuple(
        Difference(name, tuple(each))
        for name, each in said.items()
        if any(not agree(each[0][1], other) for _, other in each[1:])
    )


def agree(one: Attribute, other: Attribute) -> bool:
    """Whether two values do not speak against each other; of two kinds they say nothing of each other."""
    if one.flag is not None and other.flag is not None:
        return one.flag == other.flag
    mine, its = _range(one), _range(other)
    if mine and its:
        return _overlap(mine, one.unit, its, other.unit)
    if one.words and other.words:
        return {*one.words} <= {*other.words} or {*other.words} <= {*one.words}
    return True


def _overlap(mine: tuple[float, float], one_unit: str, its: tuple[float, float], unit: str) -> bool:
    """Whether two ranges meet, give or take what sources round; units that do not convert say nothing."""
    try:
        low, high = (convert(end, unit, one_unit) for end in its)
    except UnitError:
        return True
    slack = SLACK * max(map(abs, (*mine, low, high)))
    return low <= mine[1] + slack and mine[0] <= high + slack


def _range(attribute: Attribute) -> tuple[float, float] | None:
    low, high = attribute.low, attribute.high
    return None if low is None or high is None else (low, high)


def _offers(product: Product) -> list[Offer]:
    """The record's offers, by a seller's name where one stands, else by the source's."""
    source = product.origin.source
    return [o if o.seller else o.model_copy(update={"seller": source}) for o in product.offers]


def _first(texts: Sequence[str]) -> str:
    return next(filter(None, texts), "")
