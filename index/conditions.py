"""Typed conditions on products, decided by code: the one place where a limit meets a value.

The needs ledger, `--where` and the SQL filters of search all use these records; `decide` is the meaning
and the SQL in `catalog` must agree with it (a property test holds them equal). Parsing of what people
type lives in `index.units` and in `agent`.
"""

from enum import StrEnum

from index.product import Attribute, Product, Record


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
    """One limit on one attribute, already in the attribute's unit.

    `attribute` is a name of the catalogue card or one of the built-in `price`, `rating`, `brand`, `title`
    and `category`. `currency` is set for prices: another currency is unknown, never converted.
    """

    attribute: str
    op: Op
    number: float | None = None
    flag: bool | None = None
    words: tuple[str, ...] = ()
    """Casefolded alternatives of a text value; one of them must match."""
    tolerance: float = 0.0
    """Half-width of `=` and `!=` for numbers, in the attribute's unit."""
    currency: str = ""


def decide(condition: Condition, product: Product) -> Verdict:
    """Hold one product against one condition."""
    if condition.attribute == "price":
        return _decide_price(condition, product)
    if condition.attribute == "rating":
        return _compare(condition, product.rating, product.rating)
    text = _text_field(condition.attribute, product)
    if text is not None:
        return _decide_words(condition, text)
    attribute = product.attribute(condition.attribute)
    return Verdict.UNKNOWN if attribute is None else _decide_attribute(condition, attribute)


def _decide_price(condition: Condition, product: Product) -> Verdict:
    amounts = [o.price.amount for o in product.offers if o.price.currency == condition.currency]
    best = min(amounts, default=None)
    return _compare(condition, best, best)


def _text_field(name: str, product: Product) -> tuple[str, ...] | None:
    if name == "brand":
        return (product.brand.casefold(),) if product.brand else ()
    if name == "title":
        return (product.title.casefold(),)
    if name == "category":
        return tuple(part.casefold() for part in product.category)
    return None


def _decide_attribute(condition: Condition, attribute: Attribute) -> Verdict:
    if condition.op in (Op.HAS, Op.LACKS):
        absent = attribute.flag is False or (attribute.flag is None and attribute.high == 0)
        return _verdict(absent == (condition.op is Op.LACKS))
    if condition.flag is not None:
        if attribute.flag is None:
            return Verdict.UNKNOWN
        return _verdict((attribute.flag == condition.flag) == (condition.op is Op.IS))
    if condition.words:
        return _decide_words(condition, attribute.words)
    return _compare(condition, attribute.at_least, attribute.at_most)


def _decide_words(condition: Condition, present: tuple[str, ...]) -> Verdict:
    if not present:
        return Verdict.UNKNOWN
    found = any(_holds(text, word) for word in condition.words for text in present)
    return _verdict(found == (condition.op is Op.IS))


def _holds(text: str, word: str) -> bool:
    """Whether `word` stands in `text` as whole words ("tempered glass" in "tinted tempered glass")."""
    return f" {word} " in f" {text} "


def _compare(condition: Condition, at_least: float | None, at_most: float | None) -> Verdict:
    limit = condition.number
    if condition.op in (Op.HAS, Op.LACKS):
        known = at_least is not None
        return _verdict(known) if condition.op is Op.HAS else _verdict(not known)
    if limit is None or at_least is None or at_most is None:
        return Verdict.UNKNOWN
    if condition.op is Op.AT_MOST:
        return _verdict(at_most <= limit)
    if condition.op is Op.AT_LEAST:
        return _verdict(at_least >= limit)
    within = at_least - condition.tolerance <= limit <= at_most + condition.tolerance
    return _verdict(within == (condition.op is Op.IS))


def _verdict(holds: bool) -> Verdict:
    return Verdict.MET if holds else Verdict.UNMET
