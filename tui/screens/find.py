"""Finds one product by typing: the index answers while the person types."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from tui.told import inert_sentence
from tui.widgets.choices import Listing

if TYPE_CHECKING:
    from index.product import Product
    from tui.bench import Bench

MOST = 8
BETWEEN_KEYS = 0.15
"""Seconds without a key after which the index is asked."""


class FindScreen(ModalScreen[str | None]):
    """Ends with a record id, or with None where the person thought better of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Next", id="find.next", priority=True, tooltip="The next product found"),
        Binding("up", "move(-1)", "Previous", id="find.previous", priority=True, tooltip="The one before"),
        Binding("escape", "dismiss(None)", "Back", id="find.back", tooltip="Go back without a product"),
    ]

    class Found(Message):
        """What the index found for a text."""

        def __init__(self, query: str, products: "Sequence[Product]") -> None:
            super().__init__()
            self.query = query
            self.products = products

    class Failed(Message):
        """The index could not be searched; the sentence is for the person."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    def __init__(self, bench: "Bench", without: Sequence[str] = ()) -> None:
        """`without` are record ids that need not be found."""
        super().__init__()
        self._bench = bench
        self._without = frozenset(without)

    def compose(self) -> ComposeResult:
        """What is sought, what was found, and what to do."""
        with Vertical(id="find"):
            yield Label("Add a product")
            yield Input(placeholder="its name, or what it is", id="sought")
            yield Listing(id="found", markup=False)
            yield Static(
                "Type to search; arrows choose, Enter adds, Esc goes back", id="advice", markup=False
            )

    def on_input_changed(self, changed: Input.Changed) -> None:
        """Search for what stands there now."""
        changed.stop()
        found = self.query_one(OptionList)
        if changed.value.strip():
            found.loading = True
            self._search(changed.value)
        else:
            self.workers.cancel_group(self, "search")
            found.loading = False
            found.clear_options()

    @work(thread=True, exclusive=True, group="search")
    def _search(self, query: str) -> None:
        worker = get_current_worker()
        time.sleep(BETWEEN_KEYS)
        if worker.is_cancelled:
            return
        from index.search import SearchRequest

        try:
            request = SearchRequest(query=query, limit=MOST + len(self._without))
            hits = self._bench.index.search(request).hits
        except Exception as error:  # the thread's end is the app's edge
            self.post_message(self.Failed(inert_sentence(error)))
        else:
            fresh = [hit.product for hit in hits if hit.product.id not in self._without]
            self.post_message(self.Found(query, fresh[:MOST]))

    def on_find_screen_found(self, found: Found) -> None:
        """Show what was found, unless something else is sought by now."""
        if found.query != self.query_one("#sought", Input).value:
            return
        from tui.widgets.product_line import product_line

        shown = self.query_one(OptionList)
        shown.loading = False
        shown.clear_options()
        shown.add_options(Option(product_line(product), id=product.id) for product in found.products)
        shown.highlighted = 0 if found.products else None
        self._say(
            "Enter adds the marked product." if found.products else "Nothing was found; try other words."
        )

    def on_find_screen_failed(self, failed: Failed) -> None:
        """Say why."""
        self.query_one(OptionList).loading = False
        self._say(failed.sentence)

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Take the marked product."""
        submitted.stop()
        marked = self.query_one(OptionList).highlighted_option
        if marked is not None:
            self.dismiss(marked.id)

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """Take the product that was clicked."""
        selected.stop()
        self.dismiss(selected.option.id)

    def action_move(self, by: int) -> None:
        """Mark another product, while the cursor stays in the text."""
        found = self.query_one(OptionList)
        if by > 0:
            found.action_cursor_down()
        else:
            found.action_cursor_up()

    def _say(self, sentence: str) -> None:
        self.query_one("#advice", Static).update(Text(sentence))
