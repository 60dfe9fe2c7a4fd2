"""The course of the session: every question with its steps, as plain text that wraps with the window."""

from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static


class Steps(VerticalScroll):
    """Lines under the question that they belong to; the newest stays in sight."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._lines = Text()
        self._block = Static(markup=False)

    def on_mount(self) -> None:
        """Follow what is added until the person scrolls back."""
        self.anchor()

    def begin(self, question: str) -> None:
        """Open a block for a question."""
        self._lines = Text()
        self._block = Static(markup=False)
        self.mount(self._block)
        self.tell(Text(question, style="bold"))

    def tell(self, line: Text) -> None:
        """Add a line to the newest block."""
        if self._lines:
            self._lines.append("\n")
        self._lines.append_text(line)
        self._block.update(self._lines.copy())

    def clear(self) -> None:
        """Forget all questions."""
        self.remove_children()
