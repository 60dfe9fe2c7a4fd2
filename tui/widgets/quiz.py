"""A question back to the person: options with what each would leave, own words, or skipped. Never timed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.shown import Choice

OTHER = "other: say it in your own words, or s skips, S skips all"


class Quiz(Vertical):
    """Shown while a question waits for its answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "skip", "Skip", id="quiz.skip", tooltip="Leave this question unanswered"),
        Binding(
            "S", "skip_all", "Skip all", id="quiz.skip_all", tooltip="Answer no more questions of this run"
        ),
    ]

    @dataclass
    class Answered(Message):
        """What the person says; empty where they skip. `all` where no more is to be asked."""

        answer: str
        all: bool = False

    def compose(self) -> ComposeResult:
        """The question, its options, and a line for other words."""
        yield Static(id="question", markup=False)
        yield OptionList(id="options", markup=False)
        yield Input(id="other", placeholder=OTHER, select_on_focus=False)

    def on_mount(self) -> None:
        """Nothing is asked."""
        self.border_title = "A question to you"
        self.display = False
        self._options: tuple[Choice, ...] = ()

    def ask(self, question: str, options: Sequence[Choice]) -> None:
        """Show a question."""
        self._options = tuple(options)
        self.query_one("#question", Static).update(question)
        listed = self.query_one("#options", OptionList)
        listed.clear_options()
        listed.add_options([Option(_line(option)) for option in options])
        other = self.query_one("#other", Input)
        other.placeholder, other.value = OTHER, ""
        self.display = True
        listed.highlighted = 0 if options else None
        listed.focus()

    def close(self) -> None:
        """Nothing is asked any more."""
        self.display = False

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """Enter or a click chooses; what only names something is to be completed."""
        selected.stop()
        choice = self._options[selected.option_index]
        if choice.values:
            other = self.query_one("#other", Input)
            other.placeholder, other.value = choice.values, f"{choice.text} "
            other.action_end()
            other.focus()
        else:
            self._answer(choice.text)

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Own words."""
        submitted.stop()
        self._answer(submitted.value.strip())

    def action_skip(self) -> None:
        """Leave it."""
        self._answer("")

    def action_skip_all(self) -> None:
        """Leave it, and all that follow."""
        self.close()
        self.post_message(self.Answered("", all=True))

    def _answer(self, answer: str) -> None:
        self.close()
        self.post_message(self.Answered(answer))


def _line(choice: Choice) -> Text:
    line = Text(choice.text)
    if choice.values:
        line.append(f" …  {choice.values}", style="dim")
    elif choice.left is not None:
        line.append(f"   leaves {choice.left:,} product{'' if choice.left == 1 else 's'}", style="dim")
    return line
