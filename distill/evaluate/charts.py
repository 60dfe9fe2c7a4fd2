"""Bars with intervals as inline SVG; all text in it is escaped here."""

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from agent.observe import shorten
from distill.evaluate.figures import Figure, number
from distill.evaluate.intervals import Interval
from index.text.sanitize import plain

ROW, LEFT, RIGHT, TOP = 26, 210, 60, 6
"""Height of a bar's row, room for names and for numbers, and the margin above, in pixels."""
WIDTH = 560
TICKS = 4
ROUND_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0, 20.0)
"""Steps from tick to tick, times ten to some whole number."""
LONGEST = 34
"""Characters of a name."""


class Bar(NamedTuple):
    """One bar."""

    name: str
    interval: Interval | None


def text(value: str) -> str:
    """Text as HTML shows it; the one place where it is escaped."""
    return escape(plain(value), quote=True)


def bars(figure: Figure, drawn: Sequence[Bar], parity: float | None = None) -> str:
    """A chart of one figure; `parity` draws a line that means something, such as 0.5 for RACE."""
    height = TOP + ROW * len(drawn) + 18
    most = _most(figure, drawn)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{text(figure.heading)}">',
        *(_tick(figure, most * n / TICKS, most, height) for n in range(TICKS + 1)),
        *(part for at, bar in enumerate(drawn) for part in _bar(figure, bar, at, most)),
    ]
    if parity is not None:
        x = _x(parity, most)
        parts.append(f'<line class="parity" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - 18}"/>')
    return "\n".join([*parts, "</svg>"])


def _most(figure: Figure, drawn: Sequence[Bar]) -> float:
    """The right end of the scale: one for shares, else above the largest upper end, with round ticks."""
    if figure.share:
        return 1.0
    highest = max((b.interval.high for b in drawn if b.interval), default=0.0) or 1.0
    decade = 10.0 ** math.floor(math.log10(highest / TICKS))
    return next(TICKS * step * decade for step in ROUND_STEPS if TICKS * step * decade >= highest)


def _x(value: float, most: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * min(max(value / most, 0.0), 1.0)


def _tick(figure: Figure, value: float, most: float, height: int) -> str:
    x = _x(value, most)
    label = f"{100 * value:.0f}" if figure.share else f"{value:.3g}"
    return (
        f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - 18}"/>'
        f'<text class="tick" x="{x:.1f}" y="{height - 5}">{label}</text>'
    )


def _bar(figure: Figure, bar: Bar, at: int, most: float) -> list[str]:
    y = TOP + ROW * at
    name = text(shorten(bar.name, LONGEST))
    parts = [f'<text class="name" x="{LEFT - 8}" y="{y + 17}">{name}</text>']
    if bar.interval is None:
        return [*parts, f'<text class="value" x="{LEFT + 6}" y="{y + 17}">–</text>']
    low, mean, high = (_x(v, most) for v in (bar.interval.low, bar.interval.mean, bar.interval.high))
    middle = y + ROW / 2
    return [
        *parts,
        f'<rect x="{LEFT}" y="{y + 5}" width="{mean - LEFT:.1f}" height="{ROW - 10}"/>',
        f'<line class="interval" x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}"/>',
        *(
            f'<line class="interval" x1="{x:.1f}" x2="{x:.1f}" y1="{middle - 4}" y2="{middle + 4}"/>'
            for x in (low, high)
        ),
        f'<text class="value" x="{WIDTH - 4}" y="{y + 17}">{number(bar.interval.mean, figure)}</text>',
    ]
