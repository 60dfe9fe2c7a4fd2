"""The course of the session: under every question its steps, each a line that opens."""

from typing import ClassVar

from rich.table import Column, Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from tui.widgets.following import Following

WORTH_TELLING = 0.1
"""Seconds that a call may take without being mentioned."""
CLOSED, OPEN = "▸", "▾"


class StepTitle(Static, can_focus=True):
    """The one line of a step; Enter, a blank or a click opens and closes the step."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "open", "Open", id="steps.open", tooltip="What was thought and found"),
    ]

    class Opened(Message):
        """The step is to be opened, or closed."""

    def action_open(self) -> None:
        """Open or close."""
        self.post_message(self.Opened())

    def on_click(self) -> None:
        """The same."""
        self.action_open()


class StepBlock(Vertical):
    """One step: the call as its title; opened, the thought before it and what it brought back."""

    def __init__(self, thought: str, call: str) -> None:
        super().__init__()
        self._said = f"{call} …"
        self._call = call
        self._title = StepTitle(Text(f"{CLOSED} {self._said}"))
        self._thought = Static(Text(thought, style="italic"), classes="thought")
        self._observation = Static(markup=False, classes="observation")

    def compose(self) -> ComposeResult:
        """A title over what is folded."""
        yield self._title
        yield self._thought
        yield self._observation

    def end(self, summary: str, seconds: float, text: str, *, failed: bool) -> None:
        """What the call brought back."""
        took = f" · {seconds:.1f} s" if seconds >= WORTH_TELLING else ""
        self._said = f"{self._call}{took} · {summary}"
        self._observation.update(text)
        self.set_class(failed, "-failed")
        self._paint()

    def on_step_title_opened(self, opened: StepTitle.Opened) -> None:
        """Fold or unfold."""
        opened.stop()
        self.toggle_class("-open")
        self._paint()

    def _paint(self) -> None:
        mark = OPEN if self.has_class("-open") else CLOSED
        self._title.update(Text(f"{mark} {self._said}"))


class Course(Following):
    """Questions with their steps; the newest stays in sight unless the person has scrolled back."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._step: StepBlock | None = None

    def on_mount(self) -> None:
        """Say what it is."""
        self.border_title = "Steps"

    def compose(self) -> ComposeResult:
        """Nothing yet."""
        yield from ()

    def begin(self, question: str) -> None:
        """Begin with a question."""
        self._step = None
        self.follow()
        self._add(Static(Text(question, style="bold"), classes="question"))

    def act(self, thought: str, call: str) -> None:
        """A tool is called."""
        self._step = StepBlock(thought, call)
        self._add(self._step)

    def acted(self, summary: str, seconds: float, text: str, *, failed: bool) -> None:
        """What the call brought back."""
        if self._step is not None:
            self._step.end(summary, seconds, text, failed=failed)

    def tell(self, line: Text) -> None:
        """A line beside the steps."""
        folded = Table.grid(Column(), Column(overflow="fold"))  # a path is one long word
        folded.add_row(*line.divide([2]))
        self._add(Static(folded))

    def clear(self) -> None:
        """Forget all questions."""
        self.remove_children()

    def on_descendant_focus(self) -> None:
        """A step that is being read stays where it is."""
        self.release_anchor()

    def _add(self, block: Static | StepBlock) -> None:
        self.mount(block)
        self.grown()
