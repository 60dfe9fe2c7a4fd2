"""A person's past: the lines of it that a researcher is told, and what they show without its being said.

The brand bought again and kept, the fault that things came back for, and thrift become soft needs, by code. A
reason counts in another category only where that category's card knows its words.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from agent.plan import BUILT_IN, PlanNeed
from index.card import CategoryCard
from index.cards.names import stems
from index.conditions import spaced
from index.product import Event
from index.search import Index, SearchRequest
from index.text.sanitize import TITLE_LIMIT, plain

Path = tuple[str, ...]
Spending = Literal["low", "middle", "high", ""]

SHOWN = 8
"""Events that a researcher is told of."""
READ = 40
"""Newest events looked at: a shop's own buyers have thousands, and the newest show them as well."""
MOST_SHOWN = 2
"""Needs that a past may add to a question."""
_DONE = {
    "order": "ordered", "return": "returned", "search": "searched for",
    "view": "viewed", "click": "clicked", "cart": "put in the cart:",
    "wish": "wished for",
}  # fmt: skip
_TELLING = {"return": 0, "order": 1, "cart": 2, "wish": 2, "search": 3, "click": 4, "view": 5}
"""Which events are worth telling before others, when there are too many."""
_ORDERED, _RETURNED = f" {_DONE['order']} ", f" {_DONE['return']} "
_PAID = re.compile(r"(?P<what>.*), (?P<amount>\d+\.\d\d) (?P<currency>[A-Z]{3})")
_TOO, _ENOUGH, _NOT, _BAD = "too ", " enough", "not ", "bad "


class Bought(NamedTuple):
    """An order as a line of the past tells it."""

    what: str
    amount: float
    """0 where no price is told."""
    currency: str


def told(events: Sequence[Event]) -> tuple[str, ...]:
    """The most telling and newest events as lines, oldest first, as they are given."""
    events = [event for event in events if event.text or event.kind != "wish"]  # a number says nothing
    newest = sorted(range(len(events)), key=lambda k: (_TELLING[events[k].kind] > 1, -k))
    return tuple(dict.fromkeys(_line(events[k]) for k in sorted(newest[:SHOWN])))


def own_past(index: Index) -> tuple[str, ...]:
    """The lines of the person's own orders, returns and searches, as imported."""
    return told(tuple(reversed(index.catalog.events(READ))))


def past_needs(past: Sequence[str], card: CategoryCard, index: Index) -> list[PlanNeed]:
    """What the lines of a past show a wish for, on a card, the strongest first."""
    known = index.card_for(card.path)  # a card beside a question may leave attributes out
    kept = list(_kept(past))
    bought = Counter(b for order in kept if (b := brand_in(order.what, card.brands)))
    again = [brand for brand, times in bought.most_common() if times > 1]
    thrifty = spending(_shares(kept, index)) == "low"
    wishes = shown_wishes(known, past, again, thrifty=thrifty)
    on_card = {*BUILT_IN, "other", *(a.name for a in card.attributes)}
    return [wish for wish in wishes if wish.on in on_card]


def shown_wishes(
    card: CategoryCard, past: Sequence[str], brands: Sequence[str], *, thrifty: bool
) -> list[PlanNeed]:
    """Soft needs that a past shows, the strongest first, each once; `brands` are those bought again."""
    wishes = [w for line in reversed(past) if (w := _wish_of(line, card)) is not None]
    known = {brand.casefold(): brand for brand in card.brands}
    liked = [known[b.casefold()] for b in brands if b.casefold() in known][:1]
    wishes += [PlanNeed(on="brand", op="=", value=brand, hard=False) for brand in liked]
    if thrifty and card.priced:
        wishes.append(PlanNeed(on="price", op="low", hard=False))
    by_attribute = {(w.on, w.value if w.on == "other" else ""): w for w in reversed(wishes)}
    return list(reversed(by_attribute.values()))


def came_back(line: str) -> bool:
    """Whether a line of a past tells of a return."""
    return _RETURNED in line


def reason_of(line: str) -> str:
    """Why something came back, as a line of a past says; empty where it does not."""
    return line.rpartition(": ")[2] if came_back(line) and ": " in line else ""


