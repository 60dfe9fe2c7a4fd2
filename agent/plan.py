"""The plan as a policy writes it, and its binding: words and numbers of a person become typed needs.

A policy names an attribute of the catalogue card, an operator and a value in the person's own words and
units; code does the rest (units, percentiles, value vocabulary) and says how each need was understood.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from pydantic import Field, JsonValue, ValidationInfo, field_validator

from agent.ledger import Aim, Need
from index.card import CardAttribute, CategoryCard
from index.conditions import Condition, Op
from index.product import Record
from index.text.units import QuantityError, UnitError, convert, parse_price, parse_quantity, unit_text

PlanOp = Literal["<", "<=", ">", ">=", "=", "!=", "has", "lacks", "low", "high", "lowest", "highest"]

BUILT_IN = ("price", "rating", "brand", "title")
"""Fields that every product may have, whatever the card says."""

PARTED = ";"
"""What stands between two needs of a line, and so in none of them."""
WISH = " (wish)"
AS_READ = "as read"
"""Stands first in a line of needs for everything that code read; what follows mends and completes it."""
WITHOUT = "not "
"""Before an attribute: what code read of it is left out."""
_NEED = re.compile(
    r"(?P<on>\S.*?) (?P<op><=|>=|!=|<|>|=|has|lacks|lowest|highest|low|high)(?: (?P<value>.*))?", re.DOTALL
)

STRICT: dict[str, Op] = {"<": Op.AT_MOST, ">": Op.AT_LEAST}
"""Limits that leave the number itself out: "under $20" takes nothing that costs 20."""

LOW_SHARE = 0.25
"""An adjective such as "quiet" asks for the best quarter of what the category offers."""
FULL_SHARE = 0.025
"""What is among so few at that end meets it as well as can be: a lone record there may be a slip."""


class PlanNeed(Record):
    """One need as written in a `plan` call."""

    on: str
    """A card attribute, `price`, `rating`, `brand`, `title`, or `other`."""
    op: PlanOp
    value: str = Field(default="", max_length=120)
    """In the person's words and units ("2 TB", "under" is not part of it); alternatives are parted by `|`."""
    hard: bool = True

    def line(self) -> str:
        """The need as it is written: `weight <= 2.5 kg`, and `quiet_level low (wish)` where it is soft."""
        said = " ".join(f"{self.on} {self.op} {self.value.replace(PARTED, ',')}".split())
        return said if self.hard else f"{said}{WISH}"


class Plan(Record):
    """The arguments of a `plan` call."""

    category: str
    """Tag of a category on the card (C1)."""
    needs: tuple[PlanNeed, ...] = Field(default=(), max_length=12)
    steps: tuple[str, ...] = Field(default=(), max_length=8)
    questions: tuple[str, ...] = Field(default=(), max_length=3)

    @field_validator("needs", mode="before")
    @classmethod
    def _read(cls, needs: object, info: ValidationInfo) -> object:
        """Needs are written in one line, over what code read."""
        return read_needs(needs, (info.context or {}).get(AS_READ)) if isinstance(needs, str) else needs

    @field_validator("needs")
    @classmethod
    def _once(cls, needs: tuple[PlanNeed, ...]) -> tuple[PlanNeed, ...]:
        """A need that is written twice is one need."""
        return tuple(dict.fromkeys(needs))

    def arguments(self, read: Sequence[PlanNeed] = ()) -> dict[str, JsonValue]:
        """The arguments as written over what code read; what is as it would be anyway is left out."""
        written = self.model_dump(mode="json", exclude_defaults=True)
        return {**written, "category": self.category, "needs": needs_line(self.needs, read)}


def read_plan(arguments: Mapping[str, JsonValue], read: Sequence[PlanNeed]) -> Plan:
    """A plan as it was written over what code read, with all of its needs; raises ValidationError."""
    return Plan.model_validate(arguments, context={AS_READ: read})


def needs_line(needs: Sequence[PlanNeed], read: Sequence[PlanNeed] = ()) -> str:
    """Needs in one line: as read, but for the attributes of which other needs hold, or plainly.

    `read_needs` with the same reading gives the same needs, those that were read first.
    """
    changed = {n.on for n in (*needs, *read) if _of(n.on, needs) != _of(n.on, read)}
    if all(n.on in changed for n in read):
        return f"{PARTED} ".join(need.line() for need in needs)
    gone = dict.fromkeys(n.on for n in read if not _of(n.on, needs))
    parts = [AS_READ, *(f"{WITHOUT}{on}" for on in gone), *(n.line() for n in needs if n.on in changed)]
    return f"{PARTED} ".join(parts)


