"""The compared products drawn: what they cost over time, and price against rating."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Header, Static

from agent.report.lines import many
from agent.report.prices import price_points
from agent.report.record import PricePoint
from index.product import Product
from index.text.sanitize import plain
from tui.told import inert_sentence
from tui.widgets.keys import Keys
from tui.widgets.plots import COLOURS, Drawn, HistoryPlot, Point, RatingPlot, drawn, legend

if TYPE_CHECKING:
    from index.search import Index
    from tui.bench import Bench

MOST_LINES = len(COLOURS)
"""Lines of one plot: more are not told apart."""


@dataclass(frozen=True)
class Plotted:
    """What is drawn, and what is to be said of it."""

    entries: tuple[Drawn, ...]
    currency: str
    histories: tuple[tuple[Drawn, tuple[PricePoint, ...]], ...]
    """The lowest price of each day."""
    points: tuple[Point, ...]

    @property
    def left_out(self) -> str:
        """Which products are not drawn, and why."""
        if not self.currency:
            return "None of these products has a price."
        said = []
        if without := len(self.entries) - len(self.histories):
            said.append(f"No price history in {self.currency}: {many(without, 'product')}.")
        if len(self.histories) > MOST_LINES:
            said.append(f"Only the first {MOST_LINES} price histories are drawn; sort to choose others.")
        if without := len(self.entries) - len(self.points):
            said.append(f"No rating, or no price in {self.currency}: {many(without, 'product')}.")
        return " ".join(said)


def plotted(index: "Index", record_ids: Sequence[str]) -> Plotted:
    """Read what can be drawn; money is drawn in the currency that most of the products are sold in."""
    products = index.catalog.known_products(record_ids)
    entries = drawn([plain(product.title) for product in products])
    currencies = Counter(product.price.currency for product in products if product.price)
    currency = currencies.most_common(1)[0][0] if currencies else ""
    pairs = list(zip(entries, products, strict=True))
    return Plotted(
        entries=tuple(entries),
        currency=currency,
        histories=tuple(_histories(index, pairs, currency)),
        points=tuple(_points(pairs, currency)),
    )


def _histories(
    index: "Index", pairs: Sequence[tuple[Drawn, Product]], currency: str
) -> list[tuple[Drawn, tuple[PricePoint, ...]]]:
    read = [(entry, price_points(index.catalog.prices(product.id), currency)) for entry, product in pairs]
    return [(entry, points) for entry, points in read if points]


def _points(pairs: Sequence[tuple[Drawn, Product]], currency: str) -> list[Point]:
    return [
        Point(entry, product.price.amount, product.rating)
        for entry, product in pairs
        if product.price and product.price.currency == currency and product.rating is not None
    ]


class PlotsScreen(Screen[None]):
    """Two plots with one legend."""

    TITLE = "Plots"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,p", "dismiss", "Back", id="plots.back", tooltip="Go back to the comparison"),
    ]

    class Read(Message):
        """What can be drawn."""

        def __init__(self, plotted: Plotted) -> None:
            super().__init__()
            self.plotted = plotted

    class Unread(Message):
        """The records could not be read; the sentence is for the person."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    def __init__(self, bench: "Bench", record_ids: Sequence[str]) -> None:
        super().__init__()
        self._bench = bench
        self._record_ids = tuple(record_ids)

    def compose(self) -> ComposeResult:
        """The plots above or beside each other, and the legend."""
        yield Header()
        with Horizontal(id="plots"):
            with Vertical(classes="plot"):
                yield Static("Price over time", id="history-heading", classes="heading")
                yield HistoryPlot(id="history")
            with Vertical(classes="plot"):
                yield Static("Rating against price", id="ratings-heading", classes="heading")
                yield RatingPlot(id="ratings")
        with VerticalScroll(id="legend"):
            yield Static(id="entries", markup=False)
            yield Static(id="left-out", markup=False)
        yield Keys()

    def on_mount(self) -> None:
        """Begin to read."""
        self.query_one("#plots").loading = True
        self._read()

    @work(thread=True, exclusive=True)
    def _read(self) -> None:
        try:
            read = plotted(self._bench.index, self._record_ids)
        except Exception as error:  # the thread's end is the app's edge
            self.post_message(self.Unread(inert_sentence(error)))
        else:
            self.post_message(self.Read(read))

    def on_plots_screen_read(self, read: Read) -> None:
        """Draw."""
        self.query_one("#plots").loading = False
        self.query_one(HistoryPlot).show(read.plotted.histories[:MOST_LINES])
        self.query_one(RatingPlot).show(read.plotted.points)
        if currency := read.plotted.currency:
            self.query_one("#history-heading", Static).update(f"Price in {currency} over time")
            self.query_one("#ratings-heading", Static).update(f"Rating against price in {currency}")
        self.query_one("#entries", Static).update(legend(read.plotted.entries))
        self.query_one("#left-out", Static).update(Text(read.plotted.left_out))

    def on_plots_screen_unread(self, unread: Unread) -> None:
        """Say why nothing is drawn."""
        self.query_one("#plots").loading = False
        self.query_one("#left-out", Static).update(Text(unread.sentence))
