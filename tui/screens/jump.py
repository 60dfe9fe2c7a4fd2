"""Jump mode: a letter on everything that can have the focus; pressing it goes there."""

from collections.abc import Sequence
from string import ascii_lowercase
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Label


class JumpScreen(ModalScreen[Widget | None]):
    """Ends with the widget that was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Stay", id="jump.stay", tooltip="Stay where you are"),
    ]

    def __init__(self, widgets: Sequence[Widget]) -> None:
        """Widgets in sight, in their order; beyond the alphabet there is no letter."""
        super().__init__()
        self._places = dict(zip(ascii_lowercase, widgets, strict=False))

    def compose(self) -> ComposeResult:
        """A letter at each place."""
        for letter, widget in self._places.items():
            label = Label(letter)
            label.styles.offset = widget.region.offset
            yield label

    def on_key(self, key: Key) -> None:
        """Go there."""
        if key.key in self._places:
            key.stop()
            self.dismiss(self._places[key.key])
