"""The needs as code understood them, in sight and at hand: relaxed, hardened, changed, added, taken back."""

from dataclasses import dataclass
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.shown import Ledger, NeedShown

HARD, SOFT = "must", "wish"


class LedgerView(Vertical):
    """A line for each need with the products that meet it; takes no room while there is none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", "Must/wish", id="ledger.toggle", tooltip="Let the need hold, or give way"),
        Binding("e", "edit", "Change", id="ledger.edit", tooltip="Write the need anew"),
        Binding("a", "add", "Add", id="ledger.add", tooltip="Add a need, in your own words"),
        Binding("u", "undo", "Undo", id="ledger.undo", tooltip="Take your last change back"),
    ]

    @dataclass
    class Changed(Message):
        """The person wants a need to be otherwise: `kind` of a move, its target, and words for edits."""

        kind: str
        target: str = ""
        words: str = ""

    class Agreed(Message):
        """The plan may go on as it is."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.border_title = "Needs"
        self.display = False
        self._ledger = Ledger()
        self._editing = ""
        """The need that is being written anew; empty for an addition."""

    def compose(self) -> ComposeResult:
        """Needs, what they leave, a line to write in, and the button that lets the plan go on."""
        yield OptionList(id="needs", markup=False)
        hidden = (
            Static(id="leaves", markup=False),
            Input(id="need", placeholder="price <= 60, or in words: not red", select_on_focus=False),
            Button("Search with these needs", id="agree", variant="primary"),
        )
        for widget in hidden:
            # Not when they are mounted: an app that leaves at that moment has none.
            widget.display = False
            yield widget

    def show(self, ledger: Ledger) -> None:
        """The needs as they stand."""
        self._ledger = ledger
        needs = self.query_one("#needs", OptionList)
        at = needs.highlighted
        needs.clear_options()
        needs.add_options([Option(_line(need, ledger), id=need.tag) for need in ledger.needs])
        needs.highlighted = min(at or 0, len(ledger.needs) - 1) if ledger.needs else None
        leaves = self.query_one("#leaves", Static)
        leaves.display = ledger.fitting is not None
        kind = ledger.category or "products"
        leaves.update(f"{ledger.fitting or 0:,} of {ledger.products:,} {kind} meet every must")
        self.display = bool(ledger.needs)

    def ask(self, *, asked: bool) -> None:
        """Show or hide the button that lets the plan go on."""
        agree = self.query_one("#agree", Button)
        agree.display = asked
        if asked:
            self.display = True
            agree.focus()

    def action_turn(self) -> None:
        """Make the need under the cursor soft or hard."""
        if need := self._chosen():
            self.post_message(self.Changed("relax" if need.hard else "harden", need.tag))

    def action_edit(self) -> None:
        """Write the need under the cursor anew."""
        if need := self._chosen():
            self._write(need.tag, need.written)

    def action_add(self) -> None:
        """Write another need."""
        self._write("", "")

    def action_undo(self) -> None:
        """Take the last change back."""
        self.post_message(self.Changed("undo"))

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """Enter or a click changes a need."""
        selected.stop()
        self.action_edit()

    def on_button_pressed(self, pressed: Button.Pressed) -> None:
        """The plan may go on."""
        pressed.stop()
        self.post_message(self.Agreed())

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """What was written becomes a wish."""
        submitted.stop()
        words, target = submitted.value.strip(), self._editing
        self._close()
        if words:
            self.post_message(self.Changed("edit" if target else "add", target, words))

    def key_escape(self) -> None:
        """Leave the line as it was."""
        if self.query_one("#need").display:
            self._close()

    def _write(self, tag: str, text: str) -> None:
        self._editing = tag
        line = self.query_one("#need", Input)
        line.border_title = f"Change {tag}" if tag else "Add a need"
        line.value, line.display = text, True
        line.action_end()
        line.focus()

    def _close(self) -> None:
        self.query_one("#need").display = False
        agree = self.query_one("#agree")
        (agree if agree.display else self.query_one("#needs")).focus()

    def _chosen(self) -> NeedShown | None:
        at = self.query_one("#needs", OptionList).highlighted
        return self._ledger.needs[at] if at is not None and at < len(self._ledger.needs) else None


def _line(need: NeedShown, ledger: Ledger) -> Table:
    line = Table.grid(padding=(0, 1, 0, 0), expand=True)
    line.add_column(width=4)
    line.add_column(ratio=1, overflow="fold")
    line.add_column(justify="right")
    met = "" if need.met is None else f"{need.met:,}/{ledger.products:,}"
    style = "green" if need.hard else "yellow"
    line.add_row(Text(HARD if need.hard else SOFT, style=style), Text(need.text), Text(met, style="dim"))
    return line
