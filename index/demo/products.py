"""Draws a shop's products: lines, variants, hidden qualities and the attributes that follow from them.

A drawn product (`Sketch`) is complete and true. What the listing leaves out, how it words the rest and what
it costs over time is left to `text` and `prices`.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random

from index.demo.grammar import Slot
from index.demo.spec import AttributeSpec, BrandSpec, Case, CategorySpec, WorldSpec

_PLURAL = re.compile(r"^(1[ -][a-z]+)s\b")

EVERYWHERE = "any"
"""The group of brands that sell in every category."""


@dataclass(frozen=True)
class Value:
    """The true value of one attribute: numbers, or a text ("yes" and "no" for flags)."""

    low: float = 0
    high: float = 0
    text: str = ""
    applies: bool = True
    """False where a product of this kind has no such attribute."""


@dataclass(frozen=True)
class Sketch:
    """A product as it really is."""

    id: str
    category: CategorySpec
    brand: BrandSpec
    line: str
    code: str
    tier: float
    qualities: Mapping[str, float]
    """Aspect name to 0 (bad) to 1 (good)."""
    values: Mapping[str, Value]
    price: float
    """What it should cost at the end of the price history."""
    popularity: float

    @property
    def truths(self) -> dict[str, str]:
        """Text and yes/no values, for the guards of the grammar."""
        return {name: value.text for name, value in self.values.items() if value.text}

    def slots(self) -> dict[str, Slot]:
        """Every attribute as people speak of it."""
        specs = {a.name: a for a in self.category.attributes}
        return {name: _spoken(specs[name], value) for name, value in self.values.items()}


def draw_category(world: WorldSpec, category: CategorySpec, count: int, rng: Random) -> Iterator[Sketch]:
    """Draw `count` products of one category, line by line."""
    brands = [b for b in world.brands if category.group in b.groups or EVERYWHERE in b.groups]
    names = {b.name: list(world.styles[b.style]) for b in brands}
    for free in names.values():
        rng.shuffle(free)
    drawn = 0
    while drawn < count:
        brand = rng.choices(
            brands, [b.weight * (1.0 if EVERYWHERE not in b.groups else 0.45) for b in brands]
        )[0]
        line = names[brand.name].pop() if names[brand.name] else _model_code(rng)
        for sketch in _draw_line(category, brand, line, rng):
            if drawn == count:
                return
            drawn += 1
            yield _numbered(world.shop.source, sketch, drawn)


def number_text(value: float) -> str:
    """A number as people write it: no needless zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def number_span(value: Value) -> str:
    """A number or a range as people write it."""
    if value.low == value.high:
        return number_text(value.low)
    joint = " to " if value.low < 0 else "–"
    return f"{number_text(value.low)}{joint}{number_text(value.high)}"


def _numbered(source: str, sketch: Sketch, number: int) -> Sketch:
    return replace(sketch, id=f"{source}:{sketch.category.code}-{number:03d}")


def _draw_line(category: CategorySpec, brand: BrandSpec, line: str, rng: Random) -> Iterator[Sketch]:
    tier = _clamp(rng.gauss(brand.tier, 0.13))
    qualities = {name: _quality(name, brand, tier, rng) for name in category.aspects}
    values = _draw_values(category.attributes, tier, qualities, rng)
    popularity = rng.lognormvariate(0, 1.0)
    code = _model_code(rng)
    for index in range(rng.choices((1, 2, 3, 4), (45, 30, 17, 8))[0]):
        varied = values if index == 0 else _vary(category.attributes, values, tier, qualities, rng)
        drift = {n: _clamp(q + rng.gauss(0, 0.03 * index)) for n, q in qualities.items()}
        price = _price(category, tier, varied, rng)
        yield Sketch(
            id="",
            category=category,
            brand=brand,
            line=line,
            code=f"{code}{'ABCD'[index] if index else ''}",
            tier=tier,
            qualities=_with_value(drift, tier, price, category),
            values=varied,
            price=price,
            popularity=popularity * rng.uniform(0.4, 1.3),
        )


def _quality(name: str, brand: BrandSpec, tier: float, rng: Random) -> float:
    character = 0.16 * (name in brand.good) - 0.2 * (name in brand.bad)
    return _clamp(0.57 + 0.3 * (tier - 0.5) + character + rng.gauss(0, 0.19))


def _with_value(
    qualities: dict[str, float], tier: float, price: float, category: CategorySpec
) -> dict[str, float]:
    """Value for money is what the other qualities leave over after the price."""
    if "value" not in qualities:
        return qualities
    others = [q for name, q in qualities.items() if name != "value"]
    low, high = category.price
    dearness = (math.log(price) - math.log(low)) / (math.log(high) - math.log(low))
    surplus = sum(others) / len(others) - 0.57 - 0.25 * (dearness - 0.45)
    return qualities | {"value": _clamp(0.58 + 1.6 * surplus - 0.1 * (tier - 0.5))}


