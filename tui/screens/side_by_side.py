"""One question to two models, one after the other, and their reports side by side."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen
from textual.suggester import SuggestFromList
from textual.widgets import Header, Input, Static

from index.text.sanitize import plain
from models.store import ModelStore
from models.usable import Model
from tui import messages
from tui.model_file import model_file
from tui.side_by_side import Answer, Answered, Tallied, attempt, keep
from tui.told import inert_sentence
from tui.widgets.answer import AnswerColumn
from tui.widgets.keys import Keys

if TYPE_CHECKING:
    from tui.bench import Bench

FIRST = "Name two models and ask; nothing of it becomes a session unless you keep it."
NOT_ASKED = "Was not asked."
SIDES = ("left", "right")


class SideBySideScreen(Screen[None]):
    """Asks, stops, and keeps an answer as a session where the person wants it."""

    TITLE = "Side by side"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", tooltip="Stop what runs, or go back", id="both.back"),
        Binding("f5", "keep(0)", "Keep left", tooltip="Make a session of the left answer", id="both.left"),
        Binding("f6", "keep(1)", "Keep right", tooltip="Make a session of the right answer", id="both.right"),
    ]

    @dataclass
    class Heard(Message):
        """What was said on one side."""

        side: int
        message: Message

    @dataclass
    class Rested(Message):
        """Both were asked, or it was stopped."""

    @dataclass
    class Kept(Message):
        """An answer is a session now, or why it is not."""

        side: int
        fault: str = ""

    def __init__(self, bench: "Bench", here: Mapping[str, Model], left: str, right: str) -> None:
        """`here` are the models that can be named without a path; two names stand in the fields at first."""
        super().__init__()
        self._bench = bench
        self._here = here
        self._first = (left, right)
        self._answers: dict[int, Answer] = {}
        """By side, those that can be kept."""
        self._cancel = threading.Event()
        self.busy = False
        """Whether something runs that Esc stops."""

    def compose(self) -> ComposeResult:
        """What is asked of whom, over the two answers."""
        yield Header()
        with Horizontal(id="whom"):
            for side, name in zip(SIDES, self._first, strict=True):
                yield Input(
                    name,
                    placeholder="a model, or a GGUF file",
                    suggester=SuggestFromList(self._here),
                    compact=True,
                    id=f"{side}-model",
                )
        yield Input(placeholder="the question for both", compact=True, id="both-question")
        with Horizontal(id="answers"):
            for side in SIDES:
                yield AnswerColumn(id=side)
        yield Static(FIRST, id="said", markup=False)
        yield Keys()

    def on_mount(self) -> None:
        """The models are named already; what is missing is the question."""
        self.query_one("#both-question").focus()

    def on_unmount(self) -> None:
        """Stop what runs."""
        self._cancel.set()

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Ask both, once everything is named."""
        submitted.stop()
        fields = [
            self.query_one(f"#{name}", Input) for name in ("left-model", "right-model", "both-question")
        ]
        missing = next((field for field in fields if not field.value.strip()), None)
        if missing is not None:
            missing.focus()
        elif not self.busy:
            left, right, question = (field.value.strip() for field in fields)
            self._begin(question, (left, right))

    def _begin(self, question: str, names: tuple[str, str]) -> None:
        self.busy = True
        self._cancel.clear()
        self._answers.clear()
        for side, name in zip(SIDES, names, strict=True):
            self.query_one(f"#{side}", AnswerColumn).begin(plain(name))
        self._say("One after the other; Esc stops.")
        self._ask(question, names)
        self.refresh_bindings()

    @work(thread=True, group="answers")
    def _ask(self, question: str, names: tuple[str, str]) -> None:
        for side, name in enumerate(names):
            if self._cancel.is_set():
                self.post_message(self.Heard(side, messages.Failed(NOT_ASKED)))
                continue
            try:
                model = self._here.get(name) or Model(model_file(name, ModelStore(self._bench.home)))
                index, settings = self._bench.index, self._bench.settings
                for message in attempt(question, model, index, settings, self._cancel):
                    self.post_message(self.Heard(side, message))
            except Exception as error:  # whatever it is, the person reads a sentence and the screen lives on
                self.post_message(self.Heard(side, messages.Failed(inert_sentence(error))))
        self.post_message(self.Rested())

    async def on_side_by_side_screen_heard(self, heard: Heard) -> None:
        """Show it on its side."""
        column = self.query_one(f"#{SIDES[heard.side]}", AnswerColumn)
        match heard.message:
            case messages.Told(line=line):
                column.tell(line)
            case Tallied(tally=tally):
                column.tally(tally)
            case Answered(markdown=markdown, answer=answer):
                self._answers[heard.side] = answer
                await column.show(markdown)
                self.refresh_bindings()
            case messages.Stopped():
                column.say("Stopped.")
            case messages.Failed(sentence=sentence):
                column.say(sentence, failed=True)

    def on_side_by_side_screen_rested(self) -> None:
        """Say what can be done now."""
        self.busy = False
        self._say("F5 or F6 keeps an answer as a session; Enter asks again." if self._answers else FIRST)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a finished answer can be kept, and once."""
        return action != "keep" or (not self.busy and parameters[0] in self._answers)

    def action_keep(self, side: int) -> None:
        """Make a session of an answer."""
        self._keep(side, self._answers.pop(side))
        self.refresh_bindings()

    @work(thread=True, group="keep")
    def _keep(self, side: int, answer: Answer) -> None:
        try:
            keep(self._bench, answer)
        except Exception as error:  # whatever it is, the person reads a sentence and the screen lives on
            self.post_message(self.Kept(side, inert_sentence(error)))
        else:
            self.post_message(self.Kept(side))

    def on_side_by_side_screen_kept(self, kept: Kept) -> None:
        """Say so."""
        self._say(kept.fault or f"The {SIDES[kept.side]} answer is a session now; F3 has it.")

    def action_back(self) -> None:
        """Stop what runs; otherwise, or where that takes long, go back."""
        if self.busy and not self._cancel.is_set():
            self._cancel.set()
            self._say("Stopping …")
        else:
            self.dismiss()

    def _say(self, sentence: str) -> None:
        self.query_one("#said", Static).update(sentence)
