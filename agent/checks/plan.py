"""Checks of a plan: what the person said is in it, on attributes that exist, in the units that were meant.

What the person said is read by the rules' own reader, which misses much of free language; so only what it
understood is asked for, and a need counts as held wherever the plan puts its number or its word.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pydantic import ValidationError

from agent.card_text import without_reading
from agent.desk import Desk
from agent.ledger import Need
from agent.plan import BUILT_IN, Plan, PlanNeed, bind, read_plan
from agent.reading.read import read, read_followup
from agent.report.draft import Finding
from agent.report.typed import typed_numbers
from agent.trajectory import Question, ToolCall, Trajectory
from index.card import CategoryCard
from index.cards.word_forms import stem
from index.conditions import Op, in_words, padded, spaced
from index.product import first_fault
from index.text.units import QuantityError, UnitError, convert, parse_quantity

_UNREAD = ("other", "title")
"""What the reader binds to these is too often a word of the sentence's own."""
_BOUNDS = ("<", "<=", ">", ">=")


def check_plan(call: ToolCall, trajectory: Trajectory, desk: Desk) -> list[Finding]:
    """What is wrong with a `plan` call, worst first."""
    try:
        plan = read_plan(call.arguments, desk.reading.needs)
    except ValidationError as error:
        return [_error("bad_arguments", f"The plan cannot be read: {first_fault(error)}.")]
    card = next((c for c in desk.cards if c.tag == plan.category), None)
    if card is None:
        return [_error("unknown_category", f"{plan.category!r} is not on the catalogue card.")]
    bound = [bind(n, f"need {at}", card, desk.index) for at, n in enumerate(plan.needs, start=1)]
    return [
        *_unbound(plan, bound, card),
        *_contradictions(bound),
        *_empty(plan, trajectory),
        *_units(plan, card, trajectory),
        *_missing(plan, trajectory, card),
    ]


def _unbound(plan: Plan, bound: Sequence[Need], card: CategoryCard) -> Iterator[Finding]:
    known = {a.name for a in card.attributes} | {*BUILT_IN, "other"}
    for written, need in zip(plan.needs, bound, strict=True):
        if written.on not in known:
            yield _error("unknown_attribute", f"{written.on!r} is not on the card; use `other` for it.")
        elif need.attribute == "other" and written.on != "other":
            yield _error("unbound_need", f"No record can decide {need.bound}.")


def _empty(plan: Plan, trajectory: Trajectory) -> Iterator[Finding]:
    """Needs that ask nothing, or for a word that nobody said and that stands on no card and in no history."""
    cards = (without_reading(e.card) for e in trajectory.entries if isinstance(e, Question))
    known = padded((trajectory.said, *cards))
    for need in plan.needs:
        if need.on in BUILT_IN and need.op in ("has", "lacks"):
            yield _error(
                "empty_need", f"Every product has a {need.on}; say what it should be or leave it out."
            )
        elif need.on in ("brand", "title", "other") and need.value:
            words = [w for w in map(spaced, need.value.split("|")) if w]
            if not any(f" {word} " in known for text in words for word in text.split()):
                yield _error("unsaid_value", f"Nobody spoke of {need.value[:60]!r}.")


def _contradictions(bound: Sequence[Need]) -> Iterator[Finding]:
    yield from _crossed_words(bound)
    hard = [n for n in bound if n.hard and n.condition is not None and n.condition.number is not None]
    tops = {n.attribute: n.condition for n in hard if n.condition and n.condition.op is Op.AT_MOST}
    for need in hard:
        top, condition = tops.get(need.attribute), need.condition
        if top is None or condition is None or condition.op is not Op.AT_LEAST:
            continue
        if (condition.number or 0.0) > (top.number or 0.0):
            yield _error("contradiction", f"Nothing can be {need.bound} and stay at or below {top.number:g}.")


def _crossed_words(bound: Sequence[Need]) -> Iterator[Finding]:
    """The same value wanted and refused."""
    wanted = {(n.attribute, w) for n in bound for w in _values(n, Op.IS)}
    for need in bound:
        crossed = [w for w in _values(need, Op.IS_NOT) if (need.attribute, w) in wanted]
        if crossed:
            yield _error("contradiction", f"{need.attribute} cannot be and not be {crossed[0]}.")


