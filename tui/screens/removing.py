"""Asks once more before a source is taken out, and says what will go."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from index.text.sanitize import plain
from tui.source_text import removal_text

if TYPE_CHECKING:
    from index.catalog import SourceSummary


class RemovingScreen(ModalScreen[bool]):
    """Ends with True where the source is to go."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,n", "dismiss(False)", "Keep", tooltip="Leave everything as it is", id="removing.keep"
        ),
        Binding("y", "dismiss(True)", "Remove", tooltip="Take the source out", id="removing.remove"),
    ]

    def __init__(self, source: "SourceSummary") -> None:
        super().__init__()
        self._source = source

    def compose(self) -> ComposeResult:
        """What will go, and the two ways out; Enter keeps it."""
        with Vertical(id="removing"):
            yield Static(
                f"Remove {plain(self._source.name)}?\n\nThis takes out {removal_text(self._source)}, and "
                "every price it has told. The files that it was imported from stay where they are.",
                markup=False,
            )
            with Horizontal(id="removing-choices"):
                yield Button("Keep (Esc)", id="keep", variant="primary")
                yield Button("Remove (y)", id="remove", variant="error")

    def on_button_pressed(self, pressed: Button.Pressed) -> None:
        """Either way."""
        pressed.stop()
        self.dismiss(pressed.button.id == "remove")
