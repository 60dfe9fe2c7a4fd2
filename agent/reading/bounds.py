"""On which side the words around an amount bound it: "at most", "or more", "no louder than", "isn't under".

A negation turns a bound round. Which attribute is bounded is decided in `reading_targets`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.reading.spots import Spot

Bound = Literal["<=", "<", ">=", ">", "~", "=", "!=", ""]
_TAGS: tuple[tuple[str, Bound], ...] = (
    ("at_most", "<="),
    ("below", "<"),
    ("at_least", ">="),
    ("above", ">"),
    ("about", "~"),
    ("exactly", "="),
)
_FLIPPED: dict[Bound, Bound] = {"<=": ">", "<": ">=", ">=": "<", ">": "<="}
_REACH = 8
"""Spots before an amount in which its comparison stands."""
_REACH_AFTER = 8
"""Spots after an amount in which its comparison stands."""
_RELATIVE = frozenset({"that", "which", "who", "and", "or", "otherwise", "else"})
"""Words after which something else is said than what the limit leaves out."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How the words around an amount bound it."""

    bound: Bound
    used: tuple[int, ...] = ()
    hint: str = ""
    """Attribute of a comparative ("quieter than")."""


def limit_of(spots: Sequence[Spot], at: int) -> Limit:
    """The comparison that belongs to the amount at a place."""
    amount = spots[at].amount
    before, after = _before(spots, at), _after(spots, at)
    if amount is not None and amount.plus:
        return Limit(">=", before.used)
    if before.bound and after.bound and before.used and before.used[0] < at - 2:
        return after if after.bound not in ("~",) else before
    return before if before.bound else after


def _before(spots: Sequence[Spot], at: int) -> Limit:
    unknown = 0
    for k in range(at - 1, max(-1, at - _REACH), -1):
        spot = spots[k]
        if "than" in spot.tags and k and spots[k - 1].has("adjective"):
            return _unless_ruled_out(spots, at, _compared(spots, k))
        bound = _bound(spot, "before")
        if bound and not _is_the_others(spots, k):
            found = _denying(spots, k, bound) if _is_spoken(spot) else Limit(bound, (k,))
            return _unless_ruled_out(spots, at, found)
        if "not" in spot.tags and k >= at - 2:
            return Limit("!=", (k,))
        if (
            spot.amount
            or spot.category
            or (spot.pause and spot.text != ":")
            or (spot.link and spot.link != "and")
        ):
            break
        if spot.has("value") and not spot.has("name") and not spot.has("part"):
            break
        unknown += spot.unknown
        if unknown > 1:
            break
    return Limit("")


def _bound(spot: Spot, side: str) -> Bound:
    return next((bound for tag, bound in _TAGS if f"{tag}_{side}" in spot.tags), "")


def _is_spoken(spot: Spot) -> bool:
    """Whether a bound is said in words: nobody denies a `<=`."""
    return any(map(str.isalpha, spot.text))


def _is_the_others(spots: Sequence[Spot], at: int) -> bool:
    """Whether "max" or "minimum" belongs to the amount before it ("$50 max, …")."""
    return bool(at and _bound(spots[at], "after") and spots[at - 1].amount and spots[at + 1].pause)


def _denying(spots: Sequence[Spot], at: int, bound: Bound) -> Limit:
    """The bound, turned round where a "not" stands before it."""
    for k in range(at - 1, max(-1, at - _REACH), -1):
        if {"not", "refuse", "ruled_out"} & spots[k].tags:
            return Limit(_FLIPPED.get(bound, bound), (at, k))
        if spots[k].pause or spots[k].link or spots[k].amount or spots[k].category or spots[k].unknown:
            break
        if spots[k].senses and (k < at - 1 or any(s.kind not in ("name", "part") for s in spots[k].senses)):
            break
    return Limit(bound, (at,))


def _unless_ruled_out(spots: Sequence[Spot], at: int, limit: Limit) -> Limit:
    """The bound turned round where it names what will not do ("anything longer than 24 cm won't fit")."""
    first = min((at, *limit.used))
    led = [s.text.casefold() for s in spots[max(0, first - 4) : first] if not s.pause or s.text != ","]
    if "if" in led and limit.bound in (">", ">="):
        return Limit(_FLIPPED[limit.bound], limit.used, limit.hint)
    for k in range(at + 1, min(len(spots), at + _REACH)):
        spot = spots[k]
        if {"ruled_out", "not_behind"} & spot.tags:
            said = [k, k + 1] if k + 1 < len(spots) and spots[k + 1].has("adjective") else [k]
            return Limit(_FLIPPED.get(limit.bound, limit.bound), (*limit.used, *said), limit.hint)
        if spot.pause or spot.amount or spot.category or spot.text.casefold() in _RELATIVE:
            break
    return limit


def _compared(spots: Sequence[Spot], than: int) -> Limit:
    """ "quieter than", "no heavier than": the adjective's attribute and side."""
    sense = next(s for s in spots[than - 1].senses if s.kind == "adjective")
    bound: Bound = "<" if sense.side == "low" else ">"
    found = _denying(spots, than - 1, bound)
    return Limit(found.bound, (*found.used, than), sense.attribute)


def _after(spots: Sequence[Spot], at: int) -> Limit:
    per, far = False, False
    for k in range(at + 1, min(len(spots), at + _REACH_AFTER)):
        spot = spots[k]
        bound = _bound(spot, "after")
        leads = bool(_bound(spot, "before")) and _meets_amount(spots, k + 1)
        if spot.text == "(" and k + 1 < len(spots) and _bound(spots[k + 1], "after"):
            continue
        if bound and not leads and (not far or " " in spot.text):
            return Limit(bound, (k,))
        if spot.link == "or" and k + 1 < len(spots):
            return _or_more(spots, k + 1)
        named = spot.has("name") or spot.has("part") or {"rating_name", "budget"} & spot.tags
        far = far or k > at + 4 or spot.category
        if not (spot.stop or named or per or spot.category) or spot.pause:
            break
        per = spot.text.casefold() in ("per", "/")
    return Limit("")


def _or_more(spots: Sequence[Spot], at: int) -> Limit:
    """ "Or brighter", "or quieter": a comparative of the card after an amount."""
    sense = next((s for s in spots[at].senses if s.kind == "adjective" and s.degree == "more"), None)
    if sense is None:
        return Limit("")
    return Limit("<=" if sense.side == "low" else ">=", (at - 1, at), sense.attribute)


def _meets_amount(spots: Sequence[Spot], at: int) -> bool:
    """Whether an amount follows in the same breath."""
    for spot in spots[at : at + 2]:
        if spot.amount or spot.pause:
            return spot.amount is not None
    return False
