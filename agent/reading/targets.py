"""Which attribute an amount speaks of: by its unit, by names nearby and by the ranges on the card.

A bare upper bound is a price. What finds no place is left to the leftovers, never guessed.
"""

from collections.abc import Sequence
from dataclasses import replace

from agent.reading.amounts import RATING_UNIT, Amount
from agent.reading.bounds import Limit
from agent.reading.drafts import Drafts
from agent.reading.figures import number_key
from agent.reading.spots import Passage, Spot
from agent.reading.vocabulary import Sense, Vocabulary
from index.card import CardAttribute
from index.conditions import in_words
from index.text.units import UnitError, convert

_PEOPLE = frozenset({"people", "persons", "person", "users", "guests"})
_NO_COUNT = 1000
"""From here on a bare number counts nothing that one buys."""


def names_near(spots: Sequence[Spot], at: int) -> dict[str, float]:
    """Attributes whose names stand near a place, the nearer the heavier."""
    near: dict[str, float] = {}
    for step, reach in ((1, 4), (-1, 7)):
        distance = 0.0
        for k in range(at + step, at + step * reach, step):
            if not 0 <= k < len(spots) or spots[k].amount or (spots[k].pause and spots[k].text != ":"):
                break
            if spots[k].link and spots[k].link != "or":
                break
            if step == 1 and k + 1 < len(spots) and spots[k + 1].amount and spots[k + 1].glued:
                break
            # "Under 150 with long battery life": what a thing comes with is another matter.
            if step == 1 and spots[k].text.casefold().startswith("with"):
                break
            # "DDR5": the name grown together with the number is its own.
            grown = step == -1 and k == at - 1 and spots[at].glued
            weights = {"name": 5.0 if grown else 3.0, "part": 1.2, "adjective": 1.0}
            for sense in spots[k].senses:
                weight = weights.get(sense.kind, 0.0) - distance
                near[sense.attribute] = max(near.get(sense.attribute, 0.0), weight)
            distance += 0.1 if spots[k].stop else 0.35
    return near


def target_of(passage: Passage, at: int, limit: Limit, drafts: Drafts) -> str:
    """The attribute or built-in field that an amount speaks of; empty where none can be told."""
    spots, words = passage.spots, passage.words
    amount = spots[at].amount
    assert amount is not None
    near = names_near(spots, at)
    if not amount.unit:
        taken = {
            s.attribute for k in drafts.used if abs(k - at) < 7 for s in spots[k].senses if s.kind == "name"
        }
        free = {s.attribute for k, s in _named_spots(spots, at) if k not in drafts.used}
        near = {name: weight for name, weight in near.items() if name in free or name not in taken}
    if limit.hint:
        near[limit.hint] = near.get(limit.hint, 0.0) + 3.0
    scored_out_of = not amount.unit and amount.high <= 5 and _speaks(spots, at, "rating_name")
    if not amount.money and (amount.unit == RATING_UNIT or scored_out_of):
        return "rating"
    if amount.money:
        return _per(passage, at) or _money_attribute(words, near) or "price"
    counted = _counted_pieces(passage, at)
    acts = at + 2 < len(spots) and "can" in spots[at + 2].tags  # "one person can set it up"
    if (
        acts
        or (amount.weak and _is_pronoun(spots, at))
        or (max(near.values(), default=0.0) < 2 and _goes_through(spots, at))
    ):
        return ""
    served = _served(passage, at) if not (amount.unit or limit.bound) else ""
    if counted or served:
        return counted or served
    if scored := _scored(words, amount, near):
        _doubt(passage, at, scored, near, drafts)
        return _piece(passage, at, scored) or scored[0][1]
    if amount.unit or amount.weak:
        return _value_attribute(words, amount, near)
    return _bare(passage, at, limit, near) or _spoken_of(passage, amount, drafts)


def _is_pronoun(spots: Sequence[Spot], at: int) -> bool:
    """Whether "one" stands for the thing itself ("a light one")."""
    amount = spots[at].amount
    alone = amount is not None and not amount.unit and spots[at].text.casefold() == "one"
    return alone and at > 0 and spots[at - 1].has("adjective")


def _goes_through(spots: Sequence[Spot], at: int) -> bool:
    """Whether an amount measures what the thing is to pass ("fits through a 75 cm door")."""
    return any(spot.text.casefold() == "through" for spot in spots[max(0, at - 2) : at])


