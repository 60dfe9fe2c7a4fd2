"""Plots of products: prices over time, and prices against ratings.

A product is told by its mark, a single character, and by its colour; a legend beside the plot says what the
marks mean, so that no text of a record is drawn by the plotting library.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from string import ascii_letters, digits

from rich.columns import Columns
from rich.text import Text
from textual_plotext import PlotextPlot

from agent.observe import shorten
from agent.report.record import PricePoint
from tui.plot_days import day_ticks

MARKS = digits[1:] + ascii_letters
COLOURS = ((0, 119, 187), (238, 119, 51), (0, 153, 136), (204, 51, 17), (170, 68, 153), (136, 136, 51))
"""Told apart by most people, on dark and on light (after Paul Tol's vibrant and muted schemes)."""
LONGEST = 34
"""Characters of a title in the legend."""


@dataclass(frozen=True)
class Drawn:
    """A product as a plot shows it."""

    mark: str
    colour: tuple[int, int, int]
    title: str


@dataclass(frozen=True)
class Point:
    """A product's price and rating."""

    drawn: Drawn
    price: float
    rating: float


def drawn(titles: Sequence[str]) -> list[Drawn]:
    """A mark and a colour for each title; past the last mark there are dots."""
    marks = [*MARKS, *("•" * max(0, len(titles) - len(MARKS)))]
    return [Drawn(*each) for each in zip(marks, cycle(COLOURS), titles, strict=False)]


def legend(entries: Sequence[Drawn]) -> Columns:
    """Marks with their titles, as many abreast as there is room for."""
    named = []
    for entry in entries:
        style = "bold rgb({},{},{})".format(*entry.colour)
        named.append(Text.assemble((f"{entry.mark} ", style), shorten(entry.title, LONGEST)))
    return Columns(named, padding=(0, 3, 0, 0))


class HistoryPlot(PlotextPlot):
    """Prices of one currency over time, a line a product; its mark stands at the last price."""

    def show(self, histories: Sequence[tuple[Drawn, Sequence[PricePoint]]]) -> None:
        """Draw these in place of what is there."""
        self.plt.clear_figure()
        for entry, points in histories:
            days = [point.day.toordinal() for point in points]
            amounts = [point.amount for point in points]
            self.plt.plot(days, amounts, marker="braille", color=entry.colour)
            self.plt.scatter(days[-1:], amounts[-1:], marker=entry.mark, color=entry.colour)
        days = [point.day.toordinal() for _, points in histories for point in points]
        self.plt.xticks(*day_ticks(days))
        self.refresh()


class RatingPlot(PlotextPlot):
    """Prices of one currency against ratings, a mark a product: good and cheap is at the upper left."""

    def show(self, points: Sequence[Point]) -> None:
        """Draw these in place of what is there."""
        self.plt.clear_figure()
        for point in points:
            self.plt.scatter([point.price], [point.rating], marker=point.drawn.mark, color=point.drawn.colour)
        self.refresh()
