"""The grid as a table: names pinned at the left, a column a product, verdicts with sign and colour."""

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import DataTable

from agent.observe import shorten
from agent.report.markdown import SIGNS
from agent.report.record import Cell, Column
from tui.comparison import Grid, Line, cell_text, head

WIDTH = 22
"""Characters of a product's column: a price with its currency, a rating with its votes."""
NARROWEST, SHARE, NAMED = 8, 4, 30
"""The names take at most this share of the screen, and never less than a word; a need's is told in so many
characters where two products stand beside it."""
DIFFERS = "≠"
STYLES = {"met": "green", "unmet": "red", "unknown": "yellow", "": ""}
STANDINGS = {"fits": "met", "might fit": "unknown", "misses": "unmet"}
NAMES = "names"
"""Key of the first column."""


class ComparisonTable(DataTable[Text]):
    """Lines of a grid; the cursor stays with its product and its line when the grid changes."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, fixed_columns=1)

    def show(self, grid: Grid, lines: Sequence[Line], sorting: tuple[str, bool] | None) -> None:
        """Put these lines in place of what is there; `sorting` is a line's key and whether it descends."""
        line, product = self.place
        names = [_name(each, sorting) for each in lines]
        heads = [_head(column, judged=grid.judged) for column in grid.columns]
        self.clear(columns=True)
        self.header_height = max(map(self._wrapped, heads), default=1)
        self.add_column(Text(), width=self._names_width(names), key=NAMES)
        for title, record_id in zip(heads, grid.record_ids, strict=True):
            self.add_column(title, width=WIDTH, key=record_id)
        for name, each in zip(names, lines, strict=True):
            self.add_row(name, *map(_cell, each.cells), key=each.key)
        self._go_to(line, product)

    @property
    def place(self) -> tuple[str, str]:
        """Key of the line and id of the product under the cursor; empty where there is none."""
        if not self.is_valid_coordinate(self.cursor_coordinate):
            return "", ""
        line, column = self.coordinate_to_cell_key(self.cursor_coordinate)
        product = column.value or ""
        return line.value or "", "" if product == NAMES else product

    def _go_to(self, line: str, product: str) -> None:
        """To where the line and the product are now, or as near to where they were as there are any."""
        row, column = self.cursor_coordinate
        row = self.get_row_index(line) if line in self.rows else min(row, self.row_count - 1)
        column = self.get_column_index(product) if product in self.columns else column
        self.move_cursor(row=max(row, 0), column=min(max(column, 1), len(self.columns) - 1))

    def _names_width(self, names: Sequence[Text]) -> int:
        longest = max((name.cell_len for name in names), default=NARROWEST)
        screen = self.app.size.width
        beside_two = screen - 2 * (WIDTH + 2 * self.cell_padding) - 2 * self.cell_padding
        return min(longest, max(NARROWEST, screen // SHARE, min(NAMED, beside_two)))

    def _wrapped(self, head: Text) -> int:
        return len(head.wrap(self.app.console, WIDTH))


def _name(line: Line, sorting: tuple[str, bool] | None) -> Text:
    arrow = ("↓ " if sorting[1] else "↑ ") if sorting and sorting[0] == line.key else ""
    mark = DIFFERS if line.differs else " "
    style = "bold" if line.differs else "dim"
    return Text(f"{mark} {arrow}{line.name}", style=style, overflow="ellipsis", no_wrap=True)


def _head(column: Column, *, judged: bool) -> Text:
    title = Text(shorten(head(column), 2 * WIDTH - 4), style="bold")
    if judged:
        verdict = STANDINGS[column.standing]
        title.append(f"\n{SIGNS[verdict]} {column.standing}", style=STYLES[verdict])
    return title


def _cell(cell: Cell) -> Text:
    style = STYLES[cell.verdict] if cell.known or cell.verdict else "dim"
    return Text(cell_text(cell), style=style, overflow="ellipsis", no_wrap=True)
