"""The catalogue at one screen: what is in it, putting more in, and taking a source out."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Header, TabbedContent, TabPane

from tui import messages
from tui.widgets.browse import Browse
from tui.widgets.intake import Intake
from tui.widgets.keys import Keys
from tui.widgets.sources import Sources

if TYPE_CHECKING:
    from tui.bench import Bench


Begin = Literal["browse", "intake", "sources", "demo"]


class CatalogueScreen(Screen[None]):
    """Posts `ProductAsked`, `CompareAsked` and `CatalogueChanged`, which reach the app."""

    TITLE = "Catalogue"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", tooltip="Stop what runs, or go back", id="catalogue.back"),
        Binding(
            "f5",
            "pane('browse')",
            "Browse",
            show=False,
            tooltip="Look through the products",
            id="catalogue.browse",
        ),
        Binding(
            "f6", "pane('intake')", "Import", show=False, tooltip="Put products in", id="catalogue.import"
        ),
        Binding(
            "f7",
            "pane('sources')",
            "Sources",
            show=False,
            tooltip="What came from where",
            id="catalogue.sources",
        ),
    ]

    def __init__(
        self, bench: "Bench", today: Callable[[], date] = date.today, begin: Begin = "browse"
    ) -> None:
        """`begin` is the pane to open first, or `demo` to write the demo shop at once."""
        super().__init__()
        self._begin: Begin = begin
        self._bench = bench
        self._today = today

    def compose(self) -> ComposeResult:
        """The three panes."""
        yield Header()
        with TabbedContent(id="panes"):
            with TabPane("Browse F5", id="pane-browse"):
                yield Browse(self._bench)
            with TabPane("Import F6", id="pane-intake"):
                yield Intake(self._bench)
            with TabPane("Sources F7", id="pane-sources"):
                yield Sources(self._bench, self._today)
        yield Keys()

    def on_mount(self) -> None:
        """Begin at the search field."""
        if self._begin == "demo":
            self.call_after_refresh(self._write_demo)
        else:
            self.action_pane(self._begin)

    def action_pane(self, name: str) -> None:
        """Open a pane, and put the keys where they are wanted."""
        self.query_one(TabbedContent).active = f"pane-{name}"
        pane = self.query_one(f"#{name}")
        if isinstance(pane, Browse | Intake | Sources):
            self.call_after_refresh(pane.begin)

    def action_back(self) -> None:
        """Stop what runs; otherwise go back to where the person came from."""
        intake = self.query_one(Intake)
        if intake.busy:
            intake.stop()
        else:
            self.dismiss()

    @on(messages.DemoAsked)
    def _demo(self, asked: messages.DemoAsked) -> None:
        asked.stop()
        self._write_demo()

    def _write_demo(self) -> None:
        self.action_pane("intake")
        self.query_one(Intake).write_demo()

    @on(messages.CatalogueChanged)
    def _changed(self) -> None:
        self.query_one(Browse).reload()
        self.query_one(Sources).reload()
