"""Who a person is, as far as their history shows: a persona derived by code, event by event."""

import tomllib
from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from agent.past import (
    READ,
    Path,
    Spending,
    brand_in,
    came_back,
    category_of,
    lines_of,
    price_share,
    spending,
)
from distill.seats.roles import History
from distill.task import Persona
from index.errors import UnknownNameError
from index.product import Event, Product
from index.search import Index

_CATEGORIES = 5
_WEIGHT = {"order": 3, "return": 2, "cart": 2, "wish": 2, "click": 1, "view": 1, "search": 1}


class Placed(NamedTuple):
    """An event with what this index knows of it."""

    event: Event
    path: Path
    """Empty where no category of this index is meant."""
    product: Product | None


def persona_of(history: History, index: Index, among: Collection[Path] | None = None) -> Persona:
    """The persona of a history; events about categories outside `among` are left out, where it is given."""
    placed = _placed(history.events[-READ:], index)
    if among is not None:
        placed = [p for p in placed if not p.path or p.path in among]
    votes: Counter[Path] = Counter()
    for path in (path for text in history.interests if (path := category_of(text, index))):
        votes[path] += 1
    for each in placed:
        if each.path:
            votes[each.path] += _WEIGHT[each.event.kind]
    categories = [p for p, _ in votes.most_common() if among is None or p in among][:_CATEGORIES]
    brands = _brands(placed, index)
    persona = Persona(
        user=history.user,
        summary="",
        history=lines_of(p.event for p in placed),
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
        words["returns"] if any(map(came_back, persona.history)) else "",
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
            read[text] = category_of(text, index)
        found.append(Placed(event, path or read[text], product))
    return found


def _stored(category: str, index: Index) -> Path:
    """The path that a text is, word for word; empty where it is none of this index."""
    path = tuple(category.split(" > ")) if category else ()
    try:
        return index.card_for(path).path if path else ()
    except UnknownNameError:
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
    return brand_in(placed.event.text, index.card_for(placed.path).brands)


def _spending(placed: Sequence[Placed], index: Index) -> Spending:
    """Where the prices paid stand among all that this index asks for the same kinds of things."""
    shares = []
    for each in placed:
        price = each.event.price
        if price is not None and each.event.kind == "order":
            share = price_share(price.amount, price.currency, each.path, index)
            shares += [] if share is None else [share]
    return spending(shares)


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


@cache
def _words() -> dict[str, str]:
    text = files("distill.phrasing").joinpath("persona.toml").read_text(encoding="utf-8")
    words: dict[str, str] = tomllib.loads(text)
    return words
