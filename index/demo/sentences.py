"""Finds the words of a demo review: its outline, its sentences and its headline.

Every line knows which aspects it speaks of and how. What was experienced is decided in `reviews`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from index.demo.grammar import Slot, expand, fitting, sentence
from index.demo.products import Sketch
from index.demo.spec import WorldSpec

Polarity = Literal["positive", "negative", "mixed"]
Opinion = tuple[str, Polarity]
"""An aspect and what is said of it."""

_STYLES = {
    "terse": 0.15,
    "plain": 0.32,
    "chatty": 0.18,
    "detailed": 0.13,
    "list": 0.07,
    "update": 0.06,
    "aspects only": 0.08,
    "off topic": 0.04,
}
_TRIES = 8
_WORD = re.compile(r"[a-z]{3,}")


@dataclass
class Heard:
    """Sentences already used, so that the shop does not repeat itself."""

    fillers: frozenset[str]
    """Words that do not make a sentence a different one."""
    seen: set[frozenset[str]] = field(default_factory=set)
    """Gists of sentences and titles."""

    def is_new(self, text: str) -> bool:
        """Whether nothing of the same gist was heard before; from now on it was."""
        gist = frozenset(_WORD.findall(text.casefold())) - self.fillers
        if gist in self.seen:
            return False
        self.seen.add(gist)
        return True

    def fresh(self, make: Callable[[], "Line"]) -> "Line | None":
        """A line not heard before, or None when the grammar has no more to say."""
        for _ in range(_TRIES):
            line = make()
            if self.is_new(line.text):
                return line
        return None


@dataclass(frozen=True)
class Line:
    """One sentence and the aspects that it supports."""

    text: str
    aspects: tuple[Opinion, ...] = ()


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


def write_lines(reviewer: Reviewer, heard: Heard) -> list[Line]:
    """The review's sentences, none of them heard before if that can be helped."""
    style = reviewer.rng.choices(list(_STYLES), list(_STYLES.values()))[0]
    makers = _outline(reviewer, style)
    lines = [line for line in (heard.fresh(make) for make in makers) if line]
    return lines or [Line(sentence(reviewer.phrase(f"terse_{reviewer.tone}")))]


def _outline(reviewer: Reviewer, style: str) -> list[Callable[[], Line]]:
    rng, tone = reviewer.rng, reviewer.tone
    count = {"detailed": 6, "list": 5, "terse": 1, "off topic": 1}.get(style, rng.randint(1, 4))
    points = _points(reviewer, count)
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
    return lambda: Line(sentence(expand(reviewer.rng.choice(chat), reviewer.slots, reviewer.rng)))


def _update(reviewer: Reviewer, bank: str) -> Callable[[], Line]:
    return lambda: Line(sentence(reviewer.phrase("updates") + reviewer.phrase(bank)))


def _points(reviewer: Reviewer, count: int) -> list[Callable[[], Line]]:
    """Makers of sentences about aspects: single, joined, contrasted or lukewarm."""
    rng = reviewer.rng
    opinions = _opinions(reviewer, count)
    makers = []
    while opinions:
        one = opinions.pop(0)
        if one[1] == "mixed":
            makers.append(_mixed(reviewer, one[0]))
        elif opinions and opinions[0][1] != "mixed" and rng.random() < 0.32:
            makers.append(_joined(reviewer, one, opinions.pop(0)))
        else:
            makers.append(_single(reviewer, one))
    return makers


def _opinions(reviewer: Reviewer, count: int) -> list[Opinion]:
    """Some of what was experienced; mostly people name first what explains their stars."""
    held: list[Opinion] = [(name, "positive") for name in reviewer.good]
    held += [(name, "negative") for name in reviewer.bad]
    held += [(name, "mixed") for name in reviewer.middling]
    reviewer.rng.shuffle(held)
    explains = {"good": "positive", "bad": "negative", "mid": "mixed"}[reviewer.tone]
    if reviewer.rng.random() < 0.85:
        held.sort(key=lambda opinion: opinion[1] != explains)
    held = held[:count]
    reviewer.rng.shuffle(held)
    return held


def _single(reviewer: Reviewer, opinion: Opinion) -> Callable[[], Line]:
    name, polarity = opinion
    side = "good" if polarity == "positive" else "bad"

    def make() -> Line:
        rng, text = reviewer.rng, _clause(reviewer, name, polarity)
        if rng.random() < 0.36:
            bank = rng.choice(("leads_any", f"leads_{side}"))
            text = reviewer.phrase(bank, **_labels(reviewer, name, "")) + _lowered(text)
        if rng.random() < (0.4 if len(text) < 75 else 0.15):
            text = text.rstrip(".!") + reviewer.phrase(f"tails_{side}")
        return Line(sentence(text), (opinion,))

    return make


def _joined(reviewer: Reviewer, one: Opinion, two: Opinion) -> Callable[[], Line]:
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
    """The pros and the cons, each as one sentence of one or two points."""
    makers: list[Callable[[], Line]] = []
    if reviewer.good:
        makers.append(_listing(reviewer, "list_good", [(name, "positive") for name in reviewer.good[:2]]))
    if reviewer.bad:
        makers.append(_listing(reviewer, "list_bad", [(name, "negative") for name in reviewer.bad[:2]]))
    makers.extend(_mixed(reviewer, name) for name in reviewer.middling[:1])
    return makers


def _listing(reviewer: Reviewer, bank: str, opinions: Sequence[Opinion]) -> Callable[[], Line]:
    def make() -> Line:
        banks = [t for t in reviewer.world.phrases[bank] if ("{b}" in t) == (len(opinions) > 1)]
        clauses = [_clause(reviewer, name, polarity) for name, polarity in opinions]
        extra = {"a": clauses[0], "b": clauses[-1]}
        text = expand(reviewer.rng.choice(banks), {**reviewer.slots, **extra}, reviewer.rng)
        return Line(sentence(text), tuple(opinions))

    return make


def _clause(reviewer: Reviewer, name: str, polarity: Polarity) -> str:
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


def headline(reviewer: Reviewer, heard: Heard) -> str:
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
        if heard.is_new(text):
            break
    return text[:1].upper() + text[1:]


def _lowered(text: str) -> str:
    """The text as it goes on inside a sentence."""
    keeps_capital = text.startswith(("I ", "I'm ")) or text[1:2].isupper()
    return text if keeps_capital else text[:1].lower() + text[1:]
