"""Where the catalogue's records came from, how old they are, and the way to take a source out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, DataTable, Static

from index.text.sanitize import plain
from tui import messages
from tui.screens.removing import RemovingScreen
from tui.source_text import age_text, removal_text
from tui.told import sentence

if TYPE_CHECKING:
    from index.catalog import SourceSummary
    from tui.bench import Bench

HEADS = ("Source", "Products", "Reviews", "Pages", "Events", "Imported", "Newest", "Age")
EMPTY = "Nothing was imported yet."


class Sources(Vertical):
    """Posts `CatalogueChanged` when a source is gone."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "delete,r", "remove", "Remove", tooltip="Take the source out, after asking", id="sources.remove"
        )
    ]

    @dataclass
    class Listed(Message):
        """The sources, and how many products have no vectors yet."""

        sources: "Sequence[SourceSummary]"
        pending: int

    @dataclass
    class Removed(Message):
        """A source is gone, or why it is not."""

        sentence: str

    def __init__(self, bench: "Bench", today: Callable[[], date]) -> None:
        super().__init__(id="sources")
        self._bench = bench
        self._today = today
        self._sources: dict[str, SourceSummary] = {}
        self._said = ""

    def compose(self) -> ComposeResult:
        """A row a source."""
        yield DataTable(id="source-table", cursor_type="row", zebra_stripes=True)
        yield Static(EMPTY, id="sources-said", markup=False)
        with Horizontal(id="source-choices"):
            yield Button("Remove", id="remove-source", variant="error", compact=True)

    def on_mount(self) -> None:
        """Look at what there is."""
        for place, head in enumerate(HEADS):
            self._table.add_column(Text(head, justify="right" if 0 < place < 5 else "left"))
        self.reload()

    def begin(self) -> None:
        """Where keys go when the pane is opened."""
        self._table.focus()

    @work(thread=True, exclusive=True, group="sources")
    def reload(self) -> None:
        """Look again: the catalogue may have changed."""
        try:
            catalog = self._bench.index.catalog
            listed = self.Listed(catalog.sources(), catalog.counts().pending)
        except Exception as error:  # whatever it is, the person is told
            self.post_message(self.Removed(sentence(error)))
        else:
            self.post_message(listed)

    @work(thread=True, group="removal")
    def _remove(self, source: "SourceSummary") -> None:
        try:
            self._bench.index.catalog.remove_source(source.name)
        except Exception as error:  # whatever it is, the person is told
            self.post_message(self.Removed(sentence(error)))
        else:
            self.post_message(self.Removed(f"Removed {plain(source.name)}: {removal_text(source)}."))

    def on_sources_listed(self, listed: Listed) -> None:
        """A row a source, and the cursor where it was."""
        row = self._table.cursor_row
        self._sources = {source.name: source for source in listed.sources}
        self._table.clear()
        for source in listed.sources:
            self._table.add_row(*_cells(source, self._today()), key=source.name)
        self._table.move_cursor(row=min(row, max(len(self._sources) - 1, 0)))
        self.query_one("#remove-source", Button).disabled = not self._sources
        pending = f"{listed.pending:,} products are found by words alone." if listed.pending else ""
        empty = "" if self._sources else EMPTY
        self.query_one("#sources-said", Static).update(
            Text("\n".join(filter(None, (self._said, pending, empty))))
        )
        self.refresh_bindings()

    def on_sources_removed(self, removed: Removed) -> None:
        """Say what became of it."""
        self._said = removed.sentence
        self.reload()
        self.post_message(messages.CatalogueChanged())

    @on(Button.Pressed, "#remove-source")
    def _pressed(self, pressed: Button.Pressed) -> None:
        pressed.stop()
        self.action_remove()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer only what can be done now."""
        return bool(self._sources) if action == "remove" else True

    def action_remove(self) -> None:
        """Ask once more, then take the source at the cursor out."""
        key = self._table.coordinate_to_cell_key(self._table.cursor_coordinate).row_key.value
        source = self._sources[str(key)]

        def answered(remove: bool | None) -> None:
            if remove:
                self._remove(source)

        self.app.push_screen(RemovingScreen(source), answered)

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one("#source-table", DataTable)


def _cells(source: "SourceSummary", today: date) -> tuple[Text, ...]:
    numbers = (source.products, source.reviews, source.pages, source.events)
    return (
        Text(plain(source.name)),
        *(Text(f"{number:,}", justify="right") for number in numbers),
        Text(str(source.imported or "")),
        Text(str(source.newest or "")),
        Text(age_text(source.newest, today)),
    )
