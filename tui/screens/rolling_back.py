"""Asks once more before the model before answers again."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static


class RollingBackScreen(ModalScreen[bool]):
    """Ends with True where the model before is to answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "dismiss(False)", "Stay", tooltip="Leave it in use", id="rolling_back.stay"),
        Binding("y", "dismiss(True)", "Roll back", tooltip="Use the one before", id="rolling_back.back"),
    ]

    def __init__(self, in_use: str) -> None:
        super().__init__()
        self._in_use = in_use

    def compose(self) -> ComposeResult:
        """What is in use, and the two ways out; Enter leaves it so."""
        with Vertical(id="rolling-back"):
            yield Static(
                f"Roll back?\n\nIn use is {self._in_use}. The model that was in use before it answers from "
                "the next question on. Nothing is deleted: what a retraining made can be promoted again "
                "here, and `productresearch models use` brings any other back.",
                markup=False,
            )
            with Horizontal(id="rolling-back-choices"):
                yield Button("Stay (Esc)", id="stay", variant="primary")
                yield Button("Roll back (y)", id="back", variant="error")

    def on_button_pressed(self, pressed: Button.Pressed) -> None:
        """Either way."""
        pressed.stop()
        self.dismiss(pressed.button.id == "back")
