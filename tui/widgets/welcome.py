"""The first page: what to do here, a catalogue to begin with where there is none, and a question to try."""

from dataclasses import dataclass
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import HorizontalGroup, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Static

from tui.styled import styled

WELCOME = Path(__file__).parents[1] / "welcome.md"


class Welcome(VerticalScroll):
    """Shown until something is asked."""

    @dataclass
    class Chosen(Message):
        """What is to be done: `demo`, `intake` or `example`."""

        what: str

    def __init__(self, example: str, *, id: str) -> None:
        super().__init__(id=id, can_focus=False)
        self._example = example

    def compose(self) -> ComposeResult:
        """The page over its buttons."""
        yield Static(styled(WELCOME.read_text(encoding="utf-8")))
        with HorizontalGroup(id="begin"):
            yield Button("Write a demo shop", id="demo", variant="primary")
            yield Button("Import your own", id="intake")
        yield Button(f"Ask: {self._example}", id="example")

    def on_mount(self) -> None:
        """Nothing is known of the catalogue yet."""
        self.query_one("#begin").display = self.query_one("#example").display = False

    def offer(self, *, stocked: bool) -> None:
        """Offer a catalogue where there is none, and a question where there is one."""
        self.query_one("#begin").display = not stocked
        self.query_one("#example").display = stocked

    def on_button_pressed(self, pressed: Button.Pressed) -> None:
        """The person's choice."""
        pressed.stop()
        self.post_message(self.Chosen(str(pressed.button.id)))
