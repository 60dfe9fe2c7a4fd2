"""The shelves of the catalogue: categories, and a list that follows what is typed and chosen.

Searches run in a thread, one at a time; each carries a number, and only what answers the newest is shown.
"""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Center, Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Static, Tree
from textual.worker import get_current_worker

from tui import messages
from tui.browsing import Branch, Found, Row, branches, find, found_text, orders, page_of
from tui.filters import Asked
from tui.leafing import Leafing
from tui.pages_wanted import PagesWanted
from tui.told import sentence
from tui.widgets.categories import Categories, Path
from tui.widgets.filters import Filters, Order
from tui.widgets.product_list import ProductList

if TYPE_CHECKING:
    from tui.bench import Bench

EMPTY = "There are no products yet. Import a file (F6), or begin with a demo shop of invented products."


class Browse(Vertical):
    """Posts `ProductAsked`, `CompareAsked` and, where there are no products, `DemoAsked`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "C", "compare", "Compare", tooltip="See the marked products side by side", id="browse.compare"
        ),
        Binding("slash", "search", "Search", tooltip="Type what to look for", id="browse.search"),
        Binding("u", "unmark", "Unmark all", tooltip="Forget the marks", id="browse.unmark"),
    ]

    @dataclass
    class Stocked(Message):
        """The categories, and how many products there are."""

        branches: list[Branch]
        products: int

    @dataclass
    class Answered(Message):
        """What was found for a question."""

        number: int
        found: Found

    @dataclass
    class Leafed(Message):
        """One page of what was found for a question."""

        number: int
        page: int
        rows: tuple[Row, ...]

    @dataclass
    class Sortable(Message):
        """By what else the products of a category can be sorted."""

        category: Path
        orders: list[tuple[str, Order]]

    @dataclass
    class Refused(Message):
        """A question could not be answered; the sentence is for the person."""

        number: int
        sentence: str

    def __init__(self, bench: "Bench") -> None:
        super().__init__(id="browse")
        self._bench = bench
        self._reading = threading.Lock()
        self._number = 0
        """Of the newest question."""
        self._category: Path = ()
        self._listed: tuple[int, tuple[int, ...]] = (0, ())
        """The number of the question that the list answers, and the keys in the list."""
        self._wanted = PagesWanted()
        self._leafing = Leafing(bench.home, lambda: bench.index)
        self._found = self._notes = ""

    def compose(self) -> ComposeResult:
        """Filters above categories and products, or an offer where there is nothing."""
        yield Filters(id="filters")
        with Horizontal(id="shelves"):
            yield Categories()
            yield ProductList(id="products")
        yield Static(id="found", markup=False)
        with Vertical(id="nothing"):
            yield Static(EMPTY, markup=False)
            with Center():
                yield Button("Write the demo shop", id="demo", variant="primary")

    def on_mount(self) -> None:
        """Look at what there is."""
        self.reload()

    def on_unmount(self) -> None:
        """Nobody leafs any more."""
        self._leafing.close()

    def begin(self) -> None:
        """Where keys go when the pane is opened."""
        if self.has_class("-empty"):
            self.query_one("#demo").focus()
        else:
            self.query_one(Filters).begin()

    def reload(self) -> None:
        """Look again: the catalogue may have changed."""
        self._take_stock()
        self.ask()

    def ask(self, *, typing: bool = False) -> None:
        """Search for what stands in the fields; what was asked before is no longer waited for."""
        self._number += 1
        self._find(self._number, self.query_one(Filters).asked(self._category, typing=typing))

    @work(thread=True, exclusive=True, group="stock")
    def _take_stock(self) -> None:
        with self._reading:
            try:
                index = self._bench.index
                stocked = self.Stocked(branches(index), index.catalog.counts().products)
            except Exception as error:  # whatever it is, the person is told
                self.post_message(self.Refused(self._number, sentence(error)))
            else:
                self.post_message(stocked)

    @work(thread=True, exclusive=True, group="search")
    def _find(self, number: int, asked: Asked) -> None:
        worker = get_current_worker()
        with self._reading:
            if worker.is_cancelled:
                return
            try:
                found = find(self._bench.index, asked, self._bench.today)
            except Exception as error:  # whatever it is, the person is told
                self.post_message(self.Refused(number, sentence(error)))
            else:
                self.post_message(self.Answered(number, found))

    @work(thread=True, group="pages")
    def _leaf(self) -> None:
        worker = get_current_worker()
        while not worker.is_cancelled and (page := self._wanted.take()) is not None:
            number, keys = self._listed
            try:
                rows = self._leafing.read(page_of(keys, page), self._bench.today)
            except Exception as error:  # whatever it is, the person is told
                self._wanted.came(page)  # and it may be wanted once more
                self.post_message(self.Refused(number, sentence(error)))
            else:
                self.post_message(self.Leafed(number, page, rows))

    @work(thread=True, exclusive=True, group="orders")
    def _find_orders(self, category: Path) -> None:
        with self._reading:
            try:
                found = orders(self._bench.index, category)
            except Exception:  # the search of the same category tells what is wrong
                return
        self.post_message(self.Sortable(category, found))

    def on_browse_stocked(self, stocked: Stocked) -> None:
        """Show the categories, or the offer."""
        was_empty = self.has_class("-empty")
        self.set_class(not stocked.products, "-empty")
        chosen = self._category
        self._category = self.query_one(Categories).show(stocked.branches, stocked.products, chosen)
        if self._category != chosen:
            self.ask()
        if was_empty == bool(stocked.products) and self.is_on_screen:
            self.begin()

    def on_browse_answered(self, answered: Answered) -> None:
        """List what was found, unless something else has been asked since."""
        if answered.number == self._number:
            listing = answered.found.listing
            self._listed = answered.number, listing.keys
            self._wanted.clear()
            self._products.show(len(listing.keys), answered.found.first)
            self._found, self._notes = found_text(listing)
            self._tell()

    def on_browse_leafed(self, leafed: Leafed) -> None:
        """Fill in rows, unless something else is listed by now."""
        if leafed.number == self._number:
            self._wanted.came(leafed.page)
            self._products.take(leafed.page, leafed.rows)

    def on_browse_refused(self, refused: Refused) -> None:
        """Say what is wrong; what was listed stays."""
        if refused.number == self._number:
            self.query_one("#found", Static).update(Text(refused.sentence, style="bold"))

    def on_browse_sortable(self, sortable: Sortable) -> None:
        """Offer the numbers of the category."""
        if sortable.category == self._category:
            self.query_one(Filters).offer(sortable.orders)

    def on_filters_meant(self, meant: Filters.Meant) -> None:
        """Search for it."""
        meant.stop()
        self.ask(typing=meant.typing)

    def on_filters_entered(self, entered: Filters.Entered) -> None:
        """Go on in the list."""
        entered.stop()
        self._products.focus()

    @on(Tree.NodeSelected)
    def _chose(self, chosen: Tree.NodeSelected[Path]) -> None:
        chosen.stop()
        category = chosen.node.data or ()
        if category != self._category:
            self._category = category
            self.query_one(Filters).offer(())
            self.ask()
            self._find_orders(category)

    def on_product_list_wanted(self, wanted: ProductList.Wanted) -> None:
        """Read rows that came into sight."""
        wanted.stop()
        if self._wanted.want(wanted.pages):
            self._leaf()

    def on_product_list_opened(self, opened: ProductList.Opened) -> None:
        """Ask whoever shows products."""
        opened.stop()
        self.post_message(messages.ProductAsked(opened.record))

    def on_product_list_marked(self, marked: ProductList.Marked) -> None:
        """Say how many are marked."""
        marked.stop()
        self._tell()
        self.refresh_bindings()

    @on(Button.Pressed, "#demo")
    def _demo(self, pressed: Button.Pressed) -> None:
        pressed.stop()
        self.post_message(messages.DemoAsked())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer only what can be done now."""
        marked = len(self._products.marked) if self.is_mounted else 0
        match action:
            case "compare":
                return marked > 1
            case "unmark":
                return marked > 0
            case "search":
                return not self.has_class("-empty")
        return True

    def action_compare(self) -> None:
        """Ask whoever compares products."""
        self.post_message(messages.CompareAsked(self._products.marked))

    def action_unmark(self) -> None:
        """Forget the marks."""
        self._products.unmark()

    def action_search(self) -> None:
        """Go to the search field."""
        self.query_one(Filters).begin()

    def _tell(self) -> None:
        marked = len(self._products.marked)
        marks = f"   {marked} marked, C compares" if marked > 1 else "   1 marked" if marked else ""
        self.query_one("#found", Static).update(Text(self._found + marks + self._notes))

    @property
    def _products(self) -> ProductList:
        return self.query_one(ProductList)
