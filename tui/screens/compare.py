"""Products side by side: what differs, how each stands to the needs, and where every fact was read."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.message import Message
from textual.screen import Screen
from textual.widgets import DataTable, Header, Static

from index.text.sanitize import plain
from tui.comparison import Grid, Line, cell_proof, head, markdown, ordered, read, without
from tui.messages import CiteAsked, CopyAsked, ProductAsked
from tui.screens.find import FindScreen
from tui.told import inert_sentence
from tui.widgets.comparison_table import NAMES, ComparisonTable
from tui.widgets.keys import Keys

if TYPE_CHECKING:
    from agent.ledger import Need
    from tui.bench import Bench

NOTHING = "There is nothing to compare yet; press A to add a product."
GUIDE = "≠ marks what differs. Enter shows where a fact was read, on a name it sorts."


class CompareScreen(Screen[None]):
    """The comparison grid; asks the app for evidence, products and copies."""

    TITLE = "Comparison"
    AUTO_FOCUS = "#grid"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "s", "sort", "Sort", id="compare.sort", tooltip="Order the products by this line; again turns"
        ),
        Binding("e", "equal", "Equal", id="compare.equal", tooltip="Hide or show lines that are all alike"),
        Binding("a", "add", "Add", id="compare.add", tooltip="Search for one more product to compare"),
        Binding(
            "x,delete", "remove", "Remove", id="compare.remove", tooltip="Take this product out of the grid"
        ),
        Binding("o", "open", "Open", id="compare.open", tooltip="Show everything known of this product"),
        Binding(
            "p", "plots", "Plots", id="compare.plots", tooltip="Draw prices over time and against ratings"
        ),
        Binding("y", "copy", "Copy", id="compare.copy", tooltip="Copy the grid as Markdown"),
        Binding("escape", "dismiss", "Back", id="compare.back", tooltip="Go back to where you were"),
    ]

    class Read(Message):
        """The records are read and compared."""

        def __init__(self, grid: Grid) -> None:
            super().__init__()
            self.grid = grid

    class Unread(Message):
        """The records could not be read; the sentence is for the person."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    def __init__(
        self,
        bench: "Bench",
        products: Sequence[str],
        needs: "Sequence[Need]" = (),
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """`products` are record ids; `tags` gives the session's tag of each that has one (P3)."""
        super().__init__()
        self._bench = bench
        self._wanted = tuple(products)
        self._needs = tuple(needs)
        self._tags = dict(tags or {})
        self._grid = Grid((), ())
        self._sorting: tuple[str, bool] | None = None
        self._all_lines = True
        self._reading = False

    def compose(self) -> ComposeResult:
        """The grid, the cell under the cursor in full, and what was done last."""
        yield Header()
        yield ComparisonTable(id="grid")
        yield Static(id="cell", markup=False)
        yield Static(GUIDE, id="said", markup=False)
        yield Keys()

    def on_mount(self) -> None:
        """Begin to read."""
        self._begin(self._wanted)

    def _begin(self, record_ids: Sequence[str]) -> None:
        self._set_reading(True)
        self._read(tuple(record_ids))

    def _set_reading(self, reading: bool) -> None:
        self._reading = self.query_one(ComparisonTable).loading = reading
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer what can be done with what is read."""
        if action in ("sort", "equal", "remove", "open", "plots", "copy"):
            return not self._reading and bool(self._grid.columns)
        return action != "add" or not self._reading

    @work(thread=True, exclusive=True, group="read")
    def _read(self, record_ids: tuple[str, ...]) -> None:
        try:
            grid = read(self._bench.index, record_ids, self._needs, self._tags)
        except Exception as error:  # the thread's end is the app's edge
            self.post_message(self.Unread(inert_sentence(error)))
        else:
            self.post_message(self.Read(grid))

    def on_compare_screen_read(self, read: Read) -> None:
        """Show the grid, and say what is missing from it."""
        self._set_reading(False)
        self._grid = read.grid
        if self._sorting and any(line.key == self._sorting[0] for line in self._grid.lines):
            self._grid = ordered(self._grid, self._sorting[0], descending=self._sorting[1])
        self._show()
        if gone := self._grid.gone:
            them = "One product is" if len(gone) == 1 else f"{len(gone)} products are"
            self._say(f"{them} no longer in the catalogue and left out: {', '.join(map(plain, gone))}.")
        elif not self._grid.columns:
            self._say(NOTHING)

    def on_compare_screen_unread(self, unread: Unread) -> None:
        """Say why; what was compared before stays."""
        self._set_reading(False)
        self._say(unread.sentence)

    def on_resize(self, event: Resize) -> None:  # noqa: ARG002
        """Give the names their share of the new width."""
        if self._grid.columns and not self._reading:
            self._show()

    def _show(self) -> None:
        table = self.query_one(ComparisonTable)
        table.display = bool(self._grid.columns)
        table.show(self._grid, self._lines, self._sorting)
        table.focus()
        self.refresh_bindings()

    @property
    def _lines(self) -> tuple[Line, ...]:
        return tuple(line for line in self._grid.lines if self._all_lines or line.differs)

    def on_data_table_cell_highlighted(self, highlighted: DataTable.CellHighlighted) -> None:
        """Say in full what the grid may have cut short."""
        highlighted.stop()
        line, product = self.query_one(ComparisonTable).place
        self.query_one("#cell", Static).update(Text(self._proof(line, product)))

    def _proof(self, key: str, record_id: str) -> str:
        line = next((line for line in self._grid.lines if line.key == key), None)
        if line is None:
            return ""
        if record_id not in self._grid.record_ids:
            return line.name
        at = self._grid.record_ids.index(record_id)
        return cell_proof(line, self._grid.columns[at], line.cells[at])

    def on_data_table_cell_selected(self, selected: DataTable.CellSelected) -> None:
        """A fact: where it was read. The name of a line: sort by it."""
        selected.stop()
        key, record_id = selected.cell_key.row_key.value, selected.cell_key.column_key.value
        if record_id == NAMES:
            self.action_sort()
            return
        line = next(line for line in self._grid.lines if line.key == key)
        at = self._grid.record_ids.index(str(record_id))
        proof = cell_proof(line, self._grid.columns[at], line.cells[at])
        self.post_message(CiteAsked(line.cells[at].cite, proof))

    def on_data_table_header_selected(self, selected: DataTable.HeaderSelected) -> None:
        """The product whose head was clicked."""
        selected.stop()
        if selected.column_key.value != NAMES:
            self.post_message(ProductAsked(str(selected.column_key.value)))

    def action_sort(self) -> None:
        """Order the products by the line under the cursor, or turn that order round."""
        key, _ = self.query_one(ComparisonTable).place
        line = next((line for line in self._grid.lines if line.key == key), None)
        if line is None:
            return
        descending = self._sorting == (key, False)
        self._sorting = (key, descending)
        self._grid = ordered(self._grid, key, descending=descending)
        self._show()
        way = "downwards" if descending else "upwards"
        self._say(f"Sorted by {line.name}, {way}; S again turns it round.")

    def action_equal(self) -> None:
        """Hide the lines in which all products are alike, or show them again."""
        self._all_lines = not self._all_lines
        hidden = len(self._grid.lines) - len(self._lines)
        self._show()
        self._say(
            GUIDE if self._all_lines else f"{hidden} of {len(self._grid.lines)} lines are equal, hidden."
        )

    def action_remove(self) -> None:
        """Take the product under the cursor out."""
        _, record_id = self.query_one(ComparisonTable).place
        if not record_id:
            self._say("Move the cursor to a product's column to remove it.")
        elif len(self._grid.columns) == 1:
            self._say("This is the last product; add another before you remove it.")
        else:
            title = head(self._grid.columns[self._grid.record_ids.index(record_id)])
            self._grid = without(self._grid, record_id)
            self._show()
            self._say(f"Removed: {title}. {len(self._grid.columns)} are left.")

    def action_add(self) -> None:
        """Search for one more product."""
        self.app.push_screen(FindScreen(self._bench, self._grid.record_ids), self._added)

    def _added(self, record_id: str | None) -> None:
        if record_id is not None:
            self._begin((*self._grid.record_ids, record_id))

    def action_open(self) -> None:
        """Show the product under the cursor."""
        _, record_id = self.query_one(ComparisonTable).place
        if record_id:
            self.post_message(ProductAsked(record_id))

    def action_copy(self) -> None:
        """Give the grid as it stands, hidden lines left out."""
        self.post_message(CopyAsked(markdown(self._grid, self._lines)))

    def action_plots(self) -> None:
        """Draw the compared products."""
        # The plotting library takes 220 ms, and is not needed before.
        from tui.screens.plots import PlotsScreen

        self.app.push_screen(PlotsScreen(self._bench, self._grid.record_ids))

    def _say(self, sentence: str) -> None:
        self.query_one("#said", Static).update(Text(sentence))
