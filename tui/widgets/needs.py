"""The needs as code understood them, in sight while they are researched."""

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import Static


class Needs(Static):
    """A line for each need; hard ones differ in colour. Takes no room while there is none."""

    def on_mount(self) -> None:
        """Nothing is bound yet."""
        self.border_title = "Needs"
        self.show(())

    def show(self, needs: Sequence[tuple[str, bool]]) -> None:
        """Needs with whether they are hard."""
        lines = [Text(line, style="green" if hard else "yellow") for line, hard in needs]
        self.update(Text("\n").join(lines))
        self.display = bool(lines)
