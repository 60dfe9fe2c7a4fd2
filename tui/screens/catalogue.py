"""The catalogue at one screen: what is in it, putting more in, and taking a source out."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, Header, TabbedContent, TabPane

from tui.widgets.browse import Browse

if TYPE_CHECKING:
    from tui.bench import Bench


class CatalogueScreen(Screen[None]):
    """Posts `ProductAsked` and `CompareAsked` to the app."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", tooltip="Stop what runs, or go back", id="catalogue.back"),
        Binding(
            "f2", "pane('shelves-pane')", "Browse", tooltip="Look through the products", id="catalogue.browse"
        ),
    ]

    def __init__(self, bench: "Bench") -> None:
        super().__init__()
        self._bench = bench

    def compose(self) -> ComposeResult:
        yield Header()
        with TabbedContent(id="panes"), TabPane("Browse", id="shelves-pane"):
            yield Browse(self._bench)
        yield Footer()
