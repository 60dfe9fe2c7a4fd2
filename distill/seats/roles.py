"""What each seat is asked to do, whoever sits there: rules, a GGUF through llama.cpp, or a server.

Research is an `agent.policy.Policy` and has no protocol of its own here. A seat that fails beyond its
retries raises SeatError; what it writes is checked by code before it counts.
"""

from collections.abc import Sequence
from typing import Protocol

from distill.dialogue import State
from distill.rubric import Criterion, Rubric, Verdict
from distill.task import Persona, Task, TrueNeed
from index.product import Event, Record


class SeatError(Exception):
    """A seat failed; `cause` is one word for the tally, the message a sentence for the person.

    Causes: timeout, refused (429), server (5xx), unreachable, died, empty, malformed, cut (half a JSON),
    endless (a thought or text that filled its budget), language (not the asked one), untrue (code said no),
    rejected (the request itself: key, model, or a text that does not fit; never tried again).
    """

    def __init__(self, cause: str, message: str) -> None:
        super().__init__(message)
        self.cause = cause


class History(Record):
    """What one person did, oldest first; the raw material of a persona."""

    user: str
    events: tuple[Event, ...] = ()
    interests: tuple[str, ...] = ()
    """Kinds of things the person is said to like, where a source tells it outright."""


class Brief(Record):
    """What a question is to say, before it has words."""

    category: tuple[str, ...]
    noun: str
    """What the person calls the kind of thing."""
    needs: tuple[TrueNeed, ...]
    family: str
    seed: int


class Correction(Record):
    """One step that was sent back and the step that took its place, for the rewriting into one voice."""

    state: State
    question: str
    wrong: str
    """The rejected step, shortened: a call as JSON, or what was wrong in a report."""
    cause: str
    """Why it was sent back: the hints of the findings, joined."""
    mended: str
    """The step that stood, shortened likewise."""
    thought: str
    """What the researcher thought with the mended step."""


class UserSeat(Protocol):
    """The person: writes the question around needs that are fixed, and answers as the needs would have it."""

    @property
    def name(self) -> str:
        """`rules`, or the model's name."""
        ...

    def persona(self, history: History, known: Persona) -> Persona:
        """The persona with its summary in words; facts that code knows are kept as they are."""
        ...

    def question(self, brief: Brief, persona: Persona) -> str:
        """The question, with every volunteered need in it and no other."""
        ...

    def rubric(self, question: str, needs: Sequence[TrueNeed], rubric: Rubric) -> Rubric:
        """The rubric with weights and criteria of this question; criteria that code decides are kept."""
        ...

    def answer(self, task: Task, needs: Sequence[TrueNeed], question: str, options: Sequence[str]) -> str:
        """An answer to the researcher; empty to skip what the person has no wish on."""
        ...


class Judge(Protocol):
    """The part of the supervisor that code cannot do."""

    @property
    def name(self) -> str:
        """`rules`, or the model's name."""
        ...

    def judge(self, question: str, shown: str, criteria: Sequence[Criterion]) -> list[Verdict]:
        """One verdict a criterion on what is shown (a plan, a call with its past, or a report)."""
        ...


class Rewriter(Protocol):
    """Who turns a correction into the agent's own reflection."""

    @property
    def name(self) -> str:
        """`rules`, or the model's name."""
        ...

    def reflect(self, correction: Correction) -> str:
        """The thought of the mended step, in which the correction is the agent's own, with its cause."""
        ...
