"""Values of words that have an order: "gold or better", "at least Wi-Fi 6", "bronze to gold".

What the order is stands in the column schema, or in the values themselves where they differ by a number alone
("class 4"). Here a bound beside a value becomes the values it allows.
"""

import re
from collections.abc import Sequence

from agent.reading.bounds import Bound, limit_of
from agent.reading.spots import Spot
from index.card import CardAttribute
from index.conditions import spaced

_NUMBERED = re.compile(r"(\D*)(\d+(?:\.\d+)?)")
_JOINS = frozenset({"to", "through", "-", "–"})


def ranked(
    spots: Sequence[Spot], group: Sequence[int], values: Sequence[str], attribute: CardAttribute | None
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The values that a bound beside a value allows, and the spots that say so; nothing without a bound."""
    if attribute is None or not values:
        return (), ()
    order = attribute.order or _numbered(attribute.values, values[0])
    places = [_place(value, order) for value in values]
    if min(places) < 0:
        return (), ()
    far = _far_end(spots, group[0], attribute.name, order)
    if far >= 0:
        others = [s.value for s in spots[far].senses if s.attribute == attribute.name]
        ends = [*places, *(p for value in others if (p := _place(value, order)) >= 0)]
        return order[min(ends) : max(ends) + 1], (far,)
    limit = limit_of(spots, group[-1])
    return _allowed(order, min(places), limit.bound), limit.used


def _numbered(values: Sequence[str], like: str) -> tuple[str, ...]:
    """The values that are called as one of them is but for a number, the smallest first."""
    parted = [(found[1], float(found[2]), v) for v in values if (found := _NUMBERED.fullmatch(v))]
    stem = next((stem for stem, _, value in parted if spaced(value) == spaced(like)), None)
    return tuple(value for word, _, value in sorted(parted) if word == stem)


def _far_end(spots: Sequence[Spot], at: int, name: str, order: Sequence[str]) -> int:
    """Where the other value of "bronze to gold" stands; -1 where there is none."""
    ranging = any("between" in s.tags for s in spots[max(0, at - 2) : at])
    for k in range(at + 1, min(at + 4, len(spots))):
        said = [s for s in spots[k].senses if s.attribute == name and s.kind == "value"]
        if said and _place(said[0].value, order) >= 0:
            joins = {s.text.casefold() for s in spots[at + 1 : k]}
            return k if joins & _JOINS or (ranging and joins & {"and", "&"}) else -1
        if spots[k].pause or spots[k].amount:
            break
    return -1


def _place(value: str, order: Sequence[str]) -> int:
    said = spaced(value)
    return next((k for k, word in enumerate(order) if spaced(word) == said), -1)


def _allowed(order: tuple[str, ...], place: int, bound: Bound) -> tuple[str, ...]:
    match bound:
        case ">=":
            return order[place:]
        case ">":
            return order[place + 1 :]
        case "<=":
            return order[: place + 1]
        case "<":
            return order[:place]
    return ()