def _of(attribute: str, needs: Sequence[PlanNeed]) -> set[PlanNeed]:
    return {need for need in needs if need.on == attribute}


def read_needs(line: str, read: Sequence[PlanNeed] | None = None) -> list[PlanNeed]:
    """The needs of a line over what code read; raises ValueError for a part that is none.

    An attribute that the line speaks of has the needs of the line alone, or none where it is left out.
    """
    first, *rest = parts = [part.strip() for part in line.split(PARTED) if part.strip()] or [""]
    if first != AS_READ or read is None:
        return [_read_need(part) for part in parts if part]
    gone = {f"{WITHOUT}{n.on}": n.on for n in read}
    written = [_read_need(part) for part in rest if part not in gone]
    changed = {gone[part] for part in rest if part in gone} | {n.on for n in written}
    return [*(n for n in read if n.on not in changed), *written]


def _read_need(part: str) -> PlanNeed:
    said = part.removesuffix(WISH.strip()).rstrip()
    found = _NEED.fullmatch(said)
    if found is None:
        raise ValueError(f"{part!r} is no need; write it as `attribute operator value`")
    on, op, value = found["on"], found["op"], found["value"] or ""
    return PlanNeed.model_validate({"on": on, "op": op, "value": value, "hard": said == part})


class Numbers(Protocol):
    """Where percentiles come from: every number that a category holds for an attribute, sorted."""

    def numbers(self, path: tuple[str, ...], attribute: str) -> Sequence[float]:
        """Numbers of `attribute` in the category, ascending."""
        ...


def bind(need: PlanNeed, tag: str, card: CategoryCard, numbers: Numbers) -> Need:
    """Turn a written need into a typed one.

    What cannot be bound is never dropped: it becomes an `other` need, soft, that says why.
    """
    said = f"{need.on} {need.op} {need.value}".strip()
    base = Need(tag=tag, said=said, hard=need.hard, attribute=need.on)
    if need.on == "other":
        text = need.value or said
        return base.model_copy(update={"said": text, "hard": False, "bound": f"{text} (judged by reading)"})
    attribute = next((a for a in card.attributes if a.name == need.on), None)
    if attribute is None and need.on not in BUILT_IN:
        return _unbound(base, f"{need.on} is not on the card")
    if need.op in ("lowest", "highest"):
        aim = Aim.LOWEST if need.op == "lowest" else Aim.HIGHEST
        return base.model_copy(update={"aim": aim, "hard": False, "bound": f"{need.op} {need.on} first"})
    if need.op in ("low", "high"):
        return _bind_adjective(base, need, card, attribute, numbers)
    try:
        condition = _condition(need, card, attribute)
    except (QuantityError, UnitError) as error:
        return _unbound(base, str(error))
    return base.model_copy(update={"condition": condition, "bound": describe(condition, attribute)})


def _unbound(need: Need, reason: str) -> Need:
    return need.model_copy(
        update={"attribute": "other", "hard": False, "bound": f"{need.said} (no record decides it: {reason})"}
    )


def _bind_adjective(
    base: Need, need: PlanNeed, card: CategoryCard, attribute: CardAttribute | None, numbers: Numbers
) -> Need:
    known = numbers.numbers(card.path, need.on)
    if not known:
        return _unbound(base, f"no {need.on} is known here")
    low = need.op == "low"
    edge, full = (known[round((len(known) - 1) * (s if low else 1 - s))] for s in (LOW_SHARE, FULL_SHARE))
    condition = Condition(
        attribute=need.on,
        op=Op.AT_MOST if low else Op.AT_LEAST,
        number=edge,
        unit=attribute.unit if attribute else "",
        currency=card.currency if need.on == "price" else "",
    )
    side = "lowest" if low else "highest"
    bound = f"{describe(condition, attribute)}, the {side} quarter of {len(known)}"
    return base.model_copy(update={"condition": condition, "bound": bound, "full": full, "hard": False})


