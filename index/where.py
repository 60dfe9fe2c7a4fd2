"""Conditions as people type them after `--where`: `noise_level<=25 dB`, `color=white|black`, `pwm`, `no pwm`.

Names and values are read against a category's card. What a condition means is left to `conditions`.
"""

import re
from difflib import get_close_matches

from index.card import CardAttribute, CategoryCard
from index.conditions import BUILT_IN, Condition, Op, spaced
from index.errors import UnknownNameError, WhereError
from index.identity.naming import concept

CONVERTED_TOLERANCE = 0.025
"""Share by which `=` may miss a converted number: "2 TB" means drives of 2000 and 2048 GB alike."""

_COMPARISON = re.compile(
    r"\s*(?P<name>[^<>=!≤≥]+?)\s*(?P<sign><=|>=|!=|==|=|≤|≥|<|>)\s*(?P<value>.*)", re.DOTALL
)
_PRESENCE = re.compile(
    r"\s*(?P<word>has|lacks|no|not|without|with)?\s+(?P<name>.+)", re.IGNORECASE | re.DOTALL
)
_SIGNS = {
    "<=": Op.AT_MOST,
    "≤": Op.AT_MOST,
    "<": Op.AT_MOST,
    ">=": Op.AT_LEAST,
    "≥": Op.AT_LEAST,
    ">": Op.AT_LEAST,
    "!=": Op.IS_NOT,
}
_FLAGS = {"yes": True, "true": True, "no": False, "false": False}


def parse_where(text: str, card: CategoryCard) -> Condition:
    """Read one condition on the products of a category.

    Raises WhereError, and UnknownNameError for an attribute that the category does not have.
    """
    comparison = _COMPARISON.fullmatch(text)
    if comparison is None:
        return _presence(text, card)
    sign, value = comparison["sign"], comparison["value"].strip()
    if not value:
        raise WhereError(f"{text!r} gives no value; write one after {sign}.")
    name = _name(comparison["name"], card)
    op = _SIGNS.get(sign, Op.IS)
    attribute = next((a for a in card.attributes if a.name == name), None)
    if name in ("brand", "title", "category") or (attribute and attribute.kind == "text"):
        return _text(name, op, value, attribute)
    if attribute and attribute.kind == "flag":
        return _flag(name, op, value)
    if name == "price":
        condition = _price(op, value, card)
    else:
        condition = _number(name, op, value, attribute.unit if attribute else "")
    return condition.model_copy(update={"strict": sign in ("<", ">")})


def _presence(text: str, card: CategoryCard) -> Condition:
    found = _PRESENCE.fullmatch(f" {text.strip()}")
    if not found:
        raise WhereError(f"{text!r} is no condition; write one such as 'price<=20' or 'has NAME'.")
    absent = (found["word"] or "").casefold() in ("lacks", "no", "not", "without")
    return Condition(attribute=_name(found["name"], card), op=Op.LACKS if absent else Op.HAS)


def _name(written: str, card: CategoryCard) -> str:
    """The attribute that is called so, by its name, another name that people use, or one of its languages."""
    names = {spaced(name): name for name in BUILT_IN}
    for attribute in reversed(card.attributes):
        names.update({spaced(other): attribute.name for other in attribute.also})
    names.update({spaced(attribute.name): attribute.name for attribute in card.attributes})
    names.update({spaced(name): name for name in BUILT_IN})
    wanted = spaced(written)
    if wanted in names:
        return names[wanted]
    meant = concept(written)
    same = [attribute.name for attribute in card.attributes if meant and concept(attribute.name) == meant]
    if len(same) == 1:
        return same[0]
    near = list(dict.fromkeys(names[n] for n in get_close_matches(wanted, names, n=3, cutoff=0.5)))
    offered = near or [attribute.name for attribute in card.attributes]
    raise UnknownNameError(
        f"{' > '.join(card.path)} has no attribute {written.strip()[:60]!r}; "
        f"{'the nearest are' if near else 'there are'}: {', '.join(offered) or 'none'}."
    )


def _text(name: str, op: Op, value: str, attribute: CardAttribute | None) -> Condition:
    if op in (Op.AT_MOST, Op.AT_LEAST):
        raise WhereError(f"{name} is text, which has no order; use = or !=.")
    meant = {spaced(said): value for said, value in attribute.aliases} if attribute else {}
    said = (meant.get(spaced(part), part) for part in value.split("|"))
    words = [word.strip().casefold() for text in said for word in text.split("|")]
    if not any(spaced(word) for word in words):
        raise WhereError(f"{value!r} holds no word or number to look for in {name}.")
    return Condition(attribute=name, op=op, words=tuple(filter(None, words)))


def _flag(name: str, op: Op, value: str) -> Condition:
    flag = _FLAGS.get(value.casefold())
    if flag is None or op in (Op.AT_MOST, Op.AT_LEAST):
        raise WhereError(f"{name} is yes or no; write {name}=yes or {name}=no.")
    return Condition(attribute=name, op=op, flag=flag)


def _price(op: Op, value: str, card: CategoryCard) -> Condition:
    # Reading prices imports price-parser, which most commands do not need.
    from index.text.units import QuantityError, parse_price

    try:
        amount, currency = parse_price(value, card.currency)
    except QuantityError as error:
        raise WhereError(f"The price {value[:40]!r} cannot be read: {error}.") from error
    return Condition(attribute="price", op=op, number=amount, currency=currency)


def _number(name: str, op: Op, value: str, unit: str) -> Condition:
    # Reads unit tables, which most commands do not need.
    from index.text.units import QuantityError, UnitError, convert, parse_quantity

    try:
        quantity = parse_quantity(value)
        number = quantity.high if op is Op.AT_MOST else quantity.low
        converted = bool(quantity.unit and quantity.unit != unit)
        if converted:
            number = convert(number, quantity.unit, unit)
    except (QuantityError, UnitError) as error:
        raise WhereError(f"{name} is a number{f' in {unit}' if unit else ''}: {error}.") from error
    exact = op in (Op.AT_MOST, Op.AT_LEAST) or not converted
    tolerance = 0.0 if exact else abs(number) * CONVERTED_TOLERANCE
    return Condition(attribute=name, op=op, number=number, tolerance=tolerance, unit=unit)