def _served(passage: Passage, at: int) -> str:
    """ "For three" and "fits three", which is said of people."""
    spots = passage.spots
    after = spots[at + 1] if at + 1 < len(spots) else None
    alone = after is None or after.pause > 0 or after.stop or bool(after.link) or bool(after.tags)
    if not (alone and at and spots[at - 1].text.casefold() in ("for", "of", "fits", "fit")):
        return ""
    counted = (a for a in passage.words.card.attributes if a.kind == "number" and not a.unit)
    return next((a.name for a in counted if _PEOPLE & {a.name, *a.also}), "")


def _piece(passage: Passage, at: int, scored: Sequence[tuple[float, str]]) -> str:
    """The size of one piece, where the count of pieces stands right before it ("two 8 GB sticks")."""
    if not at or not _counted_pieces(passage, at - 1):
        return ""
    found = [a for _, name in scored if (a := passage.words.attribute(name))]
    alike = [a for a in found if a.unit == found[0].unit]
    return min(alike, key=lambda a: a.high or 0.0).name if len(alike) > 1 else ""


def _named_spots(spots: Sequence[Spot], at: int) -> list[tuple[int, Sense]]:
    """Places near an amount where attributes are named."""
    places = range(max(0, at - 7), min(len(spots), at + 5))
    return [(k, s) for k in places for s in spots[k].senses if s.kind in ("name", "part", "adjective")]


def _counted_pieces(passage: Passage, at: int) -> str:
    """ "Four 16 GB sticks": the count that a bare number gives of sized pieces."""
    spots, amount = passage.spots, passage.spots[at].amount
    size = spots[at + 1].amount if at + 2 < len(spots) else None
    if amount is None or amount.unit or size is None or not size.unit:
        return ""
    named = []
    for k in range(at + 2, min(at + 6, len(spots))):
        if spots[k].pause or (spots[k].amount and not spots[k].glued):
            break
        whole = k + 1 >= len(spots) or not (spots[k + 1].amount and spots[k + 1].glued)
        said = [s.attribute for s in spots[k].senses if whole and s.kind in ("name", "part")]
        named += [passage.words.attribute(name) for name in said]
    return next((a.name for a in named if a and a.kind == "number" and not a.unit), "")


def _spoken_of(passage: Passage, amount: Amount, drafts: Drafts) -> str:
    """What a follow-up's bare number changes: the earlier need whose range holds it."""
    named = [passage.words.attribute(name) for name in dict.fromkeys(drafts.earlier)]
    numbers = [a.name for a in named if a and a.kind == "number" and _inside(amount.high, a)]
    return numbers[0] if len(numbers) == 1 else ""


def _speaks(spots: Sequence[Spot], at: int, tag: str) -> bool:
    """Whether a word of this tag stands near, in the same clause and before another amount."""
    for step, reach in ((-1, 6), (1, 4)):
        for k in range(at + step, at + step * reach, step):
            if not 0 <= k < len(spots) or spots[k].amount or (spots[k].pause and spots[k].text != ":"):
                break
            if tag in spots[k].tags:
                return True
    return False


def _per(passage: Passage, at: int) -> str:
    """The attribute of "$0.06 per GB": one whose name says "per" the same."""
    after = passage.text(at + 1, min(at + 3, len(passage.spots))).casefold().replace("/", "per ")
    for attribute in passage.words.card.attributes:
        names = (in_words(attribute.name), *attribute.also)
        if attribute.kind == "number" and any("per " in n and after == n[n.index("per ") :] for n in names):
            return attribute.name
    return ""


def _money_attribute(words: Vocabulary, near: dict[str, float]) -> str:
    """An attribute in money ("price per …") that is named beside the amount."""
    named = (words.attribute(name) for name, weight in near.items() if weight > 2)
    currency = words.card.currency
    return next((a.name for a in named if a and a.kind == "number" and currency and currency in a.unit), "")


def _scored(words: Vocabulary, amount: Amount, near: dict[str, float]) -> list[tuple[float, str]]:
    """Number attributes that the amount could measure, best first."""
    scored = []
    for attribute in words.card.attributes:
        if attribute.kind != "number":
            continue
        name = near.get(attribute.name, 0.0)
        meant = regrouped(amount, attribute)
        number = _in_unit(meant, attribute) if amount.unit else meant.high
        if number is None or (not amount.unit and name < 0.8):
            continue
        inside = _inside(number, attribute)
        if amount.unit and amount.unit != attribute.unit and not inside and not _inside(number, attribute, 6):
            continue
        # "The most memory for under 400" speaks of money where no memory comes near 400.
        if not amount.unit and not _inside(number, attribute, 4):
            continue
        same = amount.unit == attribute.unit
        scored.append((name + 2.0 * inside + 0.5 * same + 0.4 * attribute.coverage, attribute.name))
    highs = {a.name: a.high or 0.0 for a in words.card.attributes}
    # Of a whole and its parts in one unit ("32 GB" of two modules) the whole is meant.
    return sorted(scored, key=lambda pair: (-round(pair[0], 1), -highs[pair[1]]))


