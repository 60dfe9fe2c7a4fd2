"""The evidence drawer: what a claim rests on, the record as it was seen, and what was checked of it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Static

from tui.messages import Evidenced, Failed
from tui.shown import Claim, Passage

if TYPE_CHECKING:
    from tui.bench import Bench

_MEANT = 4
"""Lines of a record that stand out: what is meant comes first."""


class Drawer(VerticalScroll):
    """Opens beside the report, and closes with Esc."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", id="evidence.close", tooltip="Close the evidence"),
    ]

    class Closed(Message):
        """The drawer was closed."""

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="evidence", markup=False)

    def on_mount(self) -> None:
        """Say what it is."""
        self.border_title = "Evidence"

    @work(thread=True, exclusive=True)
    def look_up(self, bench: "Bench", session: str, claim: Claim) -> None:
        """Open with what a claim of a session rests on; of today's catalogue without a session."""
        from tui.drive import evidence

        for message in evidence(bench, session, claim):
            self.post_message(message)

    def on_evidenced(self, evidenced: Evidenced) -> None:
        """It is found."""
        evidenced.stop()
        self.show(evidenced.claim, evidenced.passages)

    def on_failed(self, failed: Failed) -> None:
        """It cannot be read."""
        failed.stop()
        self.notify(failed.sentence, severity="error", markup=False)
        self.action_close()

    def show(self, claim: Claim, passages: Sequence[Passage]) -> None:
        """Open with what a claim rests on."""
        self.query_one("#evidence", Static).update(Group(*_parts(claim, passages)))
        self.display = True
        self.scroll_home(animate=False)
        self.focus()

    def action_close(self) -> None:
        """Close, and let the app give the focus back."""
        self.display = False
        self.post_message(self.Closed())


def _parts(claim: Claim, passages: Sequence[Passage]) -> Iterator[RenderableType]:
    yield Text(claim.text, style="italic")
    if claim.note:
        yield Text(f"Left out of the report: {claim.note}.", style="yellow")
    if not passages:
        yield Text(
            "This sentence is code's own, or the author's without a source: no record stands behind it."
        )
    for passage in passages:
        yield Text(f"\n{passage.title}", style="bold")
        yield Text(passage.source, style="dim")
        for holds, sentence in passage.checks:
            yield Text(f"{'✓' if holds else '✗'} {sentence}", style="green" if holds else "red")
        lines = (Text(line, style="" if n < _MEANT else "dim") for n, line in enumerate(passage.lines))
        yield Padding(Group(*lines), (0, 0, 0, 2))
