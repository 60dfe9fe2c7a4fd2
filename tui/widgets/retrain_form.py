"""What is asked of a retraining, and the buttons that begin, foretell and stop one."""

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Input, Label

from tui.training.choices import CHOICES, SEED, Chosen, chosen

if TYPE_CHECKING:
    from finetune.retrain.job import Asked


class RetrainForm(Vertical):
    """Posts `Start`, `Distill`, `Foretell` and `Stop`."""

    class Start(Message):
        """A retraining is to begin, or to go on."""

    class Distill(Message):
        """Its dialogues are to be held and its data set made, and no more."""

    class Foretell(Message):
        """It is to be said what one would take."""

    class Stop(Message):
        """What runs is to be stopped."""

    def __init__(self) -> None:
        super().__init__(id="form")
        self._seed = SEED
        self._filled = ""

    def compose(self) -> ComposeResult:
        """A field for each number, then the buttons."""
        with Horizontal(id="fields"):
            for choice in CHOICES:
                with Vertical(classes="field"):
                    yield Label(choice.title)
                    yield Input(choice.usual, id=choice.name, compact=True, select_on_focus=True)
        with Horizontal(id="deeds"):
            yield Button("Start", id="start", variant="success", compact=True)
            yield Button("Distill only", id="distill", compact=True)
            yield Button("Forecast", id="foretell", compact=True)
            yield Button("Stop", id="stop", variant="error", compact=True)

    def chosen(self) -> Chosen:
        """What stands in the fields; raises UsageError."""
        values = {choice.name: self.query_one(f"#{choice.name}", Input).value for choice in CHOICES}
        tasks, held_out, minutes = values["tasks"], values["held-out"], values["minutes"]
        return chosen(tasks, held_out, minutes, values["until"], self._seed, values["teacher"])

    def go_on_with(self, name: str, asked: "Asked") -> None:
        """Put in, once, what was asked of a retraining that can be gone on with."""
        if name == self._filled:
            return
        self._filled, self._seed = name, asked.seed
        for field, value in (
            ("tasks", f"{asked.tasks}"),
            ("minutes", f"{asked.minutes:g}"),
            ("held-out", f"{asked.held_out}"),
            ("teacher", asked.teacher),
        ):
            self.query_one(f"#{field}", Input).value = value

    def offer(self, *, running: bool, busy: bool) -> None:
        """Let only that be done which can be done now."""
        self.set_class(running, "-running")
        self.query_one("#start", Button).disabled = running or busy
        self.query_one("#distill", Button).disabled = running or busy
        self.query_one("#foretell", Button).disabled = running or busy
        self.query_one("#stop", Button).disabled = not (running or busy)

    def on_button_pressed(self, pressed: Button.Pressed) -> None:
        """Ask for it."""
        pressed.stop()
        kinds = {"start": self.Start, "distill": self.Distill, "foretell": self.Foretell, "stop": self.Stop}
        self.post_message(kinds[str(pressed.button.id)]())

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Enter says what it would take; only Start starts."""
        submitted.stop()
        self.post_message(self.Foretell())
