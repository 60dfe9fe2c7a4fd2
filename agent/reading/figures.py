"""Amounts as the value of a need: number and unit in the form that `agent.plan.bind` reads."""

from decimal import Decimal

from agent.reading.amounts import Amount
from index.card import CardAttribute


def number_key(number: float) -> str:
    """A number without needless digits, never in scientific notation."""
    return format(Decimal(f"{number:.10g}"), "f")


def written(amount: Amount, number: float, attribute: CardAttribute | None) -> str:
    """The number with the amount's unit or money."""
    figure = number_key(number)
    if amount.money and attribute is None:
        return f"{amount.money}{figure}" if len(amount.money) == 1 else f"{figure} {amount.money}"
    return f"{figure} {amount.unit}".strip()
