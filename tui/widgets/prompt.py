"""Where questions are written: in several lines if need be, with the earlier ones at the arrow keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key
from textual.message import Message
from textual.widgets import TextArea


class Prompt(TextArea):
    """Enter sends; Shift+Enter or Ctrl+J begins a new line; up from the first line goes back in history."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "Ask", id="prompt.send", tooltip="Ask, or go on after a stop"),
        Binding(
            "shift+enter,ctrl+j",
            "newline",
            "New line",
            show=False,
            id="prompt.newline",
            tooltip="Begin a line",
        ),
        Binding("ctrl+g", "editor", show=False, id="prompt.editor", tooltip="Write in $EDITOR"),
    ]

    @dataclass
    class Sent(Message):
        """What was written; empty to go on."""

        text: str

    def __init__(self, placeholder: str, *, id: str) -> None:
        super().__init__(
            placeholder=placeholder, id=id, soft_wrap=True, show_line_numbers=False, compact=True
        )
        self.typed_at = 0.0
        """When the last key was pressed."""
        self._history: list[str] = []
        self._at = 0
        self._unsent = ""

    @property
    def value(self) -> str:
        """What stands in it."""
        return self.text

    @value.setter
    def value(self, text: str) -> None:
        self.text = text
        self.move_cursor(self.document.end)

    async def _on_key(self, event: Key) -> None:
        """Enter sends; in its turn, after what was typed before it, as a priority binding would not."""
        self.typed_at = monotonic()
        if event.key == "enter":
            event.stop().prevent_default()
            self.action_send()
        else:
            await super()._on_key(event)

    def remember(self, questions: Iterable[str]) -> None:
        """Earlier questions, the oldest first."""
        self._history = list(dict.fromkeys([*questions, *self._history]))
        self._at = len(self._history)

    def action_send(self) -> None:
        """Ask."""
        text = self.text.strip()
        self.clear()
        if text:
            self._history = [*(q for q in self._history if q != text), text]
        self._at = len(self._history)
        self.post_message(self.Sent(text))

    def action_newline(self) -> None:
        """Begin a new line."""
        self.insert("\n")

    def action_cursor_up(self, select: bool = False) -> None:
        """Up a line; from the first, to the question before."""
        if select or self.cursor_location[0]:
            super().action_cursor_up(select)
        elif self._at:
            self._recall(self._at - 1)

    def action_cursor_down(self, select: bool = False) -> None:
        """Down a line; from the last, to the question after."""
        if select or self.cursor_location[0] < self.document.line_count - 1:
            super().action_cursor_down(select)
        elif self._at < len(self._history):
            self._recall(self._at + 1)

    def action_editor(self) -> None:
        """Write in the person's editor."""
        from tui.opening import OpeningError, edit

        try:
            self.value = edit(self.app, self.value, ".txt").strip()
        except OpeningError as error:
            self.notify(str(error), severity="error", markup=False)

    def _recall(self, at: int) -> None:
        if self._at == len(self._history):
            self._unsent = self.text
        self._at = at
        self.value = self._history[at] if at < len(self._history) else self._unsent
