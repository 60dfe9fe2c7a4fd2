"""Asks once more before a hub is reached, and says how many bytes come from which repository."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static


class FetchingScreen(ModalScreen[bool]):
    """Ends with True where it is to be fetched."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "dismiss(False)", "No", tooltip="Reach nothing", id="fetching.no"),
        Binding("y", "dismiss(True)", "Fetch", tooltip="Reach the hub and fetch it", id="fetching.yes"),
    ]

    def __init__(self, asked: str) -> None:
        super().__init__()
        self._asked = asked

    def compose(self) -> ComposeResult:
        """What would come, and the two ways out; Enter fetches nothing."""
        with Vertical(id="fetching"):
            yield Static(self._asked, markup=False)
            with Horizontal(id="fetching-choices"):
                yield Button("No (Esc)", id="no", variant="primary")
                yield Button("Fetch (y)", id="yes")

    def on_button_pressed(self, pressed: Button.Pressed) -> None:
        """Either way."""
        pressed.stop()
        self.dismiss(pressed.button.id == "yes")
