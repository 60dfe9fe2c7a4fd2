"""Invented shoppers over any index: each has tastes, and a history of events that shows them.

A shopper buys in a few categories of their own split, mostly one brand, at one level of spending, and sends
back what was bad at something: the end of an attribute that they cannot stand, or what buyers complain of.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import count as counted
from itertools import islice
from random import Random

from distill.drawing.candidates import alone
from distill.drawing.shelves import Goods, Path, Shelf, Shelves, read_shelves
from distill.drawing.splits import draw_splits
from distill.phrasing.nouns import nouns_of
from distill.seats.roles import History
from distill.task import HOME, Split
from index.card import CardAttribute, CategoryCard
from index.product import Event, EventKind, Origin, Price, Product
from index.search import Index

SOURCE = "shoppers"
_LOOKED_AT = 10
"""Products among which the one that disappoints is the worst."""
_STEP = (3, 70)
"""Days between two events."""


@dataclass(frozen=True, slots=True)
class Tastes:
    """What a shopper is like."""

    paths: tuple[Path, ...]
    brand: str
    """Empty for those who do not care."""
    spending: float
    """Where in a category's prices they buy, from 0 (cheapest) to 1."""
    grudge: "Grudge | None"


@dataclass(frozen=True, slots=True)
class Grudge:
    """What a shopper sends things back for."""

    reason: str
    attribute: str = ""
    worst: str = ""
    """The end of the attribute that is bad: `low` or `high`; empty for what only reviews tell."""


def draw_histories(
    index: Index, seed: int, count: int, world: str = HOME, split: Split | None = None
) -> Iterator[History]:
    """That many shoppers, the same for the same seed; of one split, where it is given.

    There are none where nothing is sold, and none of another split than that of a random world.
    """
    shelves = read_shelves(index)
    splits = draw_splits(world, shelves.paths, ())
    if not shelves.paths or (splits.world is not None and split not in (None, splits.world)):
        return
    prefix = f"shopper-{seed}" if world == HOME else f"shopper-{world}-{seed}"
    users = (f"{prefix}-{number:06d}" for number in counted(1))
    for user in islice((u for u in users if split in (None, splits.of_user(u))), count):
        paths = splits.categories_of(splits.of_user(user)) or shelves.paths
        yield _history(user, shelves, paths, index, Random(f"{seed}:{user}"))


def _history(user: str, shelves: Shelves, paths: Sequence[Path], index: Index, rng: Random) -> History:
    tastes = _tastes(shelves, paths, index, rng)
    acts = _acts(tastes, shelves, index, rng)
    days = [rng.randint(*_STEP) for _ in acts]
    at = datetime.combine(shelves.today, time(9), UTC) - timedelta(days=sum(days))
    events = []
    for number, ((kind, goods, text, path), gap) in enumerate(zip(acts, days, strict=True), start=1):
        at += timedelta(days=gap, minutes=rng.randint(-90, 600))
        events.append(_event(user, number, kind, goods, text, index.card_for(path), at))
    return History(user=user, events=tuple(events))


def _tastes(shelves: Shelves, paths: Sequence[Path], index: Index, rng: Random) -> Tastes:
    liked = rng.sample(list(paths), min(len(paths), rng.choice((1, 2, 2, 3))))
    brands = Counter(g.brand for path in liked for g in shelves[path].goods if g.brand)
    known = [brand for brand, times in brands.items() if times > 1]
    return Tastes(
        paths=tuple(liked),
        brand=rng.choice(known) if known and rng.random() < 0.75 else "",
        spending=rng.choice((0.12, 0.5, 0.5, 0.88)),
        grudge=_grudge(shelves[liked[0]], index, rng) if rng.random() < 0.75 else None,
    )


def _grudge(shelf: Shelf, index: Index, rng: Random) -> Grudge | None:
    card = index.card_for(shelf.path)
    worded = [g for a in card.attributes if a.kind == "number" for g in _ends(a, card)]
    if worded and rng.random() < 0.75:
        return rng.choice(worded)
    for _ in range(_LOOKED_AT):
        goods = rng.choice(shelf.goods)
        bad = [a.name for r in index.catalog.reviews(goods.id) for a in r.aspects if a.polarity == "negative"]
        if bad:
            return Grudge(reason=f"bad {rng.choice(bad)}")
    return rng.choice(worded) if worded else None


