"""Whether two bound needs are the same: what was meant beside what a ledger holds."""

from collections.abc import Sequence

from agent.ledger import Aim, Need
from index.conditions import Condition, Op, in_unit, spaced

TOLERANCE = 0.01
"""Share by which a number may differ and still be the one meant: units round."""


def matches(true: Sequence[Need], ledger: Sequence[Need]) -> list[Need]:
    """The true needs that the ledger holds."""
    free = list(ledger)
    found = []
    for need in true:
        same = next((other for other in free if same_need(need, other)), None)
        if same is not None:
            free.remove(same)
            found.append(need)
    return found


def same_need(true: Need, held: Need) -> bool:
    """A hard need by attribute, side and value; a wish by attribute and side."""
    if true.attribute != held.attribute or true.hard != held.hard:
        return False
    if not true.hard and _side(true) is not None:
        return _side(true) == _side(held)
    if true.condition is None or held.condition is None:
        return true.aim is held.aim and true.condition is held.condition
    return same_condition(true.condition, held.condition)


def asks_the_same(one: Need, two: Need) -> bool:
    """Whether two needs of one strength ask the same of a product, to the number and the ordering."""
    if one.attribute != two.attribute or one.aim is not two.aim or one.hard != two.hard:
        return False
    if one.attribute == "other":
        return one.said == two.said
    if one.condition is None or two.condition is None:
        return one.condition is two.condition
    return same_condition(one.condition, two.condition)


def _side(need: Need) -> Op | None:
    """Whether it wants little or much of a number."""
    if need.aim is not Aim.LIMIT:
        return Op.AT_MOST if need.aim is Aim.LOWEST else Op.AT_LEAST
    op = need.condition.op if need.condition else None
    return op if op in (Op.AT_MOST, Op.AT_LEAST) else None


def same_condition(one: Condition, two: Condition) -> bool:
    """Whether two conditions ask the same of a product."""
    if _presence(one) is not None or _presence(two) is not None:
        return _presence(one) == _presence(two)
    if one.op is not two.op or one.currency != two.currency:
        return False
    if one.number is None or two.number is None:
        return {spaced(w) for w in one.words} == {spaced(w) for w in two.words} and one.number == two.number
    scaled = in_unit(two, one.unit)
    if scaled is None or scaled.number is None:
        return False
    allowed = max(abs(one.number) * TOLERANCE, one.tolerance, scaled.tolerance, 1e-9)
    return abs(one.number - scaled.number) <= allowed


def _presence(condition: Condition) -> bool | None:
    """Whether it asks that there be some of it; None where it asks something else."""
    if condition.op in (Op.HAS, Op.LACKS):
        return condition.op is Op.HAS
    if condition.flag is None:
        return None
    return condition.flag == (condition.op is Op.IS)
