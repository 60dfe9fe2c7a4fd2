"""What is given to be imported and how it is meant: the fields and buttons of the import pane."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Input

from tui.intake import Given
from tui.widgets.drop import Drop


class IntakeForm(Vertical):
    """Posts `Look`, `Confirm`, `Rejects` and `Stop`, and `Edited` when something else stands in a field."""

    class Look(Message):
        """What was given is to be looked at."""

    class Confirm(Message):
        """What was looked at is to be imported."""

    class Rejects(Message):
        """The rows that were left out are to be shown."""

    class Stop(Message):
        """What runs is to be stopped."""

    class Edited(Message):
        """What was looked at is no longer what stands in the fields."""

    def compose(self) -> ComposeResult:
        """What is given, what is meant, and what can be done."""
        yield Drop(id="drop")
        with Horizontal(id="meant"):
            yield Input(placeholder="Columns, as price=amount; currency=EUR", id="mapping", compact=True)
            yield Input(placeholder="Column schema, a TOML file", id="schema", compact=True)
        with Horizontal(id="choices"):
            yield Button("Look", id="look", variant="primary", compact=True)
            yield Button("Import", id="import", variant="success", compact=True)
            yield Button("Rejected rows", id="rejects", compact=True)
            yield Button("Stop", id="stop", variant="error", compact=True)

    def on_mount(self) -> None:
        """Nothing was looked at yet."""
        self.offer(busy=False, can_import=False, has_rejects=False)

    def given(self) -> Given:
        """What stands in the fields."""
        mapping, schema = self.query_one("#mapping", Input), self.query_one("#schema", Input)
        return Given(self.query_one(Drop).text, mapping.value, schema.value)

    def offer(self, *, busy: bool, can_import: bool, has_rejects: bool) -> None:
        """Let only those buttons be pressed that do something now."""
        self.query_one("#look", Button).disabled = busy
        self.query_one("#import", Button).disabled = busy or not can_import
        self.query_one("#rejects", Button).disabled = busy or not has_rejects
        self.query_one("#stop", Button).disabled = not busy

    def clear(self) -> None:
        """What was given is done with."""
        with self.prevent(Drop.Changed):
            self.query_one(Drop).clear()

    def go_to(self, field: str) -> None:
        """Put the keys where they are wanted."""
        self.query_one(f"#{field}").focus()

    @on(Drop.Given)
    @on(Input.Submitted)
    def _submitted(self, message: Message) -> None:
        message.stop()
        self.post_message(self.Look())

    @on(Drop.Changed)
    @on(Input.Changed)
    def _edited(self, message: Message) -> None:
        message.stop()
        self.post_message(self.Edited())

    def on_button_pressed(self, pressed: Button.Pressed) -> None:
        """Pass it on by what it means."""
        pressed.stop()
        meant = {"look": self.Look, "import": self.Confirm, "rejects": self.Rejects, "stop": self.Stop}
        self.post_message(meant[str(pressed.button.id)]())
