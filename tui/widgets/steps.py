"""The course of the session: every question with its steps, as plain text that wraps with the window."""

from rich.table import Column, Table
from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static

MARK = 2
"""Characters at a line's beginning that stand apart; what follows them is wrapped under itself."""


class Steps(VerticalScroll):
    """Lines under the question that they belong to; the newest stays in sight."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._block = Static()
        self._lines = _grid()

    def on_mount(self) -> None:
        """Say what it is."""
        self.border_title = "Steps"

    def begin(self, question: str) -> None:
        """Open a block for a question."""
        self._block, self._lines = Static(), _grid()
        self.mount(self._block)
        self.tell(Text(f"? {question}", style="bold"))

    def tell(self, line: Text) -> None:
        """Add a line to the newest block, and follow it unless the person has scrolled back."""
        following = self.is_vertical_scroll_end
        self._lines.add_row(*line.divide([MARK]))
        self._block.update(self._lines)
        if following:
            self.scroll_end(animate=False)

    def clear(self) -> None:
        """Forget all questions."""
        self.remove_children()


def _grid() -> Table:
    # Folded, because a path is one long word.
    return Table.grid(Column(), Column(overflow="fold"))
