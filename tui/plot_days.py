"""The days under a plot of prices over time."""

from collections.abc import Sequence
from datetime import date

TICKS = 3


def day_ticks(days: Sequence[int]) -> tuple[list[float], list[str]]:
    """A few days between the first and the last, as places and names; `days` are ordinals."""
    if not days:
        return [], []
    first, last = min(days), max(days)
    places = sorted({first + (last - first) * n // (TICKS - 1) for n in range(TICKS)})
    return [float(day) for day in places], [str(date.fromordinal(day)) for day in places]
