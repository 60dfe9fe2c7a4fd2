"""A person's past: the lines of it that a researcher is told, and what they show without its being said.

The brand bought again and kept, what the things of one kind that were bought have in common, the fault that
things came back for, and thrift become soft needs, by code. A reason counts in another category only where
the card of that one knows its words.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from agent.plan import BUILT_IN, PlanNeed
from index.card import CardAttribute, CategoryCard
from index.cards.names import stems
from index.conditions import spaced
from index.product import Event
from index.search import Index, SearchRequest
from index.text.sanitize import TITLE_LIMIT, plain

Path = tuple[str, ...]
Spending = Literal["low", "middle", "high", ""]

SHOWN = 8
"""Events that a researcher is told of."""
READ = 200
"""Newest events looked at: a shop's own buyers have thousands, and the newest show them as well."""
MOST_SHOWN = 2
"""Needs that a past may add to a question."""
_DONE = {
    "order": "ordered", "return": "returned", "search": "searched for",
    "view": "viewed", "click": "clicked", "cart": "put in the cart:",
    "wish": "wished for",
}  # fmt: skip
_ORDERED, _RETURNED = f" {_DONE['order']} ", f" {_DONE['return']} "
_PAID = re.compile(r"(?P<what>.*), (?P<amount>\d+\.\d\d) (?P<currency>[A-Z]{3})")
_TOO, _ENOUGH, _NOT, _BAD = "too ", " enough", "not ", "bad "


class Bought(NamedTuple):
    """An order as a line of the past tells it."""

    what: str
    amount: float
    """0 where no price is told."""
    currency: str


def lines_of(events: Iterable[Event]) -> tuple[str, ...]:
    """Each event as a line, in their order, each once."""
    said = (event for event in events if event.text or event.kind != "wish")  # a number says nothing
    return tuple(dict.fromkeys(map(_line, said)))


def own_past(index: Index) -> tuple[str, ...]:
    """The lines of the person's own orders, returns and searches, as imported, oldest first."""
    return lines_of(reversed(index.catalog.events(READ)))


def worth_telling(past: Sequence[str], cards: Sequence[CategoryCard]) -> tuple[str, ...]:
    """Of a past's lines those that a researcher is told beside these cards, oldest first.

    What speaks of a card's kind of thing comes before the rest, what was bought or came back before what was
    looked for, and the newest before the older.
    """
    names = [name for card in cards for name in _names(card)]

    def rank(at: int) -> tuple[bool, bool, int]:
        is_bought = _ORDERED in past[at] or came_back(past[at])
        return not _stands_in(names, past[at]), not is_bought, -at

    return tuple(past[at] for at in sorted(sorted(range(len(past)), key=rank)[:SHOWN]))


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
    wishes += _alike(past, card)
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
    near = index.card(text, limit=2) if stems(text) else ()
    return next((card.path for card in near if _stands_in(_names(card), text)), ())


def _names(card: CategoryCard) -> list[set[str]]:
    """The words of each of a card's names."""
    return [set(stems(name)) for name in (card.path[-1].replace("-", " "), *card.also)]


def _stands_in(names: Sequence[set[str]], text: str) -> bool:
    words = set(stems(text))
    return any(name and name <= words for name in names)


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


def _alike(past: Sequence[str], card: CategoryCard) -> Iterator[PlanNeed]:
    """Values that at least half of the things of this kind that were bought and kept have in common."""
    names = _names(card)
    bought = [order.what for order in _kept(past) if _stands_in(names, order.what)]
    for attribute in card.attributes if len(bought) > 1 else ():
        times = Counter(value for what in bought for value in _values_in(what, attribute))
        (value, most), *others = [*times.most_common(2), ("", 0)]
        if most > 1 and 2 * most >= len(bought) and most > others[0][1]:
            yield PlanNeed(on=attribute.name, op="=", value=value, hard=False)


def _values_in(title: str, attribute: CardAttribute) -> list[str]:
    """The values that a title names; of "off white" and "white" the longer one."""
    left, found = f" {spaced(title)} ", []
    for value in sorted(attribute.values, key=len, reverse=True):
        words = f" {spaced(value)} "
        if words in left:
            left = left.replace(words, " | ")
            found.append(value)
    return found


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