def _values(need: Need, op: Op) -> tuple[str, ...]:
    return need.condition.words if need.condition is not None and need.condition.op is op else ()


def _units(plan: Plan, card: CategoryCard, trajectory: Trajectory) -> Iterator[Finding]:
    """Numbers that the person said with a unit and the plan without it, where the card's unit is another."""
    units = {a.name: a.unit for a in card.attributes if a.kind == "number" and a.unit}
    said = [t for t in typed_numbers(trajectory.said) if t.unit]
    for need in plan.needs:
        own = units.get(need.on)
        number = _bare_number(need.value) if own else None
        if own is None or number is None:
            continue
        meant = {_scale(t.unit, own): t.text for t in said if t.value == number}
        meant.pop(None, "")
        if meant and 1.0 not in meant:
            shown = next(iter(meant.values()))
            yield _error(
                "unit_missing", f"The person said {shown!r}; {need.on} {need.op} {need.value} is in {own}."
            )


def _bare_number(value: str) -> float | None:
    try:
        quantity = parse_quantity(value)
    except (QuantityError, UnitError):
        return None
    return quantity.high if not quantity.unit else None


def _scale(unit: str, other: str) -> float | None:
    """What one of a unit is in another; None where they measure different things."""
    try:
        return round(convert(1.0, unit, other), 9)
    except (QuantityError, UnitError):
        return None


def _missing(plan: Plan, trajectory: Trajectory, card: CategoryCard) -> Iterator[Finding]:
    """What the person said last: where reader and words agree on it and the plan has no place for it."""
    said = trajectory.spoken[-1]
    numbers = frozenset(t.value for t in typed_numbers(said))
    known = _Words(padded((said,)), numbers, _stems(" ".join((*card.path, *card.also))))
    planned = frozenset(n.value for need in plan.needs for n in typed_numbers(need.value))
    for need in _stated(trajectory, card, plan):
        if not known.say(need) or any(_holds(p, need, planned) for p in plan.needs):
            continue
        code = "budget_forgotten" if need.on == "price" else "need_missing"
        what = f"{need.on} {need.op} {need.value}".rstrip()
        yield _error(code, f"The person said {what}; the plan lacks it.")


def _stated(trajectory: Trajectory, card: CategoryCard, plan: Plan) -> Sequence[PlanNeed]:
    """What the person's last words ask for, as the reader understands them."""
    first, *later = trajectory.spoken
    if not later:
        return read(first, (card,)).needs
    return read_followup(later[-1], (card,), plan.needs, card.tag).needs


class _Words(NamedTuple):
    """What stands in the person's words."""

    text: str
    """Padded."""
    numbers: frozenset[float]
    kind: frozenset[str]
    """Stems of the category's own names: its words say nothing about its products."""

    def say(self, need: PlanNeed) -> bool:
        """Whether a need rests on a limit with its number, or on a value that is there word for word."""
        if need.on in _UNREAD or not need.hard:
            return False
        if need.op in _BOUNDS or (need.op == "=" and any(c.isdigit() for c in need.value)):
            return any(n.value in self.numbers for n in typed_numbers(need.value))
        if need.op != "=" or not need.value or any(c.isdigit() for c in need.value):
            return False
        said = in_words(need.on) if need.value in ("yes", "no") else need.value
        words = [w for w in map(spaced, said.split("|")) if w]
        told = all(f" {w} " in self.text and not _stems(w) <= self.kind for w in words)
        return need.value != "no" and told


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in spaced(text).split())


def _holds(need: PlanNeed, said: PlanNeed, planned: frozenset[float]) -> bool:
    """Whether a planned need can stand for one that was said: by its attribute, or by its number or word."""
    numbers = [n.value for n in typed_numbers(said.value)]
    if need.on == said.on or (numbers and planned.issuperset(numbers)):
        return True
    words = [f" {w} " for w in map(spaced, said.value.split("|")) if w]
    told = padded((need.value, in_words(need.on)))
    return any(word in told for word in words)


def _error(code: str, hint: str) -> Finding:
    return Finding(code=code, severity="error", hint=hint)
