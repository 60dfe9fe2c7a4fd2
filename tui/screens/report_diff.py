"""Two reports set side by side in plain words; what is unchanged is folded away."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Collapsible, Header, Static

from tui.copying import copy
from tui.widgets.keys import Keys

if TYPE_CHECKING:
    from agent.report.diff import Line
    from agent.report.record import Report

COLOURS = {"new": "green", "gone": "red", "changed": "yellow", "same": "dim"}


class ReportDiffScreen(Screen[None]):
    """Ends with Esc; nothing comes of it."""

    TITLE = "Two reports"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", tooltip="Back to where you came from", id="diff.back"),
        Binding("u", "unfold", "Unchanged", tooltip="Show or hide all that is unchanged", id="diff.unfold"),
        Binding("y", "copy", "Copy", tooltip="Copy the comparison as Markdown", id="diff.copy"),
    ]

    def __init__(self, before: "Report", after: "Report") -> None:
        super().__init__()
        from agent.report.diff import diff

        self._diff = diff(before, after)

    def compose(self) -> ComposeResult:
        """Which reports they are, then a section for each thing that they speak of."""
        from agent.report.diff_text import heads, summary

        yield Header()
        with VerticalScroll(id="differences"):
            for head in heads(self._diff):
                yield Static(_plain(head), classes="head")
            yield Static(_plain(summary(self._diff)), classes="summary")
            for name, lines in self._diff.sections:
                yield from _section(name, lines)
        yield Keys()

    def on_mount(self) -> None:
        """The keys scroll."""
        self.query_one("#differences").focus()

    def action_unfold(self) -> None:
        """Show or hide all that is unchanged."""
        folds = self.query(Collapsible)
        unfolded = any(fold.collapsed for fold in folds)
        for fold in folds:
            fold.collapsed = not unfolded

    def action_copy(self) -> None:
        """Copy the source, not what is drawn of it."""
        from agent.report.diff_text import markdown

        copy(self.app, markdown(self._diff), "the comparison as Markdown")


def _section(name: str, lines: tuple["Line", ...]) -> Iterator[Widget]:
    if not lines:
        return
    yield Static(Text(name), classes="section")
    yield from (_line(line) for line in lines if line.changed)
    same = [line for line in lines if not line.changed]
    if same:
        yield Collapsible(*map(_line, same), title=f"{len(same):,} unchanged")


def _line(line: "Line") -> Static:
    from agent.report.diff_text import SIGNS, kind, sentence

    became = kind(line)
    return Static(
        Text.assemble((f"{SIGNS[became]} ", COLOURS[became]), _plain(sentence(line))), classes="line"
    )


def _plain(text: str) -> Text:
    from index.text.sanitize import plain

    return Text(plain(text))
