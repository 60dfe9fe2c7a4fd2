"""A question back to the person: options with what each would leave, own words, or skipped. Never timed.

A question about several things has a tab for each; what was chosen in them is answered together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, OptionList, Static, Tab, Tabs
from textual.widgets.option_list import Option

from tui.shown import Choice, QuizTab

OTHER: Final = "other: your own words (s skips, S skips all)"


class Quiz(Vertical):
    """Shown while a question waits for its answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", "Previous tab", id="quiz.previous", priority=True),
        Binding("right", "turn(1)", "Next tab", id="quiz.next", priority=True),
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
        """The question, its tabs, the options of one, and a line for other words."""
        yield Static(id="question", markup=False)
        yield Tabs(id="quiz-tabs")
        yield OptionList(id="options", markup=False)
        yield Input(id="other", placeholder=OTHER, select_on_focus=False)

    def on_mount(self) -> None:
        """Nothing is asked."""
        self.border_title = "A question to you"
        self.display = False
        self._tabs: tuple[QuizTab, ...] = ()
        self._at = 0
        self._said: dict[int, str] = {}
        """What was said in the tabs so far, empty where one was skipped."""
        self._unsaid: dict[int, str] = {}
        """Own words in the tabs that were not sent yet."""

    async def ask(self, question: str, tabs: Sequence[QuizTab]) -> None:
        """Show a question."""
        self._tabs, self._said, self._unsaid = tuple(tabs), {}, {}
        self._other.value = ""
        self.query_one("#question", Static).update(question)
        bar = self._bar
        bar.display = len(tabs) > 1
        await bar.clear()
        for number, tab in enumerate(tabs):
            await bar.add_tab(Tab(Text(tab.title), id=f"ask-{number}"))
        self.display = True
        self._show(0)

    def close(self) -> None:
        """Nothing is asked any more."""
        self.display = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """The arrows turn tabs, where there are any, and move the cursor in a person's own words."""
        return action != "turn" or (len(self._tabs) > 1 and not self._other.has_focus)

    def on_tabs_tab_activated(self, activated: Tabs.TabActivated) -> None:
        """A tab was chosen by hand."""
        activated.stop()
        at = int((activated.tab.id or "").rpartition("-")[2])
        # What is told of an earlier turn, or of the tabs being put there, is no click.
        if self.display and activated.tab.id == self._bar.active and at != self._at:
            self._show(at)

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """Enter or a click chooses."""
        selected.stop()
        choice = self._tabs[self._at].choices[selected.option_index]
        if choice.closes:
            self._close_with(choice)
        else:
            self._say(choice.answer)

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Own words."""
        submitted.stop()
        words, title = submitted.value.strip(), self._tabs[self._at].title
        self._say(words if not words or title.casefold() in words.casefold() else f"{title} {words}".strip())

    def action_turn(self, step: int) -> None:
        """Another tab."""
        self._show((self._at + step) % len(self._tabs))

    def action_skip(self) -> None:
        """Leave it."""
        self._say("")

    def action_skip_all(self) -> None:
        """Leave it, and all that follow."""
        self._answer(more=False)

    def _show(self, at: int) -> None:
        if self._other.value != self._said.get(self._at, ""):
            self._unsaid[self._at] = self._other.value
        self._at, tab = at, self._tabs[at]
        with self.prevent(Tabs.TabActivated):  # told later, it would be taken for a click
            self._bar.active = f"ask-{at}"
        listed = self.query_one("#options", OptionList)
        listed.clear_options()
        listed.add_options([Option(_line(choice)) for choice in tab.choices])
        answers, said = [choice.answer for choice in tab.choices], self._said.get(at, "")
        own = said not in answers
        listed.highlighted = None if not answers or (said and own) else 0 if own else answers.index(said)
        other, unsent = self._other, self._unsaid.get(at, "")
        other.placeholder = f"{OTHER}; {tab.span}" if tab.span else OTHER
        other.value = unsent or (said if own else "")
        other.action_end()
        (other if unsent else listed).focus()

    def _say(self, words: str) -> None:
        """Take up what is said of the tab in sight, and go on to the next of which nothing was said."""
        self._said[self._at] = words
        self._unsaid.pop(self._at, None)
        self._other.value = ""
        if len(self._tabs) > 1:
            mark = "✓" if words else "–"
            self._bar.query_one(f"#ask-{self._at}", Tab).label = Text(f"{mark} {self._tabs[self._at].title}")
        order = [(self._at + step) % len(self._tabs) for step in range(len(self._tabs))]
        if (following := next((at for at in order if at not in self._said), None)) is None:
            self._answer()
        else:
            self._show(following)

    def _close_with(self, choice: Choice) -> None:
        """The last word; one that says no need ("nothing else") adds nothing to what was said."""
        if choice.left is not None or not any(self._said.values()):
            self._said[len(self._tabs)] = choice.answer
        self._answer()

    def _answer(self, *, more: bool = True) -> None:
        said = [self._said[at] for at in sorted(self._said) if self._said[at]]
        self.close()
        self.post_message(self.Answered(", ".join(said), all=not more))

    @property
    def _bar(self) -> Tabs:
        return self.query_one("#quiz-tabs", Tabs)

    @property
    def _other(self) -> Input:
        return self.query_one("#other", Input)


def _line(choice: Choice) -> Text:
    line = Text(choice.text)
    if choice.left is not None:
        line.append(f"   leaves {choice.left:,} product{'' if choice.left == 1 else 's'}", style="dim")
    return line
