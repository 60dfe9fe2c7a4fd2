"""Typed conditions on products, decided by code: the one place where a limit meets a value.

The needs ledger, `--where` and the SQL filters of search all use these records; `decide` is the meaning
and the SQL in `retrieval.filters` must agree with it (a property test holds them equal). Parsing of what
people type lives in `index.where` and in `agent`.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from index.product import Attribute, Product, Record
from index.text.units import UnitError, convert

BUILT_IN = ("price", "rating", "brand", "title", "category")
"""Fields that conditions name like attributes, whatever the card says."""

NO_WORDS = frozenset({"no", "none", "false", "without"})
"""Text values that say that there is none."""


class Op(StrEnum):
    """How a value is held against a condition."""

    AT_MOST = "<="
    AT_LEAST = ">="
    IS = "="
    IS_NOT = "!="
    HAS = "has"
    """Present and neither `no` nor zero."""
    LACKS = "lacks"
    """Said to be `no` or zero."""


class Verdict(StrEnum):
    """What the record says of a condition; `unknown` where the record says nothing."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"


class Condition(Record):
    """One limit on one attribute.

    `attribute` is a name of the catalogue card or one of `BUILT_IN`. `currency` is set for prices: another
    currency is unknown, never converted. A condition that gives nothing to compare, such as `<=` without a
    number, is unknown of every product.
    """

    attribute: str
    op: Op
    number: float | None = None
    flag: bool | None = None
    words: tuple[str, ...] = ()
    """Alternatives of a text value; one of them must stand in it as whole words."""
    strict: bool = False
    """Whether `<=` and `>=` leave the limit itself out ("under 20")."""
    tolerance: float = 0.0
    """How far below and above the number `=` and `!=` reach, in the unit of `number`."""
    above: float = 0.0
    """How far above it they reach where that is farther: what measures 15.6 in is called 15."""
    unit: str = ""
    """Unit of `number`; empty means the attribute's own, whatever it is."""
    currency: str = ""

    @property
    def span(self) -> tuple[float, float]:
        """The lowest and the highest number that `=` takes, in the unit of `number`."""
        number = self.number or 0.0
        return number - self.tolerance, number + max(self.tolerance, self.above)


def decide(condition: Condition, product: Product) -> Verdict:
    """Hold one product against one condition."""
    match condition.attribute:
        case "price":
            return _decide_price(condition, product)
        case "rating":
            return _decide_number(condition, product.rating, product.rating)
        case "brand":
            return _decide_text(condition, padded((product.brand,)))
        case "title":
            return _decide_text(condition, padded((product.title,)))
        case "category":
            return _decide_text(condition, padded(product.category))
    attribute = product.attribute(condition.attribute)
    return Verdict.UNKNOWN if attribute is None else _decide_attribute(condition, attribute)


_TOKEN = re.compile(r"\d+(?:[.,]\d+)+[^\W_]*|[^\W_]+|\+")


@lru_cache(maxsize=8192)
def spaced(text: str) -> str:
    """Text as it is compared: casefolded words one blank apart, punctuation dropped.

    "M.2-2280" gives "m 2 2280", so "m.2" stands in it; "2.5" and "80+" stay apart from "5" and "80".
    """
    return " ".join(_TOKEN.findall(text.casefold()))


def in_words(name: str) -> str:
    """The name of an attribute as people say it."""
    return name.replace("_", " ")


def padded(parts: Iterable[str]) -> str:
    """Texts as SQL searches them: ` black | tempered glass `, so ` glass ` is found by `instr`."""
    words = [spaced(part) for part in parts]
    return f" {' | '.join(filter(None, words))} " if any(words) else ""


def wanted_words(condition: Condition) -> list[str]:
    """The condition's alternatives as `padded` holds them, each with a blank on both sides."""
    return [f" {words} " for words in map(spaced, condition.words) if words]


def lower_slack(number: float) -> float:
    """The number less what unit conversion may lose (60 in gives 1523.9999999999998 mm)."""
    return number - abs(number) * 1e-9


def upper_slack(number: float) -> float:
    """The number and as much more."""
    return number + abs(number) * 1e-9


