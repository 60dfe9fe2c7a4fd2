"""What happened in a session, entry by entry: the record that is stored, resumed, replayed and trained on.

A trajectory is neutral: it knows no chat template and no model. `agent.wire` renders it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, JsonValue

from index.product import Record

ToolName = Literal[
    "plan",
    "product_search",
    "visit_product",
    "product_reviews",
    "web_search",
    "web_visit",
    "compare_products",
    "ask_user",
]

MoveKind = Literal["edit", "add", "relax", "harden", "more_like", "not_this", "stop", "undo"]


ANSWERED = "The person answers: "
"""What an observation of `ask_user` begins with, unless the person skipped."""


class ToolCall(Record):
    """One call as the model wrote it; arguments are checked by `agent.tools`, not here."""

    name: ToolName
    arguments: dict[str, JsonValue]


OPEN_QUESTION = "What else matters to you?"
NOTHING_ELSE = "nothing else"
"""The option of somebody who has said everything."""
BARE_COMPARISON = ToolCall(name="compare_products", arguments={})
"""A comparison of the best of what was found so far."""


class Question(Record):
    """What the person asked, first or as a follow-up, with the catalogue card that code put beside it."""

    kind: Literal["question"] = "question"
    text: str
    card: str = ""
    at: datetime
    """When it was asked; the report is dated by its last question."""


class Step(Record):
    """One turn of the policy: a thought, then either a call or the report's text."""

    kind: Literal["step"] = "step"
    thought: str = ""
    call: ToolCall | None = None
    report: str | None = None


class Observation(Record):
    """What a call brought back, as the model reads it."""

    kind: Literal["observation"] = "observation"
    text: str
    read: str = ""
    """The line of what code has read by now, where the person answered."""
    error: bool = False
    tags: tuple[str, ...] = ()
    """Tags that this observation showed (P3, R12, W2)."""

    @property
    def answer(self) -> str:
        """The person's answer where this is one; empty where they skipped or were not asked."""
        return self.text.removeprefix(ANSWERED) if self.text.startswith(ANSWERED) else ""


class Feedback(Record):
    """What must be mended in the step before, which was not taken; or what changed since one left off."""

    kind: Literal["feedback"] = "feedback"
    text: str


class Move(Record):
    """The person's own hand on the wheel, with the fixed text that the model reads."""

    kind: Literal["move"] = "move"
    move: MoveKind
    target: str = ""
    """A need tag (N2) or a product tag (P3)."""
    text: str


class Compaction(Record):
    """The context was written anew at this point: everything before it is carried by this text."""

    kind: Literal["compaction"] = "compaction"
    text: str


Entry = Annotated[Question | Step | Observation | Feedback | Move | Compaction, Field(discriminator="kind")]


class Done(NamedTuple):
    """A call that was carried out, and what came of it."""

    call: ToolCall
    observation: Observation

    @property
    def answered(self) -> bool:
        """Whether the person answered a question."""
        return self.call.name == "ask_user" and bool(self.observation.answer)


def executed(entries: Sequence[Entry]) -> Iterator[Done]:
    """The calls among these entries that were carried out, in order."""
    for entry, after in pairwise(entries):
        if isinstance(entry, Step) and entry.call is not None and isinstance(after, Observation):
            yield Done(entry.call, after)


class Trajectory(Record):
    """A session's entries in order."""

    id: str
    wire: int
    started: datetime
    author: str
    """Who decides the steps: `rules`, or a model's name."""
    seed: int = 0
    entries: tuple[Entry, ...] = ()

    @property
    def asked(self) -> str:
        """Every question of the person so far, in order."""
        return "\n".join(e.text for e in self.entries if isinstance(e, Question))

    @property
    def day(self) -> date:
        """The day of the last question, which is today for whoever answers it."""
        asked = [entry.at for entry in self.entries if isinstance(entry, Question)]
        return (asked[-1] if asked else self.started).date()

    @property
    def spoken(self) -> tuple[str, ...]:
        """What the person said in words, in order: questions and answers."""
        said = []
        asking = False
        for entry in self.entries:
            if isinstance(entry, Question):
                said.append(entry.text)
            elif isinstance(entry, Step):
                asking = entry.call is not None and entry.call.name == "ask_user"
            elif isinstance(entry, Observation) and asking and entry.answer:
                said.append(entry.answer)
        return tuple(said)

    @property
    def said(self) -> str:
        """What the person said in words, as one text."""
        return "\n".join(self.spoken)

    @property
    def since_asked(self) -> tuple[Entry, ...]:
        """The entries after the last question."""
        return self._after(Question)

    @property
    def since_steered(self) -> tuple[Entry, ...]:
        """The entries after the last question or change of the person."""
        return self._after(Question, Move)

    @property
    def standing_calls(self) -> tuple[Done, ...]:
        """Calls that would bring the same again: nothing was planned, said or changed since.

        A comparison of whatever was found stands until something more is searched for.
        """
        standing: list[Done] = []
        for done in executed(self.since_steered):
            if done.call.name == "plan":
                standing.clear()
            elif done.call.name == "product_search":
                standing = [d for d in standing if d.call != BARE_COMPARISON]
            standing.append(done)
        return tuple(standing)

    @property
    def called_again(self) -> frozenset[ToolName]:
        """Tools that were called just as before and sent back, since the last call that was carried out."""
        standing, tools = [done.call for done in self.standing_calls], set[ToolName]()
        for entry in reversed(self.entries):
            if isinstance(entry, Step) and entry.call in standing:
                tools.add(entry.call.name)
            elif not isinstance(entry, Feedback):
                break
        return frozenset(tools)

    def and_then(self, *entries: Entry) -> "Trajectory":
        """The trajectory with more entries at its end."""
        return self.model_copy(update={"entries": self.entries + entries})

    def _after(self, *kinds: type[Question] | type[Move]) -> tuple[Entry, ...]:
        last = max((at for at, e in enumerate(self.entries) if isinstance(e, kinds)), default=-1)
        return self.entries[last + 1 :]
