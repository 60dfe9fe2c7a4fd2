"""The person at the app, as the research loop sees one: its thread waits here for what the screen answers.

Nothing waits on a clock. A cancelled run wakes whoever waits, and leaves the question unanswered.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple

from textual.message import Message

from agent.desk import Desk
from agent.ledger import Need
from agent.moves import Wish
from agent.reading.read import QuestionError, read_followup
from models.engine import Cancel
from tui.messages import Approving, Asked, Unread
from tui.person import parse_wish
from tui.quiz_tabs import tabs_of

_LOOK: Final = 0.2
"""Seconds between two looks at whether the run was cancelled."""


class InWords(NamedTuple):
    """A need in a person's words, and the tag of the need that they stand in the place of, if any."""

    words: str
    target: str = ""


Said = Wish | InWords


class AppPerson:
    """Hands questions to the screen and its answers to the loop."""

    def __init__(self, post: Callable[[Message], object], cancel: Cancel, *, approve_plan: bool) -> None:
        self.desk: Desk | None = None
        """What the run works on, once there is one."""
        self._post = post
        self._cancel = cancel
        self._approve_plan = approve_plan
        self._said: SimpleQueue[Said] = SimpleQueue()
        self._answers: SimpleQueue[str] = SimpleQueue()
        self._agreed = threading.Event()
        self._silent = False
        """Whether no more is to be asked in this run."""

    # -- what the loop asks, in its thread ----------------------------------------------------------------

    def approve(self, needs: Sequence[Need]) -> Sequence[Wish]:  # noqa: ARG002 - the ledger shows them
        """Wait until the plan is changed or agreed to."""
        if not self._approve_plan or self._agreed.is_set():
            return ()
        self._post(Approving())
        while not self._cancelled() and not self._agreed.is_set():
            try:
                return self._wishes(self._said.get(timeout=_LOOK))
            except Empty:
                continue
        return ()

    def answer(self, question: str, options: tuple[str, ...]) -> str:
        """Wait for an answer; empty where the person skips."""
        if self._silent:
            return ""
        self._post(Asked(question, tabs_of(options, self.desk)))
        while not self._cancelled():
            try:
                return self._answers.get(timeout=_LOOK)
            except Empty:
                continue
        return ""

    def wishes(self) -> Sequence[Wish]:
        """What was asked for since the last step."""
        found: list[Said] = []
        while not self._said.empty():
            found.append(self._said.get())
        # Words are read beside a plan; without one yet they wait for it.
        planned = self.desk is not None and self.desk.plan is not None
        for said in found:
            if isinstance(said, InWords) and not planned:
                self._said.put(said)
        return [wish for said in found if planned or isinstance(said, Wish) for wish in self._wishes(said)]

    # -- what the screen says, in its own -----------------------------------------------------------------

    @property
    def has_wishes(self) -> bool:
        """Whether something waits to be done."""
        return not self._said.empty()

    def wish(self, kind: str, target: str, words: str) -> None:
        """Ask for a change: of a need in words, or a move with its target."""
        said = InWords(words, target) if words else Wish.model_validate({"kind": kind, "target": target})
        self._said.put(said)

    def agree(self) -> None:
        """Let the plan stand as it is."""
        self._agreed.set()

    def reply(self, answer: str, *, more: bool = True) -> None:
        """Answer what was asked; an empty answer skips it, and without `more` all that follow."""
        self._silent = not more
        self._answers.put(answer)

    def begin(self) -> None:
        """A new question: its plan is not agreed to, and answers to the one before are void."""
        self._agreed.clear()
        self._silent = False
        while not self._answers.empty():
            self._answers.get()

    def _wishes(self, said: Said) -> list[Wish]:
        if isinstance(said, Wish):
            return [said]
        typed = f"edit {said.target} {said.words}" if said.target else f"add {said.words}"
        wish = parse_wish(typed)
        wishes = [wish] if wish else list(self._read(said))
        if not wishes:
            self._post(Unread(said.words))
        return wishes

    def _read(self, said: InWords) -> Iterator[Wish]:
        """Words ("not red, under 50") as needs, in the place of those that they replace."""
        desk = self.desk
        if desk is None or desk.category is None:
            return
        try:
            read = read_followup(said.words, desk.cards, desk.planned, desk.category.tag)
        except QuestionError:
            return
        tags = {written: need.tag for written, need in zip(desk.planned, desk.needs, strict=True)}
        replaced = {gone.on: tags[gone] for gone in read.replaces if gone in tags}
        for need in read.needs:
            # The first need that is read is what was to be written anew.
            tag = said.target or replaced.pop(need.on, "")
            said = InWords(said.words)
            yield Wish(kind="edit" if tag else "add", target=tag, need=need)

    def _cancelled(self) -> bool:
        return self._cancel.is_set()
