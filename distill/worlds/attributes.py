"""Attributes and sides of random goods: measured ones with real units, words, grades, and yes or no.

Their names are everyday words mixed anew, or invented. Categories and shops are left to `draw`.
"""

import math
from collections.abc import Callable, Sequence
from random import Random
from typing import Literal, TypeVar

from distill.worlds.words import Coiner, Measure, read_texts, read_words
from index.demo.spec import AspectSpec, AttributeSpec, Case
from index.text.units import spellings_of

Item = TypeVar("Item")

INVENTED = 0.35
"""Share of names, values and adjectives that stand in no dictionary."""
TIMES = (1.8, 6.0)
"""How often the lower end of a category's numbers goes into the upper."""
NARROW = (1.25, 1.6)
STEPS = 60
"""Different numbers that an attribute may take, at most."""


def draw_attributes(sides: Sequence[str], rng: Random) -> tuple[AttributeSpec, ...]:
    """Six to twelve attributes of a category whose own sides are these; all kinds are among them."""
    coiner, bank = Coiner(rng), read_words()
    measures = rng.sample(bank.measures, rng.randint(3, 6))
    makers: list[Callable[[], AttributeSpec]] = [
        *(lambda m=m: _measured(m, coiner, sides, rng) for m in measures),
        *(lambda: _worded(coiner, rng) for _ in range(rng.randint(1, 2))),
        lambda: _graded(coiner, rng),
        *(lambda: _flag(coiner, rng) for _ in range(rng.randint(1, 3))),
    ]
    rng.shuffle(makers)
    return _dependent([make() for make in makers], rng)


def draw_side(label: str, rng: Random, slots: Sequence[str]) -> AspectSpec:
    """What is said of a side of a product; `slots` are attributes that follow from it."""
    texts = read_texts()
    good = [_put(t, label=label) for t in rng.sample(texts["good"], 9)]
    bad = [_put(t, label=label) for t in rng.sample(texts["bad"], 9)]
    for slot in slots:
        good += [_put(t, slot=slot, name=spoken(slot)) for t in texts["measured_good"]]
        bad += [_put(t, slot=slot, name=spoken(slot)) for t in texts["measured_bad"]]
    weight = round(rng.uniform(0.6, 1.2), 1)
    return AspectSpec(weight=weight, label=(label, label.split()[-1]), good=tuple(good), bad=tuple(bad))


def spoken(name: str) -> str:
    """An attribute's name as people say it."""
    return name.replace("_", " ")


def _put(text: str, **words: str) -> str:
    for name, word in words.items():
        text = text.replace(f"<{name}>", word)
    return text


def _measured(measure: Measure, coiner: Coiner, sides: Sequence[str], rng: Random) -> AttributeSpec:
    unit, (least, most) = rng.choice(list(measure.units.items()))
    noun = rng.choice(measure.names)
    before = _before(coiner, noun, rng)
    low = math.exp(rng.uniform(math.log(least), math.log(most)))
    high = low * rng.uniform(*(NARROW if measure.narrow else TIMES))
    step = _step(high - low, whole=measure.whole)
    low, high = _rounded(low, step), max(_rounded(high, step), _rounded(low, step) + 3 * step)
    ends = (high, low) if measure.better == "low" else (low, high)
    kind, width, choices = _shape(ends, step, rng)
    return AttributeSpec(
        name=_field(f"{before} {noun}"),
        kind=kind,
        unit=unit,
        range=None if choices else ends,
        width=width,
        judged="high" if kind == "range" and measure.better == "high" else "all",
        choices=choices,
        step=step,
        drive=rng.choice(("tier", "", *sides)),
        pull=round(rng.uniform(0.4, 0.85), 2),
        variant=rng.random() < 0.25,
        worth=round(rng.uniform(0, 0.25), 2),
        coverage=_coverage(rng),
        raw=_written(unit, rng),
        spoken=f"{{}} {unit}".strip(),
        tag=f"{{}} {unit}" if unit and rng.random() < 0.6 else "",
        say=_sayings("say_number", f"{before} {noun}", rng),
        also=_others(before, [n for n in measure.names if n != noun], rng),
        low_words=_adjectives(measure.low_words, coiner, rng),
        high_words=_adjectives(measure.high_words, coiner, rng),
        better=measure.better,
    )


def _shape(
    ends: tuple[float, float], step: float, rng: Random
) -> tuple[Literal["number", "range"], tuple[float, float], tuple[float, ...]]:
    """Any number between the ends, a few set ones, or a range of numbers for each product."""
    start, end = ends
    drawn = rng.random()
    if drawn < 0.6:
        return "number", (0, 0), ()
    if drawn < 0.85:
        count = rng.randint(4, 7)
        numbers = {_rounded(start + (end - start) * n / (count - 1), step) for n in range(count)}
        return "number", (0, 0), tuple(sorted(numbers, reverse=start > end))
    return "range", (step, max(3 * step, abs(end - start) / 4)), ()


