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
        yield Input(id="other", placeholder="other: say it in your own words, or s skips, S skips all")

    def on_mount(self) -> None:
        """Nothing is asked."""
        self.border_title = "A question to you"
        self.display = False
        self._options: tuple[str, ...] = ()

    def ask(self, question: str, options: Sequence[tuple[str, int | None]]) -> None:
        """Show a question; the count of an option is None where it is not known."""
        self._options = tuple(option for option, _ in options)
        self.query_one("#question", Static).update(question)
        listed = self.query_one("#options", OptionList)
        listed.clear_options()
        listed.add_options([Option(_line(option, left)) for option, left in options])
        self.query_one("#other", Input).clear()
        self.display = True
        listed.highlighted = 0 if options else None
        listed.focus()

    def close(self) -> None:
        """Nothing is asked any more."""
        self.display = False

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """Enter or a click chooses."""
        selected.stop()
        self._answer(self._options[selected.option_index])

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


def _line(option: str, left: int | None) -> Text:
    line = Text(option)
    if left is not None:
        line.append(f"   leaves {left:,} product{'' if left == 1 else 's'}", style="dim")
    return line