def _draw_values(
    specs: tuple[AttributeSpec, ...], tier: float, qualities: Mapping[str, float], rng: Random
) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for spec in specs:
        values[spec.name] = _draw_value(spec, values, tier, qualities, rng)
    return values


def _vary(
    specs: tuple[AttributeSpec, ...],
    first: Mapping[str, Value],
    tier: float,
    qualities: Mapping[str, float],
    rng: Random,
) -> dict[str, Value]:
    """A variant of a line: its varying attributes are drawn anew, and what depends on those."""
    values: dict[str, Value] = {}
    changed: set[str] = set()
    for spec in specs:
        if spec.variant or any(case.attribute in changed for case in spec.by):
            values[spec.name] = _draw_value(spec, values, tier, qualities, rng)
            if values[spec.name] != first[spec.name]:
                changed.add(spec.name)
        else:
            values[spec.name] = first[spec.name]
    return values


def _draw_value(
    spec: AttributeSpec, known: Mapping[str, Value], tier: float, qualities: Mapping[str, float], rng: Random
) -> Value:
    case = next((c for c in spec.by if _value_text(known[c.attribute]) == c.value), None)
    if case and case.absent:
        return Value(applies=False)
    source = tier if spec.drive == "tier" else qualities.get(spec.drive, rng.random())
    drive = _clamp(spec.pull * source + (1 - spec.pull) * rng.random())
    if spec.kind == "flag":
        low, high = case.chance if case and case.chance else spec.chance
        return Value(text="yes" if rng.random() < low + (high - low) * drive else "no")
    if spec.kind == "text":
        return Value(text=_pick_text(spec, case, drive, rng))
    return _draw_number(spec, case, drive, rng)


def _pick_text(spec: AttributeSpec, case: Case | None, drive: float, rng: Random) -> str:
    weights = case.values if case and case.values else spec.values
    names = list(weights)
    if not spec.graded or len(names) == 1:
        return rng.choices(names, list(weights.values()))[0]
    at = [i / (len(names) - 1) for i in range(len(names))]
    near = [w * math.exp(-((p - drive) ** 2) / 0.06) for p, w in zip(at, weights.values(), strict=True)]
    return rng.choices(names, near)[0]


def _draw_number(spec: AttributeSpec, case: Case | None, drive: float, rng: Random) -> Value:
    choices = case.choices if case and case.choices else spec.choices
    if choices:
        index = round(drive * (len(choices) - 1) + rng.gauss(0, 0.6))
        number = choices[min(max(index, 0), len(choices) - 1)]
        return Value(number, number)
    start, end = case.range if case and case.range else spec.range or (0, 1)
    low = _stepped(start + (end - start) * drive, spec.step)
    return Value(low, _stepped(low + rng.uniform(*spec.width), spec.step))


def _price(category: CategorySpec, tier: float, values: Mapping[str, Value], rng: Random) -> float:
    low, high = (math.log(p) for p in category.price)
    logarithm = low + (high - low) * (0.08 + 0.72 * tier) + rng.gauss(0, 0.09)
    for spec in category.attributes:
        logarithm += _worth(spec, values[spec.name])
    return min(max(math.exp(logarithm), category.price[0] * 0.7), category.price[1] * 1.5)


def _worth(spec: AttributeSpec, value: Value) -> float:
    if not value.applies:
        return 0.0
    if value.text:
        return spec.dear.get(value.text, spec.worth if value.text == "yes" else 0.0)
    ends = spec.range or (spec.choices[0], spec.choices[-1])
    return spec.worth * (_clamp((value.high - ends[0]) / ((ends[1] - ends[0]) or 1)) - 0.5)


def _spoken(spec: AttributeSpec, value: Value) -> Slot:
    if spec.kind == "text":
        return " ".join(map(_uncapitalized, value.text.split(" ")))
    if spec.kind == "flag":
        return value.text
    if value.low != value.high:
        return spec.spoken.replace("{}", number_span(value))

    def scaled(_: Random, factor: float) -> str:
        number = value.low * factor
        digits = 1 if abs(number) < 10 and (spec.step < 1 or factor != 1) else 0
        text = number_text(round(number, digits) if factor != 1 else number)
        spoken = spec.spoken.replace("{}", text)
        return _PLURAL.sub(r"\1", spoken).replace("1 people", "1 person") if text == "1" else spoken

    return scaled


def _uncapitalized(word: str) -> str:
    """The word in the middle of a sentence; sizes and abbreviations keep their capitals."""
    return word if word.isupper() or sum(map(str.isupper, word)) > 1 else word.lower()


def _value_text(value: Value) -> str:
    return value.text or number_text(value.low)


def _stepped(number: float, step: float) -> float:
    return round(round(number / step) * step, 4)


def _model_code(rng: Random) -> str:
    letters = "".join(rng.choice("ABCDEFHKLMNPRSTVWXZ") for _ in range(rng.choice((1, 2, 2, 3))))
    return f"{letters}{rng.choice(('', '-'))}{rng.choice((rng.randint(10, 99), rng.randint(100, 980)))}"


def _clamp(value: float) -> float:
    return min(max(value, 0.0), 1.0)
