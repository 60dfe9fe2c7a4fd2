"""Asks for a note of any length."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, TextArea

from tui.opening import OpeningError, edit
from tui.widgets.keys import Keys


class NoteScreen(ModalScreen[str | None]):
    """Ends with the note, or with None where it is to stay as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "Keep", priority=True, tooltip="Keep the note", id="note.keep"),
        Binding("ctrl+g", "edit", "Editor", priority=True, tooltip="Write it in your editor", id="note.edit"),
        Binding("escape", "dismiss(None)", "Back", tooltip="Leave the note as it was", id="note.back"),
    ]

    def __init__(self, note: str) -> None:
        super().__init__()
        self._note = note

    def compose(self) -> ComposeResult:
        """The note as it stands."""
        with Vertical(id="note"):
            yield Label("Note on this session")
            yield TextArea(self._note, id="text", show_line_numbers=False)
            yield Keys()

    def on_mount(self) -> None:
        """Go on where the note ends."""
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)

    def action_keep(self) -> None:
        """Done."""
        self.dismiss(self.query_one(TextArea).text.strip())

    def action_edit(self) -> None:
        """Let the person's own editor write it."""
        area = self.query_one(TextArea)
        try:
            area.text = edit(self.app, area.text, ".txt")
        except OpeningError as error:
            self.notify(str(error), severity="error", markup=False)
