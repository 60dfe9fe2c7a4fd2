"""Asks under which name the report is to be written, and writes it."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

if TYPE_CHECKING:
    from agent.report.record import Report

PRESET = "report.md"


class ExportScreen(ModalScreen[Path | None]):
    """Ends with the path that was written, or with None where the person thought better of it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back")]

    class Refused(Message):
        """The report could not be written; the sentence is for the person."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    class Written(Message):
        """The report stands in a file."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    def __init__(self, report: "Report") -> None:
        super().__init__()
        self._report = report
        self._agreed: Path | None = None
        """A file that the person knows to be there."""

    def compose(self) -> ComposeResult:
        """A name, and what it decides."""
        with Vertical(id="export"):
            yield Label("Write the report to")
            yield Input(PRESET, id="name", select_on_focus=False)
            yield Static(
                "The ending decides: .md .html .json .csv .pdf   Enter writes, Esc goes back", id="hint"
            )

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Write, but over a file that is there only on the second Enter."""
        submitted.stop()
        path = Path(submitted.value.strip() or PRESET).expanduser()
        if path.exists() and path != self._agreed:
            self._agreed = path
            self._tell(f"{path} is there already; Enter again replaces it.")
        else:
            self._write(path)

    @work(thread=True, exclusive=True)
    def _write(self, path: Path) -> None:
        # The forms are not needed for the first paint; a thread, because a PDF takes a second.
        from tui.export import ExportError, export

        try:
            export(self._report, path)
        except (ExportError, OSError) as error:
            self.post_message(self.Refused(str(error)))
        else:
            self.post_message(self.Written(path))

    def on_export_screen_refused(self, refused: Refused) -> None:
        """Say why, and let the person choose another name."""
        self._tell(refused.sentence)

    def on_export_screen_written(self, written: Written) -> None:
        """Done."""
        self.dismiss(written.path)

    def _tell(self, sentence: str) -> None:
        self.query_one("#hint", Static).update(Text(sentence, style="bold"))