def category_of(text: str, index: Index) -> Path:
    """The category of an index that a text is about; empty where it names none.

    The card offers the nearest categories even for a text that is about nothing here, so a category counts
    only where all words of one of its names stand in the text.
    """
    words = set(stems(text))
    for card in index.card(text, limit=2) if words else ():
        names = [card.path[-1].replace("-", " "), *card.also]
        if any((name := set(stems(each))) and name <= words for each in names):
            return card.path
    return ()


def brand_in(title: str, brands: Iterable[str]) -> str:
    """The brand that a title names; empty where it names none of these."""
    words = f" {title.casefold()} "
    return next((b for b in brands if f" {b.casefold()} " in words), "")


def price_share(amount: float, currency: str, path: Path, index: Index) -> float | None:
    """The share of a category that costs no more; None where that cannot be said."""
    asked = index.numbers(path, "price") if path else ()
    if not asked or index.card_for(path).currency != currency:
        return None
    return bisect_right(asked, amount) / len(asked)


def spending(shares: Sequence[float]) -> Spending:
    """Where the prices paid stand on average among what is asked for the same kinds of things."""
    if not shares:
        return ""
    mean = sum(shares) / len(shares)
    return "low" if mean < 1 / 3 else "high" if mean > 2 / 3 else "middle"


def _line(event: Event) -> str:
    paid = event.price if event.kind == "order" else None
    price = f", {paid.amount:.2f} {paid.currency}" if paid else ""
    what = plain(event.text or event.product_id, TITLE_LIMIT)  # a catalogue may come from elsewhere
    return f"{event.at:%Y-%m-%d} {_DONE[event.kind]} {what}{price}"


def _kept(past: Sequence[str]) -> Iterator[Bought]:
    """What was ordered and did not come back."""
    orders = [line.partition(_ORDERED)[2] for line in past if _ORDERED in line]
    back = [line.partition(_RETURNED)[2] for line in past if came_back(line)]
    for order in orders:
        paid = _PAID.fullmatch(order)
        what = paid["what"] if paid else order
        if not any(each == what or each.startswith(f"{what}: ") for each in back):
            yield Bought(what, float(paid["amount"]) if paid else 0.0, paid["currency"] if paid else "")


def _shares(kept: Sequence[Bought], index: Index) -> list[float]:
    priced = [order for order in kept if order.currency]
    paths = [_path_of(order.what, index) for order in priced]
    shares = (price_share(o.amount, o.currency, path, index) for o, path in zip(priced, paths, strict=True))
    return [share for share in shares if share is not None]


def _path_of(title: str, index: Index) -> Path:
    """The category of what was bought: of the product with this title, or what the words name."""
    found = index.search(SearchRequest(query=title, limit=1)).hits
    same = bool(found) and found[0].product.title.casefold() == title.casefold()
    return found[0].product.category if same else category_of(title, index)


def _wish_of(line: str, card: CategoryCard) -> PlanNeed | None:
    reason = reason_of(line)
    if reason.startswith(_TOO):
        return _on_word(reason.removeprefix(_TOO), card, wanted=False)
    if reason.startswith(_NOT) and reason.endswith(_ENOUGH):
        return _on_word(reason.removeprefix(_NOT).removesuffix(_ENOUGH), card, wanted=True)
    if reason.startswith(_BAD):
        return PlanNeed(on="other", op="has", value=f"good {reason.removeprefix(_BAD)}", hard=False)
    return None


def _on_word(word: str, card: CategoryCard, *, wanted: bool) -> PlanNeed | None:
    """Towards a word or away from it; None where it speaks of no attribute of the card, or of several."""
    speaking = [
        a for a in card.attributes if a.kind == "number" and _among(word, (*a.low_words, *a.high_words))
    ]
    if len(speaking) != 1:
        return None
    (attribute,) = speaking
    low = _among(word, attribute.low_words if wanted else attribute.high_words)
    return PlanNeed(on=attribute.name, op="low" if low else "high", hard=False)


def _among(word: str, words: Sequence[str]) -> bool:
    return spaced(word) in map(spaced, words)
