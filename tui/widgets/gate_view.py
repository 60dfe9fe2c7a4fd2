"""What the gate found, which model is in use, the way back, and what was retrained before."""

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Static

from tui.training import words

if TYPE_CHECKING:
    from tui.training.standing import Standing

AHEAD = "The new model is held beside the one in use at the end of a retraining."


class GateView(Vertical):
    """Posts `GoBack` and `Promote`."""

    class GoBack(Message):
        """The model before is to answer again."""

    class Promote(Message):
        """What passed its comparison, and was gone back from, is to answer again."""

    def __init__(self) -> None:
        super().__init__(id="gate")

    def compose(self) -> ComposeResult:
        """What is in use, the table, and the past."""
        with Horizontal(id="in-use"):
            yield Static(id="answers", markup=False)
            promote = Button("Promote", id="promote", variant="success", compact=True)
            promote.display = False
            yield promote
            yield Button("Roll back", id="roll-back", variant="error", compact=True)
        with VerticalScroll(id="found"):
            yield Static(AHEAD, id="table", markup=False)
            yield Static(words.PROMOTES, id="promotes", markup=False)
            yield Static(id="past", markup=False)

    def begin(self) -> None:
        """Where keys go when the pane is opened."""
        self.query_one("#found").focus()

    def show(self, standing: "Standing") -> None:
        """How it stands now."""
        this = " (what this retraining made)" if standing.answers else ""
        self.query_one("#answers", Static).update(Text(f"In use: {standing.in_use}{this}"))
        self.query_one("#roll-back", Button).disabled = not standing.can_go_back
        self.query_one("#promote", Button).display = standing.passed is not None
        self.query_one("#table", Static).update(Text(standing.table or AHEAD))
        lines = [words.past(each) for each in standing.past]
        self.query_one("#past", Static).update(
            Text("\n").join([Text("Retrained so far", "bold"), *lines] if lines else [])
        )

    def on_button_pressed(self, pressed: Button.Pressed) -> None:
        """Ask for it."""
        pressed.stop()
        self.post_message(self.Promote() if pressed.button.id == "promote" else self.GoBack())
