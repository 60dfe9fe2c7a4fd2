"""Writes the demo shop's reviews, so that pros and cons follow from a product's hidden qualities.

A reviewer is drawn first (place, use, what came before, mood, manner of writing), then what was experienced
of some aspects, then the sentences. Every sentence knows which aspects it speaks of.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from index.demo_grammar import Slot, expand, fitting, sentence
from index.demo_prices import TODAY
from index.demo_products import Sketch
from index.demo_rough import roughen
from index.demo_spec import WorldSpec
from index.product import Aspect, Origin, Review

Polarity = str
_STYLES = {
    "terse": 0.17,
    "plain": 0.32,
    "chatty": 0.16,
    "detailed": 0.1,
    "list": 0.07,
    "update": 0.06,
    "aspects only": 0.08,
    "off topic": 0.04,
}
_TRIES = 6


@dataclass
class Heard:
    """Sentences already used, so that the shop does not repeat itself."""

    seen: set[str] = field(default_factory=set)

    def fresh(self, make: Callable[[], "Line"]) -> "Line | None":
        """A line not heard before, or None when the grammar has no more to say."""
        for _ in range(_TRIES):
            line = make()
            key = line.text.casefold().rstrip(".!")
            if key not in self.seen:
                self.seen.add(key)
                return line
        return None


@dataclass(frozen=True)
class Line:
    """One sentence and the aspects that it supports."""

    text: str
    aspects: tuple[tuple[str, Polarity], ...] = ()


@dataclass(frozen=True)
class Reviewer:
    """One person with one product: what was experienced, and the words for it."""

    world: WorldSpec
    sketch: Sketch
    slots: dict[str, Slot]
    good: tuple[str, ...]
    bad: tuple[str, ...]
    middling: tuple[str, ...]
    rating: int
    rng: Random
    said: set[str] = field(default_factory=set)
    """Phrases that this review has used; nobody says the same thing twice in ten lines."""

    def phrase(self, bank: str, **extra: Slot) -> str:
        """One phrase of a bank, written out."""
        phrases = self.world.phrases[bank]
        text = next(
            (t for t in self.rng.sample(phrases, min(4, len(phrases))) if t not in self.said), phrases[0]
        )
        self.said.add(text)
        return expand(text, {**self.slots, **extra}, self.rng)

    @property
    def tone(self) -> str:
        """`good`, `mid` or `bad`, by the stars given."""
        return "good" if self.rating >= 4 else "mid" if self.rating == 3 else "bad"


def write_review(
    world: WorldSpec, sketch: Sketch, slots: dict[str, Slot], row: int, since: date, heard: Heard, rng: Random
) -> Review:
    """One review of one product."""
    reviewer = _draw_reviewer(world, sketch, slots, rng)
    style = rng.choices(list(_STYLES), list(_STYLES.values()))[0]
    lines = _write(reviewer, style, heard)
    rough = rng.random() ** 3 if rng.random() < 0.3 else 0.0
    sentences = tuple(roughen(line.text, rough, rng) if rough else line.text for line in lines)
    written = since + timedelta(days=round((TODAY - since).days * rng.random() ** 0.8))
    length = sum(map(len, sentences))
    return Review(
        id=f"demo:review-{row:05d}",
        product_id=sketch.id,
        origin=Origin(source="demo", file="reviews.jsonl", row=row, seen=TODAY),
        rating=None if rng.random() < 0.015 else float(reviewer.rating),
        title="" if rng.random() < 0.14 else roughen(_title(reviewer, heard), rough / 2, rng),
        sentences=sentences,
        written=written if rng.random() < 0.97 else None,
        verified=rng.choices((True, False, None), (78, 13, 9))[0],
        helpful=_helpful(length, rng),
        aspects=tuple(
            Aspect(name=name, polarity=polarity, sentence=index)  # type: ignore[arg-type]
            for index, line in enumerate(lines)
            for name, polarity in line.aspects
        ),
    )


def _draw_reviewer(world: WorldSpec, sketch: Sketch, slots: dict[str, Slot], rng: Random) -> Reviewer:
    mood = rng.gauss(0.02, 0.1)
    good, bad, middling = [], [], []
    for name, spec in sketch.category.aspects.items():
        quality = sketch.qualities[name]
        salience = spec.weight * (0.25 + 1.6 * abs(quality - 0.5))
        if rng.random() > 0.75 * salience:
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
    paid = sketch.price * rng.uniform(0.85, 1.08)
    fixed = {
        "use": rng.choice(category.uses),
        "place": rng.choice(category.places),
        "old": rng.choice(category.olds),
        "rival": rng.choice(rivals),
        "price_paid": f"${paid:.0f}" if rng.random() < 0.7 else f"{5 * round(paid / 5):.0f} [dollars|bucks]",
        "in_time": f"in {rng.choice((15, 20, 25, 30, 35, 40, 45, 50))} minutes",
        "owned": rng.choice(world.phrases["owned"]),
        "cash": rng.choice(world.phrases["cash"]),
    }
    people = [expand(text, slots, rng) for text in rng.sample(world.phrases["who"], 3)]
    return {**slots, **{name: expand(text, slots, rng) for name, text in fixed.items()}, "who": people}


def _write(reviewer: Reviewer, style: str, heard: Heard) -> list[Line]:
    makers = _outline(reviewer, style)
    lines = [line for line in (heard.fresh(make) for make in makers) if line]
    return lines or [Line(sentence(reviewer.phrase(f"terse_{reviewer.tone}")))]


def _outline(reviewer: Reviewer, style: str) -> list[Callable[[], Line]]:
    rng, tone = reviewer.rng, reviewer.tone
    points = _points(
        reviewer, {"detailed": 6, "list": 5, "terse": 1, "off topic": 1}.get(style, rng.randint(1, 4))
    )
    opening = _plain(reviewer, "openings_any" if rng.random() < 0.65 or tone == "mid" else f"openings_{tone}")
    closing = _plain(reviewer, f"closings_{tone}")
    terse = _plain(reviewer, f"terse_{tone}")
    chat = _chat(reviewer)
    match style:
        case "terse":
            return [terse, *points[: rng.choice((0, 0, 1))]] if rng.random() < 0.6 else points or [terse]
        case "plain":
            return [*_some(opening, 0.6, rng), *points, *_some(closing, 0.5, rng)]
        case "chatty":
            body = [*points]
            body.insert(rng.randint(0, len(body)), chat)
            return [
                opening,
                *body,
                *_some(_plain(reviewer, "offtopic"), 0.15, rng),
                *_some(closing, 0.7, rng),
            ]
        case "detailed":
            return [opening, *_some(chat, 0.6, rng), *points, closing]
        case "list":
            return [*_some(opening, 0.3, rng), *_lists(reviewer), *_some(closing, 0.4, rng)]
        case "update":
            later = "update_good" if rng.random() < reviewer.rating / 5.5 else "update_bad"
            return [*_some(opening, 0.7, rng), *points, _update(reviewer, later)]
        case "off topic":
            off = [_plain(reviewer, "offtopic") for _ in range(rng.randint(1, 2))]
            return [*off, *points[: rng.choice((0, 0, 1))]]
        case _:
            return points or [terse]


def _some(make: Callable[[], Line], chance: float, rng: Random) -> list[Callable[[], Line]]:
    return [make] if rng.random() < chance else []


def _plain(reviewer: Reviewer, bank: str) -> Callable[[], Line]:
    return lambda: Line(sentence(reviewer.phrase(bank)))


def _chat(reviewer: Reviewer) -> Callable[[], Line]:
    chat = reviewer.sketch.category.chat
    if not chat or reviewer.rng.random() < 0.2:
        return _plain(reviewer, "openings_any")
    return lambda: Line(sentence(expand(reviewer.rng.choice(chat), reviewer.slots, reviewer.rng)))


def _update(reviewer: Reviewer, bank: str) -> Callable[[], Line]:
    return lambda: Line(sentence(reviewer.phrase("updates") + reviewer.phrase(bank)))


def _points(reviewer: Reviewer, count: int) -> list[Callable[[], Line]]:
    """Makers of sentences about aspects: single, joined, contrasted or lukewarm."""
    rng = reviewer.rng
    kinds = [("positive", n) for n in reviewer.good] + [("negative", n) for n in reviewer.bad]
    kinds += [("mixed", n) for n in reviewer.middling]
    rng.shuffle(kinds)
    if rng.random() < 0.75:
        kinds.sort(
            key=lambda kind: kind[0] != {"good": "positive", "bad": "negative"}.get(reviewer.tone, "mixed")
        )
    kinds, makers = kinds[:count], []
    rng.shuffle(kinds)
    while kinds:
        polarity, name = kinds.pop(0)
        if polarity == "mixed":
            makers.append(_mixed(reviewer, name))
        elif kinds and kinds[0][0] != "mixed" and rng.random() < 0.32:
            makers.append(_joined(reviewer, (name, polarity), (kinds[0][1], kinds.pop(0)[0])))
        else:
            makers.append(_single(reviewer, name, polarity))
    return makers


def _single(reviewer: Reviewer, name: str, polarity: str) -> Callable[[], Line]:
    side = "good" if polarity == "positive" else "bad"

    def make() -> Line:
        rng, text = reviewer.rng, _clause(reviewer, name, polarity)
        if rng.random() < 0.36:
            bank = rng.choice(("leads_any", f"leads_{side}"))
            text = reviewer.phrase(bank, **_labels(reviewer, name, "")) + _lowered(text)
        if rng.random() < (0.4 if len(text) < 75 else 0.15):
            text = text.rstrip(".!") + reviewer.phrase(f"tails_{side}")
        return Line(sentence(text), ((name, polarity),))

    return make


def _joined(reviewer: Reviewer, one: tuple[str, str], two: tuple[str, str]) -> Callable[[], Line]:
    bank = "joins_same" if one[1] == two[1] else "joins_but"

    def make() -> Line:
        first, second = _clause(reviewer, *one), _clause(reviewer, *two)
        joint = reviewer.rng.choice(reviewer.world.phrases[bank])
        return Line(sentence(first.rstrip(".!") + joint + _lowered(second)), (one, two))

    return make


def _mixed(reviewer: Reviewer, name: str) -> Callable[[], Line]:
    def make() -> Line:
        text = reviewer.phrase("mixed", **_labels(reviewer, name, ""))
        return Line(sentence(text), ((name, "mixed"),))

    return make


def _lists(reviewer: Reviewer) -> list[Callable[[], Line]]:
    """The pros and the cons, each as one sentence of two short points."""
    makers: list[Callable[[], Line]] = []
    for side, polarity, names in (("good", "positive", reviewer.good), ("bad", "negative", reviewer.bad)):
        if names:
            makers.append(_listing(reviewer, side, polarity, names[:2]))
    makers.extend(_mixed(reviewer, name) for name in reviewer.middling[:1])
    return makers


def _listing(reviewer: Reviewer, side: str, polarity: str, names: Sequence[str]) -> Callable[[], Line]:
    def make() -> Line:
        banks = [t for t in reviewer.world.phrases[f"list_{side}"] if ("{b}" in t) == (len(names) > 1)]
        clauses = [_clause(reviewer, name, polarity) for name in names]
        extra = {"a": clauses[0], "b": clauses[-1]}
        text = expand(reviewer.rng.choice(banks), {**reviewer.slots, **extra}, reviewer.rng)
        return Line(sentence(text), tuple((name, polarity) for name in names))

    return make


def _clause(reviewer: Reviewer, name: str, polarity: str) -> str:
    spec = reviewer.sketch.category.aspects[name]
    texts = fitting(spec.good if polarity == "positive" else spec.bad, reviewer.sketch.truths)
    if not texts:
        return reviewer.phrase(f"short_{polarity}", **_labels(reviewer, name, ""))
    return expand(reviewer.rng.choice(texts), reviewer.slots, reviewer.rng)


def _labels(reviewer: Reviewer, name: str, prefix: str) -> dict[str, Slot]:
    spec = reviewer.sketch.category.aspects[name]
    label = reviewer.rng.choice(spec.label or (name,))
    plural = label.endswith("s") and not label.endswith("ss")
    return {f"{prefix}label": label, f"{prefix}lis": "are" if plural else "is"}


def _title(reviewer: Reviewer, heard: Heard) -> str:
    """A headline; those that name an aspect name one that the person experienced."""
    extra: dict[str, Slot] = {}
    if reviewer.good:
        extra |= _labels(reviewer, reviewer.good[0], "good_")
    if reviewer.bad:
        extra |= _labels(reviewer, reviewer.bad[0], "bad_")
    usable = [
        t
        for t in reviewer.world.phrases[f"titles_{reviewer.tone}"]
        if (reviewer.good or "{good_label}" not in t) and (reviewer.bad or "{bad_label}" not in t)
    ]
    text = ""
    for _ in range(_TRIES):
        text = expand(reviewer.rng.choice(usable), {**reviewer.slots, **extra}, reviewer.rng)
        if text not in heard.seen:
            break
    heard.seen.add(text)
    return text[:1].upper() + text[1:]


def _lowered(text: str) -> str:
    """The text as it goes on inside a sentence."""
    first = text.split(" ", 1)[0]
    return text if first in ("I", "I'm") or first[:1].isdigit() else text[:1].lower() + text[1:]


def _helpful(length: int, rng: Random) -> int | None:
    if rng.random() < 0.1:
        return None
    return int(rng.paretovariate(1.1) * min(length / 150, 3)) - 1 if rng.random() < 0.45 else 0
