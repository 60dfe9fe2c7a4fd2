"""Writes a shop's reviews, so that pros and cons follow from a product's hidden qualities.

A reviewer is drawn first (place, use, what came before, mood), with what was experienced of some aspects
and the stars that follow; then `sentences` finds the words.
"""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from index.demo.grammar import Slot, expand
from index.demo.prices import TODAY
from index.demo.products import Sketch
from index.demo.rough import roughen
from index.demo.sentences import Heard, Reviewer, headline, write_lines
from index.demo.spec import WorldSpec
from index.product import Aspect, Origin, Review


def write_review(
    world: WorldSpec, sketch: Sketch, slots: dict[str, Slot], row: int, since: date, heard: Heard, rng: Random
) -> Review:
    """One review of one product."""
    reviewer = _draw_reviewer(world, sketch, slots, rng)
    lines = write_lines(reviewer, heard)
    rough = rng.random() ** 3 if rng.random() < 0.3 else 0.0
    sentences = tuple(roughen(line.text, rough, rng) if rough else line.text for line in lines)
    written = since + timedelta(days=round((TODAY - since).days * rng.random() ** 0.8))
    length = sum(map(len, sentences))
    return Review(
        id=f"{world.shop.source}:review-{row:05d}",
        product_id=sketch.id,
        origin=Origin(source=world.shop.source, file="reviews.jsonl", row=row, seen=TODAY),
        rating=None if rng.random() < 0.015 else float(reviewer.rating),
        title="" if rng.random() < 0.14 else roughen(headline(reviewer, heard), rough / 2, rng),
        sentences=sentences,
        written=written if rng.random() < 0.97 else None,
        verified=rng.choices((True, False, None), (78, 13, 9))[0],
        helpful=_helpful(length, rng),
        aspects=tuple(
            Aspect(name=name, polarity=polarity, sentence=index)
            for index, line in enumerate(lines)
            for name, polarity in line.aspects
        ),
    )


def _draw_reviewer(world: WorldSpec, sketch: Sketch, slots: dict[str, Slot], rng: Random) -> Reviewer:
    mood = rng.gauss(0.02, 0.1)
    good: list[str] = []
    bad: list[str] = []
    middling: list[str] = []
    for name, spec in sketch.category.aspects.items():
        quality = sketch.qualities[name]
        salience = spec.weight * (0.25 + 1.6 * abs(quality - 0.5))
        if rng.random() > 0.9 * salience:
            continue
        chance = 1 / (1 + math.exp(-9 * (quality + mood - 0.5)))
        if 0.36 < chance < 0.7 and rng.random() < 0.35:
            middling.append(name)
        else:
            (good if rng.random() < chance else bad).append(name)
    for names in (good, bad, middling):
        rng.shuffle(names)
    rating = _stars(sketch, mood, good, bad, rng)
    drawn = _persona(world, sketch, slots, rng)
    return Reviewer(world, sketch, drawn, tuple(good), tuple(bad), tuple(middling), rating, rng)


def _stars(sketch: Sketch, mood: float, good: Sequence[str], bad: Sequence[str], rng: Random) -> int:
    weights = {name: spec.weight for name, spec in sketch.category.aspects.items()}
    plus, minus = sum(weights[n] for n in good), sum(weights[n] for n in bad)
    balance = (plus - minus) / (plus + minus) if plus + minus else 0.2
    overall = sum(sketch.qualities.values()) / len(sketch.qualities)
    stars = 3.35 + 1.15 * balance + 2.6 * (overall - 0.5) + 2.0 * mood + rng.gauss(0, 0.45)
    if rng.random() < 0.035:
        stars = rng.choice((1, 5))
    return min(max(round(stars), 1), 5)


def _persona(world: WorldSpec, sketch: Sketch, slots: dict[str, Slot], rng: Random) -> dict[str, Slot]:
    """Slots that stay the same through one person's review."""
    category = sketch.category
    rivals = [b.name for b in world.brands if category.group in b.groups and b.name != sketch.brand.name]
    paid, (often, seldom) = sketch.price * rng.uniform(0.85, 1.08), world.shop.paid
    fixed = {
        "use": rng.choice(category.uses),
        "place": rng.choice(category.places),
        "old": rng.choice(category.olds),
        "rival": rng.choice(rivals),
        "price_paid": often.replace("{}", f"{paid:.0f}")
        if rng.random() < 0.7
        else seldom.replace("{}", f"{5 * round(paid / 5):.0f}"),
        "in_time": f"in {rng.choice((15, 20, 25, 30, 35, 40, 45, 50))} minutes",
        "owned": rng.choice(world.phrases["owned"]),
        "cash": rng.choice(world.phrases["cash"]),
    }
    people = [expand(text, slots, rng) for text in rng.sample(world.phrases["who"], 3)]
    return {**slots, **{name: expand(text, slots, rng) for name, text in fixed.items()}, "who": people}


def _helpful(length: int, rng: Random) -> int | None:
    if rng.random() < 0.1:
        return None
    return int(rng.paretovariate(1.1) * min(length / 150, 3)) - 1 if rng.random() < 0.45 else 0
