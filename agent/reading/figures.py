"""Amounts as the value of a need: number and unit in the form that `agent.plan.bind` reads.

A strict limit ("under $20") leaves its own number out; needs know only "at most" and "at least", so the
number is moved by the smallest step that matters.
"""

from decimal import Decimal
from typing import Literal

from agent.reading.amounts import Amount
from index.card import CardAttribute


def number_key(number: float) -> str:
    """A number without needless digits, never in scientific notation."""
    return format(Decimal(f"{number:.10g}"), "f")


def written(
    amount: Amount,
    number: float,
    attribute: CardAttribute | None,
    strict: Literal["<", ">", ""] = "",
    price: bool = False,
) -> str:
    """The number with the amount's unit or money."""
    if strict:
        step = _step(number, amount, attribute, price)
        number += -step if strict == "<" else step
    figure = number_key(max(number, 0.0))
    if amount.money and attribute is None:
        return f"{amount.money}{figure}" if len(amount.money) == 1 else f"{figure} {amount.money}"
    return f"{figure} {amount.unit}".strip()


def _step(number: float, amount: Amount, attribute: CardAttribute | None, price: bool) -> float:
    """The least difference that matters: a cent, a whole one of what is counted, else three more digits."""
    if price:
        return 0.01
    if attribute is not None and not attribute.unit and not amount.unit:
        ends = (number, attribute.low or 0.0, attribute.high or 0.0)
        if all(float(end).is_integer() for end in ends):
            return 1.0
    exponent = Decimal(f"{number:.10g}").as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    return float(10.0 ** -(decimals + 3))
