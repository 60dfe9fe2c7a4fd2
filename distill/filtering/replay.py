"""Take a recorded trajectory again, step by step, over an index, and hold every entry to what comes of it.

Calls are executed on a fresh desk with a person who gives the recorded answers, and moves are applied anew.
What the replayed reports are worth is left to `stages`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from agent import moves
from agent.desk import Desk, PlanError
from agent.ledger import UnknownTagError
from agent.moves import Wish
from agent.opening import QuestionError, begin, follow_up
from agent.report.assemble import assemble
from agent.report.draft import Draft, parse_draft
from agent.report.record import Report
from agent.tools import execute
from agent.trajectory import Entry, Move, Observation, Question, Step, Trajectory
from distill.dialogue import Dialogue
from distill.errors import DistillError
from distill.standing import followed
from distill.task import Task
from index.search import Index


class ReplayError(DistillError):
    """A trajectory does not reproduce; `cause` is a word for the tally, the message says where."""

    def __init__(self, cause: str, message: str) -> None:
        super().__init__(message)
        self.cause = cause


class Moment(NamedTuple):
    """The desk as it stands before the entry at this place is taken; one desk, which goes on changing."""

    at: int
    desk: Desk


class Answered(NamedTuple):
    """One question with the report that stands for it, at the moment when it was written."""

    draft: Draft
    report: Report
    desk: Desk
    asked: Trajectory
    """Everything up to the report."""


@dataclass(frozen=True)
class _Recorded:
    """A person who answers as is written."""

    said: str

    def answer(self, question: str, options: tuple[str, ...]) -> str:  # noqa: ARG002
        """The recorded answer, whatever is asked."""
        return self.said


def walk(task: Task, trajectory: Trajectory, index: Index) -> Iterator[Moment]:
    """Every moment of a trajectory, the one after its last entry included; raises ReplayError."""
    entries = trajectory.entries
    desk = _opened(task, trajectory, index)
    for at, (entry, after) in enumerate(followed(entries[1:]), start=1):
        yield Moment(at, desk)
        match entry:
            case Question():
                _ask_more(entry, trajectory, at, desk)
            case Move():
                _move(entry, task, at, desk)
            case Step() if isinstance(after, Observation):
                _act(entry, after, at, desk)
    yield Moment(len(entries), desk)


def answered(task: Task, dialogue: Dialogue, index: Index) -> Iterator[Answered]:
    """The report of each question in turn, to be looked at before the next is asked for."""
    entries = dialogue.trajectory.entries
    standing = iter((*dialogue.earlier, dialogue.final))
    for at, desk in walk(task, dialogue.trajectory, index):
        if at == len(entries) or isinstance(entries[at], Question):
            so_far = dialogue.trajectory.model_copy(update={"entries": entries[:at]})
            draft = parse_draft(next(standing, ""))
            yield Answered(draft, assemble(draft, desk, so_far), desk, so_far)


def _opened(task: Task, trajectory: Trajectory, index: Index) -> Desk:
    first = trajectory.entries[0] if trajectory.entries else None
    if not isinstance(first, Question):
        raise ReplayError("no_question", "the trajectory does not begin with a question")
    try:
        past = task.persona.history
        again, desk = begin(first.text, index, trajectory.author, trajectory.seed, first.at, past)
    except QuestionError as error:
        raise ReplayError("no_card", str(error)) from error
    _same(again.entries[0], first, 0, "card_differs")
    return desk


def _ask_more(question: Question, trajectory: Trajectory, at: int, desk: Desk) -> None:
    before = trajectory.model_copy(update={"entries": trajectory.entries[:at]})
    try:
        again = follow_up(question.text, before, desk, trajectory.author, question.at)
    except QuestionError as error:
        raise ReplayError("no_card", str(error)) from error
    _same(again.entries[-1], question, at, "card_differs")


def _act(step: Step, observation: Observation, at: int, desk: Desk) -> None:
    if step.call is None:
        raise ReplayError("observed_report", f"entry {at} observes something of a report")
    _same(execute(step.call, desk, _Recorded(observation.answer)), observation, at, "observation_differs")


def _move(move: Move, task: Task, at: int, desk: Desk) -> None:
    """A move is kept without the need that it writes; that need stands in the task."""
    change = task.change.wish.need if task.change is not None and move.move in ("edit", "add") else None
    try:
        again = moves.apply(Wish(kind=move.move, target=move.target, need=change), desk)
    except (PlanError, UnknownTagError) as error:
        raise ReplayError("move_fails", f"the move at entry {at} cannot be made: {error}") from error
    _same(again, move, at, "move_differs")


def _same(again: Entry, recorded: Entry, at: int, cause: str) -> None:
    if again != recorded:
        raise ReplayError(cause, f"entry {at} comes out otherwise over this index")
