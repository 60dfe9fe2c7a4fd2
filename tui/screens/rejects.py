"""Shows the rows that an import has left out, each with its reason."""

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from index.text.sanitize import plain
from tui.told import sentence

SHOWN = 300
"""Rows of each file; the file has them all."""


class RejectsScreen(ModalScreen[None]):
    """Reads rejects files as `index.importers.rejects` writes them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Back", tooltip="Back to the import", id="rejects.back")
    ]

    class Read(Message):
        """The files' text."""

        def __init__(self, text: Text) -> None:
            super().__init__()
            self.text = text

    def __init__(self, files: Sequence[Path]) -> None:
        super().__init__()
        self._files = tuple(files)

    def compose(self) -> ComposeResult:
        """The rows."""
        with Vertical(id="rejected") as box:
            box.border_title = "Rejected rows"
            box.border_subtitle = "Esc goes back"
            with VerticalScroll():
                yield Static("Reading …", id="rejected-rows", markup=False)

    def on_mount(self) -> None:
        """Begin to read."""
        self._read()

    @work(thread=True)
    def _read(self) -> None:
        self.post_message(self.Read(Text("\n\n").join(map(_text, self._files))))

    def on_rejects_screen_read(self, read: Read) -> None:
        """Show them."""
        self.query_one("#rejected-rows", Static).update(read.text)
        self.query_one(VerticalScroll).focus()


def _text(file: Path) -> Text:
    text = Text.assemble((f"{plain(str(file))}\n", "dim"))
    try:
        with file.open(encoding="utf-8") as lines:
            for line in islice(lines, SHOWN):
                rejected = json.loads(line)
                text.append(f"row {rejected['row']}: {plain(rejected['reason'])}\n", style="bold")
                text.append(f"  {plain(rejected['text'], 400)}\n")
            rest = sum(1 for _ in lines)
    except OSError as error:
        return text.append(sentence(error), style="red")
    except (ValueError, LookupError, TypeError):
        return text.append("This file is not as the import has written it.", style="red")
    return text.append(f"… and {rest:,} more in the file", style="dim") if rest else text
