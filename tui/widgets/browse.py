"""The shelves of the catalogue: categories, a list that follows what is typed, and filters over it.

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
from textual.timer import Timer
from textual.widgets import Button, Input, Select, Static, Tree
from textual.widgets.tree import TreeNode
from textual.worker import get_current_worker

from index.text.sanitize import plain
from tui import messages
from tui.browsing import Branch, Found, Row, branches, find, orders, read_page
from tui.filters import Asked
from tui.told import sentence
from tui.widgets.product_list import ProductList

if TYPE_CHECKING:
    from index.search import Listing
    from tui.bench import Bench

PAUSE = 0.12
"""Seconds without a key after which what was typed is searched for."""
TREE = 28
"""Cells of the categories, as the style sheet has them."""
Order = tuple[str, bool]
Path = tuple[str, ...]
ORDERS: tuple[tuple[str, Order], ...] = (
    ("cheapest first", ("price", False)),
    ("dearest first", ("price", True)),
    ("best rated first", ("rating", True)),
    ("by title", ("title", False)),
    ("by brand", ("brand", False)),
)
EMPTY = "There are no products yet. Import a file (F3), or begin with a demo shop of invented products."


class Browse(Vertical):
    """Posts `ProductAsked`, `CompareAsked` and, where there are no products, `DemoAsked`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "C", "compare", "Compare", tooltip="See the marked products side by side", id="browse.compare"
        ),
        Binding("slash", "search", "Search", tooltip="Type what to look for", id="browse.search"),
        Binding("u", "unmark", "Unmark all", show=False, tooltip="Forget the marks", id="browse.unmark"),
    ]

    @dataclass
    class Stocked(Message):
        """The categories, and whether there is any product."""

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
        self._pause: Timer | None = None
        self._category: Path = ()
        self._listing: Listing | None = None
        self._found = self._notes = ""

    def compose(self) -> ComposeResult:
        """Search and filters above categories and products, or an offer where there is nothing."""
        yield Input(placeholder="Search by words and meaning", id="search", compact=True)
        with Horizontal(id="filters"):
            yield Input(placeholder="Limits: rating>=4; price<=200", id="where", compact=True)
            yield Input(placeholder="At most, as 40 EUR", id="max-price", compact=True)
            yield Select(ORDERS, prompt="best match first", id="sort", compact=True)
        with Horizontal(id="shelves"):
            yield Tree("All", id="categories")
            yield ProductList(id="products")
        with Center(id="nothing"):
            yield Static(EMPTY, markup=False)
            yield Button("Write the demo shop", id="demo", variant="primary")
        yield Static(id="found", markup=False)

    def on_mount(self) -> None:
        """Look at what there is."""
        tree = self._tree
        tree.root.data = ()
        tree.root.expand()
        tree.guide_depth = 2
        tree.auto_expand = False
        self.reload()

    def reload(self) -> None:
        """Look again: the catalogue may have changed."""
        self._take_stock()
        self.ask()

    def ask(self, *, typing: bool = False) -> None:
        """Search for what stands in the fields; what was asked before is no longer waited for."""
        if self._pause is not None:
            self._pause.stop()
        self._number += 1
        limits = (part.strip() for part in self.query_one("#where", Input).value.split(";"))
        order = self._sort.value
        asked = Asked(
            query=self.query_one("#search", Input).value,
            max_price=self.query_one("#max-price", Input).value.strip() or None,
            category=self._category,
            where=tuple(filter(None, limits)),
            sort=order if isinstance(order, tuple) else None,
            typing=typing,
        )
        self._find(self._number, asked)

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
                found = find(self._bench.index, asked)
            except Exception as error:  # whatever it is, the person is told
                self.post_message(self.Refused(number, sentence(error)))
            else:
                self.post_message(self.Answered(number, found))

    @work(thread=True, exclusive=True, group="pages")
    def _leaf(self, number: int, listing: "Listing", pages: tuple[int, ...]) -> None:
        worker = get_current_worker()
        for page in pages:
            with self._reading:
                if worker.is_cancelled or number != self._number:
                    return
                try:
                    rows = read_page(self._bench.index, listing, page)
                except Exception as error:  # whatever it is, the person is told
                    self.post_message(self.Refused(number, sentence(error)))
                    return
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
        self.set_class(not stocked.products, "-empty")
        tree = self._tree
        tree.clear()
        tree.root.set_label(Text.assemble("All", (f" {stocked.products:,}", "dim")))
        nodes: dict[Path, TreeNode[Path]] = {(): tree.root}
        for path, products in stocked.branches:
            label = _label(path, products)
            nodes[path] = nodes[path[:-1]].add(label, data=path, expand=True)
        for path, node in nodes.items():
            node.allow_expand = bool(node.children) or not path
        if self._category not in nodes:
            self._category = ()
            self.ask()
        tree.move_cursor(nodes[self._category])

    def on_browse_answered(self, answered: Answered) -> None:
        """List what was found, unless something else has been asked since."""
        if answered.number != self._number:
            return
        found = answered.found
        self._listing = found.listing
        self._products.show(len(found.listing.keys), found.first)
        self._found, self._notes = _found_text(found), _notes_text(found)
        self._tell()

    def on_browse_leafed(self, leafed: Leafed) -> None:
        """Fill in rows, unless something else is listed by now."""
        if leafed.number == self._number:
            self._products.take(leafed.page, leafed.rows)

    def on_browse_refused(self, refused: Refused) -> None:
        """Say what is wrong; what was listed stays."""
        if refused.number == self._number:
            self.query_one("#found", Static).update(Text(refused.sentence, style="bold"))

    def on_browse_sortable(self, sortable: Sortable) -> None:
        """Offer the numbers of the category, and keep the order that was chosen if there still is one."""
        if sortable.category != self._category:
            return
        chosen = self._sort.value
        with self.prevent(Select.Changed):
            self._sort.set_options((*ORDERS, *sortable.orders))
            if chosen in [order for _, order in (*ORDERS, *sortable.orders)]:
                self._sort.value = chosen

    @on(Input.Changed)
    def _typed(self, changed: Input.Changed) -> None:
        changed.stop()
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE, lambda: self.ask(typing=True))

    @on(Input.Submitted)
    def _entered(self, submitted: Input.Submitted) -> None:
        submitted.stop()
        self.ask()
        self._products.focus()

    @on(Select.Changed, "#sort")
    def _sorted(self, changed: Select.Changed) -> None:
        changed.stop()
        self.ask()

    @on(Tree.NodeSelected, "#categories")
    def _chose(self, chosen: Tree.NodeSelected[Path]) -> None:
        chosen.stop()
        category = chosen.node.data or ()
        if category != self._category:
            self._category = category
            order = self._sort.value
            if isinstance(order, tuple) and order not in [built_in for _, built_in in ORDERS]:
                with self.prevent(Select.Changed):
                    self._sort.clear()
            self.ask()
            self._find_orders(category)

    def on_product_list_wanted(self, wanted: ProductList.Wanted) -> None:
        """Read rows that came into sight."""
        wanted.stop()
        if self._listing is not None:
            self._leaf(self._number, self._listing, wanted.pages)

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
        if action == "compare":
            return len(self._products.marked) > 1 if self.is_mounted else False
        return True

    def action_compare(self) -> None:
        """Ask whoever compares products."""
        self.post_message(messages.CompareAsked(self._products.marked))

    def action_unmark(self) -> None:
        """Forget the marks."""
        self._products.unmark()

    def action_search(self) -> None:
        """Go to the search field."""
        self.begin()

    def begin(self) -> None:
        """Where keys go when the pane is opened."""
        self.query_one("#demo" if self.has_class("-empty") else "#search").focus()

    def key_down(self) -> None:
        """From the fields into the list."""
        if isinstance(self.screen.focused, Input):
            self._products.focus()

    def _tell(self) -> None:
        marked = len(self._products.marked)
        marks = f"   {marked} marked, C compares" if marked > 1 else "   1 marked" if marked else ""
        self.query_one("#found", Static).update(Text(self._found + marks + self._notes))

    @property
    def _tree(self) -> Tree[Path]:
        return self.query_one("#categories", Tree)

    @property
    def _sort(self) -> Select[Order]:
        return self.query_one("#sort", Select)

    @property
    def _products(self) -> ProductList:
        return self.query_one(ProductList)


def _label(path: Path, products: int) -> Text:
    """The name as far as there is room for it beside the count."""
    count = f" {products:,}"
    room = max(TREE - 2 * len(path) - 3 - len(count), 6)
    name = plain(path[-1])
    return Text.assemble(name if len(name) <= room else f"{name[: room - 1]}…", (count, "dim"))


def _found_text(found: Found) -> str:
    """How many there are."""
    rows = len(found.listing.keys)
    many = f"{rows:,} product{'s' * (rows != 1)}"
    if rows < found.listing.total:
        many += f", the best of {found.listing.total:,}"
    if not rows:
        many = "Nothing fits; search in other words, or loosen a filter."
    return many


def _notes_text(found: Found) -> str:
    """What search says of itself, on a line of its own."""
    return "".join(f"\n{plain(note)}" for note in found.listing.notes)