def _worded(coiner: Coiner, rng: Random) -> AttributeSpec:
    bank, kind = read_words(), rng.choice(read_words().kinds)
    before = _before(coiner, kind, rng)
    words = [_either(coiner, bank.values, rng).capitalize() for _ in range(rng.randint(3, 7))]
    aliases = {_either(coiner, bank.values, rng): word.lower() for word in _some(words, 2, rng)}
    return AttributeSpec(
        name=_field(f"{before} {kind}"),
        kind="text",
        values={word: float(rng.randint(1, 5)) for word in words},
        drive="",
        variant=rng.random() < 0.4,
        dear={rng.choice(words): round(rng.uniform(-0.2, 0.3), 2)},
        coverage=_coverage(rng),
        tag="{}" if rng.random() < 0.7 else "",
        say=_sayings("say_text", f"{before} {kind}", rng),
        also=_others(before, [k for k in bank.kinds if k != kind], rng),
        aliases=aliases,
    )


def _graded(coiner: Coiner, rng: Random) -> AttributeSpec:
    """Words in an order that the shop tells, the best of which cost most."""
    known = rng.random() >= INVENTED
    words = rng.choice(read_words().grades) if known else tuple(coiner.invented() for _ in range(4))
    words = tuple(word.capitalize() for word in words)
    noun = rng.choice(read_words().ranks)
    before = _before(coiner, noun, rng)
    return AttributeSpec(
        name=_field(f"{before} {noun}"),
        kind="text",
        values=dict.fromkeys(words, 1.0),
        graded=True,
        drive="tier",
        dear={words[0]: -0.12, words[-1]: 0.18},
        coverage=_coverage(rng),
        tag=f"{noun.capitalize()} {{}}",
        say=_sayings("say_text", f"{before} {noun}", rng),
        also=(noun,),
        order=tuple(word.lower() for word in words),
    )


def _flag(coiner: Coiner, rng: Random) -> AttributeSpec:
    device = rng.choice(read_words().devices)
    before = _before(coiner, device, rng)
    name = f"{before} {device}"
    least = rng.uniform(0.05, 0.5)
    return AttributeSpec(
        name=_field(name),
        kind="flag",
        chance=(least, least + rng.uniform(0.1, 0.45)),
        drive=rng.choice(("tier", "")),
        worth=round(rng.uniform(0, 0.2), 2),
        coverage=_coverage(rng),
        tag=name.title() if rng.random() < 0.5 else "",
        say=tuple(_put(t, name=name) for t in read_texts()["say_yes"]),
        also=(device,) if rng.random() < 0.5 else (),
    )


def _dependent(attributes: list[AttributeSpec], rng: Random) -> tuple[AttributeSpec, ...]:
    """Now and then a measured attribute does not apply where another one has a certain word."""
    deciding = next((n for n, a in enumerate(attributes) if a.kind == "text" and not a.graded), None)
    later = [n for n, a in enumerate(attributes) if a.unit and deciding is not None and n > deciding]
    if deciding is not None and later and rng.random() < 0.5:
        at, word = rng.choice(later), rng.choice(list(attributes[deciding].values))
        case = Case(attribute=attributes[deciding].name, value=word, absent=True)
        attributes[at] = attributes[at].model_copy(update={"by": (case,)})
    return tuple(attributes)


def _before(coiner: Coiner, noun: str, rng: Random) -> str:
    """What stands before a noun in an attribute's name, so that no two attributes share one."""
    if rng.random() < INVENTED:
        return coiner.invented()
    before, _, _ = coiner.fresh(rng.choice((read_words().parts, read_words().states)), (noun,)).partition(" ")
    return before


def _either(coiner: Coiner, words: tuple[str, ...], rng: Random) -> str:
    return coiner.invented() if rng.random() < INVENTED else coiner.fresh(words)


def _adjectives(words: tuple[str, ...], coiner: Coiner, rng: Random) -> tuple[str, ...]:
    """Some of the words that people use, and now and then one that only this shop's people use."""
    own = (coiner.invented(),) if words and rng.random() < INVENTED else ()
    return (*_some(words, 2, rng), *own)


def _others(before: str, nouns: Sequence[str], rng: Random) -> tuple[str, ...]:
    return tuple(f"{before} {noun}" for noun in _some(nouns, 2, rng))


def _some(items: Sequence[Item], most: int, rng: Random) -> list[Item]:
    return rng.sample(items, min(len(items), rng.randint(0, most)))


def _sayings(bank: str, name: str, rng: Random) -> tuple[str, ...]:
    texts = read_texts()[bank]
    return tuple(_put(text, name=name) for text in rng.sample(texts, min(len(texts), 4)))


def _written(unit: str, rng: Random) -> tuple[str, ...]:
    """How sellers write numbers in a unit: with its sign, glued to it, or in other spellings."""
    if not unit:
        return ("{}",)
    others = _some(spellings_of(unit)[1:], 2, rng)
    return (f"{{}} {unit}", f"{{}}{unit}", *(f"{{}} {other}" for other in others))


def _coverage(rng: Random) -> float:
    return round(rng.uniform(0.55, 0.97), 2)


def _field(name: str) -> str:
    return name.replace(" ", "_").replace("-", "_")


def _step(width: float, *, whole: bool) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that leaves at most `STEPS` numbers."""
    if whole:
        return 1.0
    decade = 10.0 ** math.floor(math.log10(width / STEPS))
    return next(round(decade * n, 6) for n in (1, 2, 5, 10) if width / (decade * n) <= STEPS)


def _rounded(number: float, step: float) -> float:
    return round(max(round(number / step), 1) * step, 4)