def _ends(attribute: CardAttribute, card: CategoryCard) -> Iterator[Grudge]:
    """The ends of an attribute that can be complained of in its own words."""
    low, high = attribute.better == "low", attribute.better == "high"
    if not high:
        yield from (Grudge(f"too {w}", attribute.name, "high") for w in alone(attribute.high_words, card))
    if not low:
        yield from (Grudge(f"too {w}", attribute.name, "low") for w in alone(attribute.low_words, card))
    if low:
        yield from (
            Grudge(f"not {w} enough", attribute.name, "high") for w in alone(attribute.low_words, card)
        )
    if high:
        yield from (
            Grudge(f"not {w} enough", attribute.name, "low") for w in alone(attribute.high_words, card)
        )


Act = tuple[EventKind, Goods | None, str, Path]


def _acts(tastes: Tastes, shelves: Shelves, index: Index, rng: Random) -> list[Act]:
    acts: list[Act] = []
    for path in tastes.paths:
        acts += _bought(path, tastes, shelves[path], index, rng)
    grudge, path = tastes.grudge, tastes.paths[0]
    if grudge is not None:
        for goods in _disappointing(shelves[path], grudge, index, rng)[: rng.choice((1, 1, 2))]:
            acts.append(("order", goods, goods.title, path))
            acts.append(("return", goods, f"{goods.title}: {grudge.reason}", path))
    return acts


def _bought(path: Path, tastes: Tastes, shelf: Shelf, index: Index, rng: Random) -> Iterator[Act]:
    card = index.card_for(path)
    liked = [g for g in shelf.goods if tastes.brand and g.brand == tastes.brand]
    words = [tastes.brand.casefold()] if liked and rng.random() < 0.3 else []
    words += [rng.choice(a.values) for a in card.attributes if a.values and rng.random() < 0.15][:1]
    yield ("search", None, " ".join([*words, rng.choice(nouns_of(card)).text]), path)
    around = _around(shelf, tastes.spending)
    for _ in range(rng.choice((0, 1, 1, 2))):
        goods = rng.choice(around)
        yield ("view", goods, goods.title, path)
    for _ in range(rng.choice((1, 1, 2))):
        wanted = [g for g in around if g.brand == tastes.brand] or liked
        goods = rng.choice(wanted if wanted and rng.random() < 0.8 else around)
        yield ("order", goods, goods.title, path)


def _around(shelf: Shelf, spending: float) -> Sequence[Goods]:
    """The third of the shelf around a level of spending."""
    priced = shelf.by_price
    if len(priced) < 3:
        return shelf.goods
    width = max(2, len(priced) // 3)
    first = round(spending * (len(priced) - width))
    return priced[first : first + width]


def _disappointing(shelf: Shelf, grudge: Grudge, index: Index, rng: Random) -> list[Goods]:
    """Products that are bad at what the grudge is about, worst first."""
    some = rng.sample(shelf.goods, min(_LOOKED_AT, len(shelf.goods)))
    if not grudge.attribute:
        return some
    records = {p.id: p for p in index.catalog.known_products([g.id for g in some])}
    numbers = {g.id: _number(records[g.id], grudge.attribute) for g in some}
    known = [g for g in some if numbers[g.id] is not None]
    return sorted(known, key=lambda g: (numbers[g.id] or 0.0, g.id), reverse=grudge.worst == "high")


def _number(product: Product, name: str) -> float | None:
    attribute = product.attribute(name)
    return attribute.low if attribute else None


def _event(
    user: str, number: int, kind: EventKind, goods: Goods | None, text: str, card: CategoryCard, at: datetime
) -> Event:
    price = None
    if goods is not None and goods.amount is not None and card.currency and kind in ("order", "return"):
        price = Price(amount=goods.amount, currency=card.currency, seen=at.date())
    return Event(
        id=f"{SOURCE}:{user}:{number}",
        origin=Origin(source=SOURCE, file=user, row=number, seen=at.date()),
        kind=kind,
        at=at,
        text=text,
        product_id=goods.id if goods else "",
        price=price,
        category=" > ".join(card.path),
    )
