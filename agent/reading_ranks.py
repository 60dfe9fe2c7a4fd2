"""Values of words that have an order on the card: "gold or better", "at least Wi-Fi 6", "bronze to gold".

What the order is stands in the column schema; here a bound beside a value becomes the values it allows.
"""

from collections.abc import Sequence

from agent.reading_bounds import Bound, limit_of
from agent.reading_spots import Spot
from index.card import CardAttribute
from index.conditions import spaced


def ranked(
    spots: Sequence[Spot], group: Sequence[int], values: Sequence[str], attribute: CardAttribute | None
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The values that a bound beside a value allows, and the spots that say so; nothing without a bound."""
    places = [_place(value, attribute.order) for value in values] if attribute is not None else []
    if attribute is None or not places or min(places) < 0:
        return (), ()
    leading = [k for k in range(max(0, group[0] - 2), group[0]) if "between" in spots[k].tags]
    if len(places) == 2 and leading:
        return attribute.order[min(places) : max(places) + 1], tuple(leading)
    limit = limit_of(spots, group[-1] if len(group) > 1 else group[0])
    return _allowed(attribute.order, min(places), limit.bound), limit.used


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
