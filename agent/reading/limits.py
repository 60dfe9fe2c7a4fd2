"""From amounts to needs: every amount that finds its attribute makes one or two limits."""

from collections.abc import Sequence

from agent.plan import PlanOp
from agent.reading.amounts import Amount
from agent.reading.bounds import Bound, Limit, limit_of
from agent.reading.drafts import Draft, Drafts
from agent.reading.figures import number_key, written
from agent.reading.scope import Scopes
from agent.reading.spots import Passage, Spot
from agent.reading.targets import regrouped, target_of
from index.card import CardAttribute
from index.text.units import UnitError, convert, dimension

_OPS: tuple[PlanOp, ...] = ("<", "<=", ">", ">=", "=", "!=")
NEAR_SHARE = 0.1
"""What "around" allows on either side."""
NEAR_PRICE = 0.15
"""The same for a price, of which people speak more loosely."""


def read_limits(passage: Passage, scope: Scopes, drafts: Drafts) -> None:
    """Enter a need for every amount that finds its attribute."""
    for at, spot in enumerate(passage.spots):
        if spot.amount is None or at in drafts.used:
            continue
        if at in scope.free or at in scope.spent or (at in scope.told and not spot.amount.money):
            drafts.used.add(at)
            continue
        limit = limit_of(passage.spots, at)
        target = target_of(passage, at, limit, drafts)
        if target:
            drafts.used |= {at, *limit.used} | _naming(passage.spots, at, target)
            drafts.needs += _needs(passage, at, target, limit)


def _naming(spots: Sequence[Spot], at: int, attribute: str) -> set[int]:
    """Names of the attribute beside its amount: they have done their work."""
    naming: set[int] = set()
    for step, reach in ((1, 4), (-1, 7)):
        for k in range(at + step, at + step * reach, step):
            if not 0 <= k < len(spots) or spots[k].amount or spots[k].pause or spots[k].has("value"):
                break
            if any(s.attribute == attribute and s.kind in ("name", "part") for s in spots[k].senses):
                naming.add(k)
    return naming


def _makes_room(spots: Sequence[Spot], at: int) -> bool:
    """Whether an amount is what a thing must have room for ("holds three drives"), so that more will do.

    One word may stand between that no card knows: "for a bedroom of 30 m²".
    """
    unknown = 0
    for k in range(at - 1, max(-1, at - 5), -1):
        spot = spots[k]
        if {"room", "for_ahead"} & spot.tags:
            return True
        unknown += spot.unknown
        if spot.pause or spot.amount or spot.category or unknown > 1 or spot.has("value"):
            return False
    return False


def _needs(passage: Passage, at: int, on: str, limit: Limit) -> list[Draft]:
    """The one or two needs that an amount makes."""
    amount = passage.spots[at].amount
    assert amount is not None
    attribute = passage.words.attribute(on)
    amount = regrouped(amount, attribute)
    if attribute is not None and attribute.kind == "text":
        return [Draft(at, on, "!=" if limit.bound == "!=" else "=", number_key(amount.high))]
    if amount.times != 1:
        return _pieces(passage, at, on, amount)
    room = attribute is not None and attribute.better == "high" and _makes_room(passage.spots, at)
    if room and amount.weak and attribute is not None and _is_beyond(amount, attribute):
        return [Draft(at, on, "high", hard=False)]
    within = attribute is not None and attribute.better == "low" and _is_within(passage.spots, at)
    bound = limit.bound or ("<=" if within else _plain_bound(on, amount, attribute, room=room))
    if amount.low != amount.high:
        low, high = written(amount, amount.low, attribute), written(amount, amount.high, attribute)
        return [Draft(at, on, ">=", low), Draft(at, on, "<=", high)]
    if bound == "~":
        share = NEAR_PRICE if on == "price" else NEAR_SHARE
        around = sorted((amount.low * (1 - share), amount.high * (1 + share)))
        low, high = (written(amount, n, attribute) for n in around)
        return [Draft(at, on, ">=", low), Draft(at, on, "<=", high)]
    return [Draft(at, on, _op(bound), written(amount, amount.high, attribute))]


def _is_within(spots: Sequence[Spot], at: int) -> bool:
    """Whether something is done in an amount of time, so that less will do ("boils in 3 minutes")."""
    amount = spots[at].amount
    timed = amount is not None and amount.unit and dimension(amount.unit) == dimension("s")
    return bool(timed) and at > 0 and spots[at - 1].text.casefold() == "in"


def _is_beyond(amount: Amount, attribute: CardAttribute) -> bool:
    """Whether nothing reaches it ("lasts a week" where hours are given): a manner of speaking."""
    if attribute.high is None:
        return False
    try:
        return convert(amount.high, amount.unit, attribute.unit) > attribute.high
    except UnitError:
        return False


def _plain_bound(on: str, amount: Amount, attribute: CardAttribute | None, *, room: bool) -> Bound:
    """What a number asks for without a word of more or less.

    Most things are bought by their very size, even where more is better ("a 2 TB drive", "850 watts"); not so
    what is a limit by its name: "for a child of 8" takes what is for 6 and more.
    """
    limit = attribute.limits if attribute else ""
    if on == "price" or limit == "low" or amount.high < 0:
        return "<="
    return ">=" if on == "rating" or limit == "high" or room else "="


def _pieces(passage: Passage, at: int, on: str, amount: Amount) -> list[Draft]:
    """ "2x16GB": the whole, and the size of a piece where the card knows both."""
    measured = [a for a in passage.words.measured(amount.unit) if a.unit]
    whole = max(measured, key=lambda a: a.high or 0.0, default=None)
    total = written(amount, amount.high * amount.times, whole)
    drafts = [Draft(at, whole.name if whole else on, "=", total)]
    pieces = [a for a in measured if a is not whole and whole and a.unit == whole.unit]
    return drafts + [Draft(at, a.name, "=", written(amount, amount.high, a)) for a in pieces[:1]]


def _op(bound: Bound) -> PlanOp:
    for op in _OPS:
        if op == bound:
            return op
    raise AssertionError(bound)