def regrouped(amount: Amount, attribute: CardAttribute | None) -> Amount:
    """The amount with "3.000" read as three thousand where only that lies in the attribute's range."""
    if attribute is None or not amount.grouped or amount.low != amount.high:
        return amount
    grouped = replace(amount, low=amount.grouped, high=amount.grouped)
    plain, larger = _in_unit(amount, attribute), _in_unit(grouped, attribute)
    if plain is None or larger is None or _inside(plain, attribute):
        return amount
    return grouped if _inside(larger, attribute) else amount


def _in_unit(amount: Amount, attribute: CardAttribute) -> float | None:
    if not amount.unit or amount.unit == attribute.unit:
        return amount.high
    try:
        return convert(amount.high, amount.unit, attribute.unit)
    except UnitError:
        return None


def _inside(number: float, attribute: CardAttribute, slack: float = 1.0) -> bool:
    if attribute.low is None or attribute.high is None:
        return False
    return attribute.low / slack <= number <= attribute.high * slack


def _doubt(
    passage: Passage, at: int, scored: list[tuple[float, str]], near: dict[str, float], drafts: Drafts
) -> None:
    """Remember where two attributes could be meant and no word decides."""
    rivals = [name for score, name in scored if scored[0][0] - score < 0.4]
    highs = [a.high for name in rivals if (a := passage.words.attribute(name)) and a.high]
    alike = len(highs) > 1 and max(highs) < 1.5 * min(highs)
    if alike and not any(near.get(name, 0.0) >= 1 for name in rivals):
        drafts.doubts.append((passage.text(at, at + 1), tuple(rivals[:4])))


def _value_attribute(words: Vocabulary, amount: Amount, near: dict[str, float]) -> str:
    """A text attribute one of whose values is this very number."""
    senses = [s for s in words.numerals.get(number_key(amount.high), ()) if s.kind == "value"]
    named = [s.attribute for s in senses if near.get(s.attribute, 0.0) >= 0.8]
    if named or (amount.unit and amount.placed and senses):
        return named[0] if named else senses[0].attribute
    return senses[0].attribute if amount.unit and len({s.attribute for s in senses}) == 1 else ""


def _bare(passage: Passage, at: int, limit: Limit, near: dict[str, float]) -> str:
    """A number without unit, money or name: a price, or the one attribute whose range holds it."""
    spots, words, card = passage.spots, passage.words, passage.words.card
    amount = spots[at].amount
    assert amount is not None
    valued = _value_attribute(words, amount, near)
    known = words.models.get(number_key(amount.high), ("", ""))[0] if not limit.bound else ""
    if known and not _speaks(spots, at, "budget"):
        return known
    follows = spots[at + 1] if at + 1 < len(spots) else None
    counted = follows is not None and follows.unknown
    if valued or counted:
        return valued
    if _speaks(spots, at, "budget"):
        return "price"
    priced = card.price_low is not None and card.price_high is not None
    fits_price = priced and amount.high <= (card.price_high or 0.0) * 1.5
    ends = follows is None or follows.pause > 0
    if not limit.bound and ends and fits_price and at and spots[at - 1].text.casefold() == "for":
        return "price"
    begins = not at or spots[at - 1].pause > 0
    if begins and fits_price and amount.low < amount.high and (card.price_low or 0.0) / 2 <= amount.low:
        return "price"  # "…, 170 - 200, …"
    if not limit.bound or limit.bound in ("=", "!="):
        return _described(passage, at)
    holding = [a.name for a in card.attributes if a.kind == "number" and _inside(amount.high, a)]
    upper = limit.bound in ("<=", "<", "~")
    if upper and (fits_price or not holding):
        return "price"
    return holding[0] if len(holding) == 1 and not upper else ""


def _described(passage: Passage, at: int) -> str:
    """What a bare number says: a count right before the thing ("7.1 speakers"), or what one range holds."""
    spots = passage.spots
    attributes = passage.words.card.attributes
    amount = spots[at].amount
    leads = at + 1 < len(spots) and spots[at + 1].category
    led = at > 0 and (spots[at - 1].unknown or spots[at - 1].has("brand") or spots[at - 1].category)
    if amount is None or led:
        return ""
    holding = [a for a in attributes if a.kind == "number" and _inside(amount.high, a)]
    if amount.high >= _NO_COUNT:
        return holding[0].name if len(holding) == 1 else ""
    counted = [a.name for a in holding if not a.unit]
    sure = len(counted) == 1 and (len(holding) == 1 or not amount.high.is_integer())
    return counted[0] if leads and sure else ""
