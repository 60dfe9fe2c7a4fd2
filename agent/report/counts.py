"""Counts that a report may state in words, because code can count them: products, needs and reviews."""

from collections.abc import Iterator, Sequence

from agent.desk import Desk
from agent.ledger import SeenProduct
from agent.report.claim_words import words
from agent.report.typed import STARS, Typed
from index.conditions import spaced
from index.product import Review


def counted(typed: Typed, text: str, subjects: Sequence[SeenProduct], desk: Desk) -> bool:
    """Whether a number in a sentence is a count of what its next words name, and the right one."""
    if typed.currency or (typed.unit and typed.unit != STARS):
        return False
    following = spaced(text[typed.end :]).split()[:4]
    kind = desk.category.path[-1] if desk.category and desk.category.path else ""
    named = spaced(kind).split()
    counted_things = {*words("products"), *named, *(f"{word}s" for word in named)}
    if set(words("reviews")) & set(following[:3]):
        return any(typed.value in _review_counts(s, desk) for s in subjects)
    if set(words("needs")) & set(following[:2]):
        return typed.value in _need_counts(desk)
    if counted_things & set(following) or set(words("fitting")) & set(following[:1]):
        of_all = spaced(text[: typed.start]).split()[-1:] == ["of"]
        fitting = not of_all and not set(words("fitting")).isdisjoint(spaced(text).split())
        return typed.value in set(_fit_counts(desk) if fitting else _scope_counts(desk))
    return False


def _need_counts(desk: Desk) -> set[float]:
    hard = sum(n.hard for n in desk.needs)
    return {len(desk.needs), hard, len(desk.needs) - hard}


def _fit_counts(desk: Desk) -> Iterator[float]:
    yield len(desk.eligible())
    yield sum(desk.fit(p).fits for p in desk.ranked())
    hard = [n.condition for n in desk.needs if n.hard and n.condition]
    yield desk.count(hard)


def _scope_counts(desk: Desk) -> Iterator[float]:
    yield len(desk.evidence.products())
    yield len(desk.evidence.products(opened=True))
    yield len(desk.eligible())
    if desk.category is not None:
        yield desk.category.count


def _review_counts(seen: SeenProduct, desk: Desk) -> set[float]:
    reading = desk.reviews(seen.record)
    reviews = reading.reviews
    counts = {float(len(reviews)), float(seen.record.rating_count or len(reviews))}
    counts.add(sum(r.verified is True for r in reviews))
    counts |= {sum(round(r.rating) == star for r in reviews if r.rating is not None) for star in range(1, 6)}
    counts |= {note.count for note in reading.trust.notes}
    return counts | _aspect_counts(reviews)


def _aspect_counts(reviews: Sequence[Review]) -> set[float]:
    sides = {(a.name, a.polarity) for r in reviews for a in r.aspects}
    return {sum(side in {(a.name, a.polarity) for a in r.aspects} for r in reviews) for side in sides}
