"""A field for paths that are typed, pasted or dropped, and for rows that are pasted."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea


class Drop(TextArea):
    """Enter hands over what it holds; a paste may have many lines."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+j,shift+enter", "line", "New line", show=False, tooltip="Begin a new line", id="drop.line"
        )
    ]

    @dataclass
    class Given(Message):
        """The person has given something."""

        text: str

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, tab_behavior="focus", compact=True, highlight_cursor_line=False)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.post_message(self.Given(self.text))
        else:
            await super()._on_key(event)

    def action_line(self) -> None:
        """Begin a new line."""
        self.insert("\n")
