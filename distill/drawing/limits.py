"""Limits on numbers as people set them: round figures in units they think in, just wide enough for a product.

What a limit means is left to `agent.plan`; a limit drawn here is bound there and checked before it counts.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import NamedTuple

from agent.plan import PlanNeed, PlanOp, number_text
from distill.phrasing.units import unit_words
from index.card import CardAttribute
from index.product import Attribute
from index.text.units import UnitError, convert

FEW_VALUES = 15
"""Different values up to which people name one of them ("24 inch") and do not bound it."""
_REACH = 0.3
"""Share of the category's numbers that a limit may leave beyond the product's own."""
_TELLING = 0.9
"""A limit that more of the known numbers meet says nothing."""
_SIZES = (0.3, 3000.0)
"""Figures that people say; outside they would take another unit."""


class Side(NamedTuple):
    """A limit's direction."""

    upper: bool
    strict: bool

    @property
    def op(self) -> PlanOp:
        """As a plan writes it."""
        if self.upper:
            return "<" if self.strict else "<="
        return ">" if self.strict else ">="


def draw_side(better: str, rng: Random) -> Side:
    """Most people bound what is bad; where neither end is, either."""
    upper = better == "low" if better and rng.random() < 0.97 else rng.random() < 0.5
    return Side(upper, strict=rng.random() < 0.45)


def limit_on(
    attribute: CardAttribute, has: Attribute, numbers: Sequence[float], side: Side, rng: Random
) -> PlanNeed | None:
    """A limit that the product's attribute meets; None where it would say nothing."""
    own = has.at_most if side.upper else has.at_least
    if own is None or has.unit != attribute.unit or own < 0:
        return None
    unit = _unit(own, attribute.unit, rng)
    edge = _edge(own, numbers, side, rng)
    whole = unit == attribute.unit and all(n.is_integer() for n in numbers[:50])
    figure = _round(_converted(edge, attribute.unit, unit), side, whole, rng)
    if figure is None or not _tells(figure, unit, attribute.unit, numbers, side):
        return None
    return PlanNeed(on=attribute.name, op=side.op, value=_value(figure, unit))


def price_limit(
    own: float, currency: str, numbers: Sequence[float], side: Side, rng: Random
) -> PlanNeed | None:
    """A limit on the price that is met by a product at `own`."""
    figure = _round(_edge(own, numbers, side, rng), side, whole=True, rng=rng)
    if figure is None or not _tells(figure, "", "", numbers, side):
        return None
    return PlanNeed(on="price", op=side.op, value=f"{number_text(figure)} {currency}")


def exact_of(attribute: CardAttribute, has: Attribute, numbers: Sequence[float]) -> PlanNeed | None:
    """The product's own number, where so few are offered that people name them."""
    if has.low is None or has.low != has.high or has.unit != attribute.unit or has.low <= 0:
        return None
    if len(set(numbers)) > FEW_VALUES or len(set(numbers)) < 2:
        return None
    return PlanNeed(on=attribute.name, op="=", value=_value(has.low, attribute.unit))


def _value(figure: float, unit: str) -> str:
    """A figure with its unit as a plan writes it."""
    return f"{number_text(figure)} {unit_words(unit).plain or unit}".strip()


def _unit(own: float, unit: str, rng: Random) -> str:
    """The unit in which the person thinks."""
    others = [
        each
        for each in unit_words(unit).other
        if own > 0 and _SIZES[0] <= _converted(own, unit, each) <= _SIZES[1]
    ]
    return rng.choice(others) if others and rng.random() < 0.35 else unit


def _converted(number: float, unit: str, to: str) -> float:
    """The number in another unit; negative where there is none such."""
    return number if unit == to else float(f"{number * _scale(unit, to):.12g}")


@lru_cache(maxsize=512)
def _scale(unit: str, to: str) -> float:
    """How many of the one are one of the other, for units that share their zero."""
    try:
        return convert(1.0, unit, to)
    except UnitError:
        return -1.0


def _edge(own: float, numbers: Sequence[float], side: Side, rng: Random) -> float:
    """A number of the category at or beyond the product's own."""
    beyond = [n for n in numbers if (n >= own if side.upper else n <= own)] or [own]
    reach = max(1, round(len(numbers) * _REACH * rng.random()))
    return beyond[:reach][-1] if side.upper else beyond[-reach:][0]


def _round(edge: float, side: Side, whole: bool, rng: Random) -> float | None:
    """A round figure at or beyond the edge; a strict one beyond it."""
    if edge <= 0:
        return None
    step = 10.0 ** math.floor(math.log10(edge)) * rng.choice((0.1, 0.1, 0.5, 0.5, 1.0))
    step = max(step, 1.0) if whole else step
    steps = edge / step
    count = math.ceil(steps - 1e-9) if side.upper else math.floor(steps + 1e-9)
    if side.strict and abs(count - steps) < 1e-9:
        count += 1 if side.upper else -1
    figure = float(f"{count * step:.6g}")
    return figure if figure > 0 else None


def _tells(figure: float, unit: str, stored: str, numbers: Sequence[float], side: Side) -> bool:
    """Whether the limit leaves something out."""
    limit = _converted(figure, unit, stored)
    met = sum(n <= limit if side.upper else n >= limit for n in numbers)
    return 0 < met <= _TELLING * len(numbers)
