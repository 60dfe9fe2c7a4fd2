"""A report of the past, to be read, copied, or opened in the person's pager."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Header

from tui.copying import copy
from tui.opening import OpeningError, page
from tui.widgets.keys import Keys
from tui.widgets.paper import Paper


class ReadingScreen(Screen[None]):
    """Shows Markdown from its beginning."""

    TITLE = "Report"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", tooltip="Back to where you came from", id="reading.back"),
        Binding("y", "copy", "Copy", tooltip="Copy the report as Markdown", id="reading.copy"),
        Binding("o", "page", "Pager", tooltip="Read it in your pager", id="reading.page"),
    ]

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self._markdown = markdown

    def compose(self) -> ComposeResult:
        """The report alone."""
        yield Header()
        yield Paper("", id="paper")
        yield Keys()

    async def on_mount(self) -> None:
        """Its beginning at once."""
        paper = self.query_one(Paper)
        paper.focus()
        await paper.show(self._markdown)

    def action_copy(self) -> None:
        """Copy the source, not what is drawn of it."""
        copy(self.app, self._markdown, "the report as Markdown")

    def action_page(self) -> None:
        """Lend the terminal to the pager."""
        try:
            page(self.app, self._markdown)
        except OpeningError as error:
            self.notify(str(error), severity="error", markup=False)
