"""Counts that a report may state in words, because code can count them: products, needs and reviews."""

import re
from collections.abc import Iterator, Sequence

from agent.desk import Desk
from agent.ledger import SeenProduct
from agent.typed import STARS, Typed
from index.conditions import spaced
from index.product import Review

_PRODUCTS = frozenset(
    [
        "product",
        "products",
        "option",
        "options",
        "model",
        "models",
        "pick",
        "picks",
        "candidate",
        "candidates",
        "item",
        "items",
        "result",
        "results",
        "match",
        "matches",
        "alternative",
        "alternatives",
        "choice",
        "choices",
    ]
)
_NEEDS = frozenset(
    [
        "need",
        "needs",
        "requirement",
        "requirements",
        "wish",
        "wishes",
        "condition",
        "conditions",
        "limit",
        "limits",
    ]
)
_REVIEWS = frozenset(
    [
        "review",
        "reviews",
        "reviewer",
        "reviewers",
        "rating",
        "ratings",
        "vote",
        "votes",
        "people",
        "buyer",
        "buyers",
        "owner",
        "owners",
        "customer",
        "customers",
        "user",
        "users",
    ]
)
_FITTING = re.compile(
    r"\b(?:fit|fits|fitting|meet|meets|meeting|match|matches|satisfy|satisfies|qualify)\b", re.I
)


def counted(typed: Typed, text: str, subjects: Sequence[SeenProduct], desk: Desk) -> bool:
    """Whether a number in a sentence is a count of what its next words name, and the right one."""
    if typed.currency or (typed.unit and typed.unit != STARS):
        return False
    following = spaced(text[typed.end :]).split()[:4]
    kind = desk.category.path[-1] if desk.category and desk.category.path else ""
    if _REVIEWS & set(following[:3]):
        return any(typed.value in _review_counts(s, desk) for s in subjects)
    if _NEEDS & set(following[:2]):
        return typed.value in _need_counts(desk)
    if (_PRODUCTS | set(spaced(kind).split())) & set(following[:4]):
        of_all = text[: typed.start].rstrip().endswith(" of")
        fitting = _FITTING.search(text) is not None and not of_all
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
    for condition in hard:
        yield desk.count([condition])


def _scope_counts(desk: Desk) -> Iterator[float]:
    yield len(desk.evidence.products())
    yield len(desk.evidence.products(opened=True))
    yield len(desk.eligible())
    if desk.category is not None:
        yield desk.category.count


def _review_counts(seen: SeenProduct, desk: Desk) -> set[float]:
    reviews = desk.index.catalog.reviews(seen.record.id)
    counts = {float(len(reviews)), float(seen.record.rating_count or len(reviews))}
    counts.add(sum(r.verified is True for r in reviews))
    counts |= {sum(round(r.rating) == star for r in reviews if r.rating is not None) for star in range(1, 6)}
    return counts | _aspect_counts(reviews)


def _aspect_counts(reviews: Sequence[Review]) -> set[float]:
    sides = {(a.name, a.polarity) for r in reviews for a in r.aspects}
    return {sum(side in {(a.name, a.polarity) for a in r.aspects} for r in reviews) for side in sides}