def in_unit(condition: Condition, unit: str) -> Condition | None:
    """The condition's number in another unit, or None where that unit measures something else."""
    if condition.number is None or not condition.unit or not unit or unit == condition.unit:
        return condition
    try:
        number = convert(condition.number, condition.unit, unit)
        reach = {
            name: abs(convert(condition.number + far, condition.unit, unit) - number)
            for name, far in (("tolerance", condition.tolerance), ("above", condition.above))
        }
    except UnitError:
        return None
    return condition.model_copy(update={"number": number, "unit": unit, **reach})


def _decide_price(condition: Condition, product: Product) -> Verdict:
    anything = not condition.currency and condition.op in (Op.HAS, Op.LACKS)
    prices = (offer.price for offer in product.offers)
    best = min((p.amount for p in prices if anything or p.currency == condition.currency), default=None)
    return _decide_number(condition, best, best)


def _decide_attribute(condition: Condition, attribute: Attribute) -> Verdict:
    if condition.op in (Op.HAS, Op.LACKS):
        return _verdict(_present(attribute), condition.op is Op.HAS)
    if condition.flag is not None:
        return _verdict(_present(attribute), _wants_presence(condition))
    if condition.words:
        return _decide_words(condition, attribute)
    scaled = in_unit(condition, attribute.unit)
    if scaled is None:
        return Verdict.UNKNOWN
    return _decide_number(scaled, attribute.at_least, attribute.at_most)


def _present(attribute: Attribute) -> bool | None:
    """Whether the record says that there is some of it; None where it says neither."""
    if attribute.flag is not None:
        return attribute.flag
    if attribute.at_least is not None or attribute.at_most is not None:
        return not attribute.at_least == attribute.at_most == 0
    text = padded(attribute.words)
    return text.strip() not in NO_WORDS if text else None


def _wants_presence(condition: Condition) -> bool | None:
    """What a yes/no condition asks for; None where the operator cannot ask it."""
    if condition.op not in (Op.IS, Op.IS_NOT):
        return None
    return condition.flag == (condition.op is Op.IS)


def _decide_words(condition: Condition, attribute: Attribute) -> Verdict:
    """A text value by its words; a number or a `no` is surely not what plain words ask for."""
    text = padded(attribute.words)
    if text:
        return _decide_text(condition, text)
    numeric = attribute.at_least is not None or attribute.at_most is not None
    plain = not any(char.isdigit() for word in condition.words for char in word)
    if attribute.flag is False or (attribute.flag is None and numeric and plain):
        return _found(condition, found=False)
    return Verdict.UNKNOWN


def _decide_text(condition: Condition, text: str) -> Verdict:
    if condition.op in (Op.HAS, Op.LACKS):
        return _verdict(True if text else None, condition.op is Op.HAS)
    if not text:
        return Verdict.UNKNOWN
    return _found(condition, any(words in text for words in wanted_words(condition)))


def _found(condition: Condition, found: bool) -> Verdict:
    if condition.op not in (Op.IS, Op.IS_NOT) or not wanted_words(condition):
        return Verdict.UNKNOWN
    return _verdict(found, condition.op is Op.IS)


def _decide_number(condition: Condition, at_least: float | None, at_most: float | None) -> Verdict:
    if condition.op in (Op.HAS, Op.LACKS):
        known = at_least is not None and at_most is not None
        return _verdict(at_most != 0 if known else None, condition.op is Op.HAS)
    limit = condition.number
    if limit is None:
        return Verdict.UNKNOWN
    if condition.op is Op.AT_MOST:
        highest = lower_slack(limit) if condition.strict else upper_slack(limit)
        below = (
            None if at_most is None else at_most < highest or (at_most == highest and not condition.strict)
        )
        return _verdict(below, True)
    if condition.op is Op.AT_LEAST:
        lowest = upper_slack(limit) if condition.strict else lower_slack(limit)
        above = (
            None if at_least is None else at_least > lowest or (at_least == lowest and not condition.strict)
        )
        return _verdict(above, True)
    if at_least is None or at_most is None:
        return Verdict.UNKNOWN
    low, high = condition.span
    low, high = lower_slack(low), upper_slack(high)
    return _verdict(at_least <= high and at_most >= low, condition.op is Op.IS)


def _verdict(holds: bool | None, wanted: bool | None) -> Verdict:
    if holds is None or wanted is None:
        return Verdict.UNKNOWN
    return Verdict.MET if holds == wanted else Verdict.UNMET
