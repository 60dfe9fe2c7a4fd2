"""Who a person is, as far as their history shows: a persona derived by code, event by event."""

import tomllib
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from distill.drawing.wishes import RETURNED
from distill.seats.roles import History
from distill.task import Persona
from index.cards.names import stems
from index.errors import UnknownNameError
from index.product import Event, Product
from index.search import Index

Path = tuple[str, ...]
Spending = Literal["low", "middle", "high", ""]

SHOWN = 8
"""Events that a researcher is told of."""
_READ = 40
"""Newest events looked at: a shop's own buyers have thousands, and the newest show them as well."""
_CATEGORIES = 5
_DONE = {
    "order": "ordered", "return": "returned", "search": "searched for",
    "view": "viewed", "click": "clicked", "cart": "put in the cart:",
}  # fmt: skip
_WEIGHT = {"order": 3, "return": 2, "cart": 2, "click": 1, "view": 1, "search": 1}
_TELLING = {"return": 0, "order": 1, "cart": 2, "search": 3, "click": 4, "view": 5}
"""Which events are worth telling before others, when there are too many."""


class Placed(NamedTuple):
    """An event with what this index knows of it."""

    event: Event
    path: Path
    """Empty where no category of this index is meant."""
    product: Product | None


def persona_of(history: History, index: Index, among: Collection[Path] | None = None) -> Persona:
    """The persona of a history; events about categories outside `among` are left out, where it is given."""
    placed = _placed(history.events[-_READ:], index)
    if among is not None:
        placed = [p for p in placed if not p.path or p.path in among]
    votes: Counter[Path] = Counter()
    for path in (path for text in history.interests if (path := _category(text, index))):
        votes[path] += 1
    for each in placed:
        if each.path:
            votes[each.path] += _WEIGHT[each.event.kind]
    categories = [p for p, _ in votes.most_common() if among is None or p in among][:_CATEGORIES]
    brands = _brands(placed, index)
    persona = Persona(
        user=history.user,
        summary="",
        history=_lines(placed),
        categories=tuple(" > ".join(path) for path in categories),
        brands=brands,
        spending=_spending(placed, index),
    )
    return persona.model_copy(update={"summary": _summary(persona, history.interests)})


def _summary(persona: Persona, interests: Sequence[str]) -> str:
    """What the facts of a persona come to, in one to three sentences."""
    words = _words()
    kinds = [path.rpartition(" > ")[2].replace("-", " ").lower() for path in persona.categories[:3]]
    said = [
        words["kinds"].format(_listed(kinds)) if kinds else "",
        words["interests"].format(_listed(list(interests[:3]))) if interests and not kinds else "",
        words["brands"].format(_listed(list(persona.brands[:2]))) if persona.brands else "",
        words[f"spending_{persona.spending}"] if persona.spending else "",
        words["returns"] if any(RETURNED in line for line in persona.history) else "",
    ]
    return " ".join([text for text in said if text][:3]) or words["nothing"]


def _placed(events: Sequence[Event], index: Index) -> list[Placed]:
    ids = [e.product_id for e in events if e.product_id]
    known = {p.id: p for p in index.catalog.known_products(list(dict.fromkeys(ids)))}
    found: list[Placed] = []
    read: dict[str, Path] = {}
    for event in events:
        product = known.get(event.product_id)
        path = product.category if product else _stored(event.category, index)
        text = event.category or event.text
        if not path and text not in read:
            read[text] = _category(text, index)
        found.append(Placed(event, path or read[text], product))
    return found


def _stored(category: str, index: Index) -> Path:
    """The path that a text is, word for word; empty where it is none of this index."""
    path = tuple(category.split(" > ")) if category else ()
    try:
        return index.card_for(path).path if path else ()
    except UnknownNameError:
        return ()


def _category(text: str, index: Index) -> Path:
    """The category of this index that a text is about; empty where it names none.

    The card offers the nearest categories even for a text that is about nothing here, so a category counts
    only where all words of one of its names stand in the text.
    """
    words = set(stems(text))
    for card in index.card(text, limit=2) if words else ():
        names = [card.path[-1].replace("-", " "), *card.also]
        if any((name := set(stems(each))) and name <= words for each in names):
            return card.path
    return ()


def _brands(placed: Sequence[Placed], index: Index) -> tuple[str, ...]:
    """Brands bought at least twice, most often first."""
    bought = Counter(
        brand
        for p in placed
        if p.event.kind == "order" and (brand := _brand(p, index)) and not _sent_back(p, placed)
    )
    return tuple(brand for brand, times in bought.most_common() if times > 1)


def _sent_back(bought: Placed, placed: Sequence[Placed]) -> bool:
    product = bought.event.product_id
    return bool(product) and any(p.event.kind == "return" and p.event.product_id == product for p in placed)


def _brand(placed: Placed, index: Index) -> str:
    if placed.product is not None:
        return placed.product.brand
    if not placed.path:
        return ""
    title = f" {placed.event.text.casefold()} "
    return next((b for b in index.card_for(placed.path).brands if f" {b.casefold()} " in title), "")


def _spending(placed: Sequence[Placed], index: Index) -> Spending:
    """Where the prices paid stand among all that this index asks for the same kinds of things."""
    shares = []
    for each in placed:
        price = each.event.price
        if price is None or each.event.kind != "order" or not each.path:
            continue
        asked = index.numbers(each.path, "price")
        if asked and index.card_for(each.path).currency == price.currency:
            shares.append(bisect_right(asked, price.amount) / len(asked))
    if not shares:
        return ""
    mean = sum(shares) / len(shares)
    return "low" if mean < 1 / 3 else "high" if mean > 2 / 3 else "middle"


def _lines(placed: Sequence[Placed]) -> tuple[str, ...]:
    """The most telling and newest events as lines, oldest first."""
    newest = sorted(range(len(placed)), key=lambda k: (_TELLING[placed[k].event.kind] > 1, -k))
    kept = sorted(newest[:SHOWN])
    return tuple(dict.fromkeys(_line(placed[k].event) for k in kept))


def _line(event: Event) -> str:
    price = (
        f", {event.price.amount:.2f} {event.price.currency}" if event.price and event.kind == "order" else ""
    )
    return f"{event.at:%Y-%m-%d} {_DONE[event.kind]} {event.text or event.product_id}{price}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


@cache
def _words() -> dict[str, str]:
    text = files("distill.phrasing").joinpath("persona.toml").read_text(encoding="utf-8")
    words: dict[str, str] = tomllib.loads(text)
    return words