def _condition(need: PlanNeed, card: CategoryCard, attribute: CardAttribute | None) -> Condition:
    op = STRICT.get(need.op) or Op(need.op)
    if op in (Op.HAS, Op.LACKS):
        return Condition(attribute=need.on, op=op)
    if need.on == "price":
        amount, currency = parse_price(need.value, card.currency)
        strict = need.op in STRICT
        return Condition(attribute="price", op=op, number=amount, currency=currency, strict=strict)
    if need.on in ("brand", "title") or (attribute is not None and attribute.kind == "text"):
        return Condition(attribute=need.on, op=op, words=_words(need.value, attribute))
    if attribute is not None and attribute.kind == "flag":
        return _flag(need, op)
    return _number(need, op, attribute)


def _words(value: str, attribute: CardAttribute | None) -> tuple[str, ...]:
    meant = {said.casefold(): value for said, value in attribute.aliases} if attribute else {}
    parts = (part.strip().casefold() for part in value.split("|"))
    said = (meant.get(part, part).casefold() for part in parts if part)
    words = tuple(word.strip() for text in said for word in text.split("|") if word.strip())
    if not words:
        raise QuantityError("no value was given")
    return words


def _flag(need: PlanNeed, op: Op) -> Condition:
    word = need.value.strip().casefold()
    if word not in ("yes", "no", "true", "false", ""):
        raise QuantityError(f"{need.on} is yes or no, not {need.value!r}")
    return Condition(attribute=need.on, op=op, flag=word not in ("no", "false"))


def _number(need: PlanNeed, op: Op, attribute: CardAttribute | None) -> Condition:
    """A limit in the attribute's unit; `=` is met by what rounds to the number said or begins with it.

    So "24 inch" takes 23.8 and not 23, "15 inch" takes 15.6, and "2 TB" drives of 2000 and 2048 GB alike. At
    most 2.5 % less and 5 % more are taken, and of a count, a whole number without a unit, nothing else.
    """
    quantity = parse_quantity(need.value)
    unit = attribute.unit if attribute else ""
    said = quantity.low if op is Op.AT_LEAST else quantity.high
    number, step = said, 10.0 ** -_decimals(need.value)
    if quantity.unit and unit and quantity.unit != unit:
        number = convert(said, quantity.unit, unit)
        step = abs(convert(said + step, quantity.unit, unit) - number)
    strict = need.op in STRICT
    counted = not unit and said.is_integer()
    if op not in (Op.IS, Op.IS_NOT) or counted:
        return Condition(attribute=need.on, op=op, number=number, strict=strict, unit=unit)
    # The next number of as many digits is another one: "24" does not take 25. And what is stored in another
    # unit begins with other digits: "a kilowatt" does not take 1050 W.
    rounded = min(step / 2, abs(number) * 0.025)
    begun = min(step * 0.99, abs(number) * 0.05) if number == said else rounded
    return Condition(attribute=need.on, op=op, number=number, tolerance=rounded, above=begun, unit=unit)


def _decimals(text: str) -> int:
    """Digits after the decimal sign of the number in a text."""
    found = re.search(r"\d[.,](\d{1,2})(?!\d)", text)
    return len(found[1]) if found else 0


def describe(condition: Condition, attribute: CardAttribute | None) -> str:
    """A condition in one short line, as shown to people and models."""
    if condition.op in (Op.HAS, Op.LACKS):
        return f"{condition.op.value} {condition.attribute}"
    if condition.flag is not None:
        yes = condition.flag == (condition.op is Op.IS)
        return f"{condition.attribute} = {'yes' if yes else 'no'}"
    if condition.words:
        return f"{condition.attribute} {condition.op.value} {' or '.join(condition.words)}"
    unit = condition.currency or (unit_text(attribute.unit) if attribute else "")
    low, high = map(number_text, condition.span)
    around = f" ({low} to {high})" if low != high else ""
    number = number_text(condition.number or 0.0)
    sign = condition.op.value[0] if condition.strict else condition.op.value
    return f"{condition.attribute} {sign} {number} {unit}".strip() + around


def number_text(number: float) -> str:
    """A number without needless digits: 20, 0.5, 1234.57."""
    return f"{number:.6g}" if abs(number) < 1e6 else f"{number:.0f}"
