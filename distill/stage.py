"""One dialogue from the question to the last report: the live loop with a supervisor and a played person.

The loop, tools, wire and checks are the live agent's. What is added here: who sits in which seat, the
person's moves and follow-up, and how the dialogue ended.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from agent.desk import Desk
from agent.ledger import Need
from agent.loop import MAX_FAULTS, Reported, Research
from agent.moves import Wish
from agent.opening import QuestionError, begin, follow_up
from agent.plan import PlanNeed, bind
from agent.policy import Policy
from agent.report.draft import render_draft
from agent.report.record import Report
from agent.trajectory import Entry, Feedback, Move, Observation, Question, Step, Trajectory
from agent.wire import WIRE_VERSION
from distill.dialogue import Dialogue, Ruling, Seats, Stop
from distill.judging.needs_matched import asks_the_same
from distill.seats.roles import SeatError, UserSeat
from distill.supervisor import Critic, Supervision, Supervisor, UnapprovedError
from distill.task import Change, Task
from distill.told import in_force
from index.search import Index
from models.engine import EngineError

CLOCK = datetime(2026, 1, 1, 9, tzinfo=UTC)
"""When every dialogue begins: records hold no clock, so that the same seed gives the same bytes."""
MAX_STEPS = 48


@dataclass(frozen=True)
class Cast:
    """Who sits where in one dialogue."""

    user: UserSeat
    research: Policy
    critic: Critic
    supervision: Supervision = field(default_factory=Supervision)
    names: Seats = field(default_factory=Seats)
    max_steps: int = MAX_STEPS


class Held(NamedTuple):
    """What one dialogue leaves behind; the desk and the report are not stored, a replay makes them again."""

    dialogue: Dialogue
    desk: Desk | None
    report: Report | None


class PlayedPerson:
    """The person in the loop: answers by the user seat, changes their mind when the task says so."""

    def __init__(self, task: Task, user: UserSeat) -> None:
        self._task = task
        self._user = user
        self._waiting: Change | None = task.change
        self.research: Research | None = None
        """The run that the person watches; set by the stage."""

    def approve(self, needs: Sequence[Need]) -> Sequence[Wish]:  # noqa: ARG002
        """Takes every plan; the supervisor is there to mend it."""
        return ()

    def answer(self, question: str, options: tuple[str, ...]) -> str:
        """What the needs in force would have the person say."""
        needs = in_force(self._task, self._watched.trajectory)
        return self._user.answer(self._task, needs, question, options)

    def wishes(self) -> Sequence[Wish]:
        """The change of mind, once enough was observed."""
        change, trajectory = self._waiting, self._watched.trajectory
        seen = sum(isinstance(e, Observation) for e in trajectory.entries)
        if change is None or seen < change.after or self._watched.desk.plan is None:
            return ()
        self._waiting = None
        wish = addressed(change.wish, self._task, self._watched.desk)
        return () if wish is None else (wish,)

    @property
    def _watched(self) -> Research:
        assert self.research is not None
        return self.research


def addressed(wish: Wish, task: Task, desk: Desk) -> Wish | None:
    """A wish with the tag that the desk gave to its need; None where the desk lacks that need."""
    if not wish.target.startswith("need:"):
        return wish
    at = _tag_of(task.needs[int(wish.target.removeprefix("need:"))].need, desk)
    if at is not None:
        return wish.model_copy(update={"target": at})
    return Wish(kind="add", need=wish.need) if wish.need is not None else None


def _tag_of(true: PlanNeed, desk: Desk) -> str | None:
    """The tag of a need on the desk, in whatever words and strength it was planned."""
    if desk.category is None:
        return None
    meant = bind(true, "", desk.category, desk.index)
    held = (need.model_copy(update={"hard": meant.hard}) for need in desk.needs)
    return next((need.tag for need in held if asks_the_same(meant, need)), None)


class Nowhere:
    """A store that keeps nothing: a dialogue is written when it ends."""

    def save(self, trajectory: Trajectory, desk: Desk, report: Report | None = None) -> None:  # noqa: ARG002
        """Forget what would be written."""
        desk.evidence.take_changes()


def hold(task: Task, index: Index, cast: Cast) -> Held:
    """Hold one dialogue; what goes wrong in it is its stop, never an exception of the researcher's making."""
    supervisor = Supervisor(cast.critic, cast.supervision)
    try:
        trajectory, desk = opened(task, index, cast.research.author)
    except QuestionError as error:
        return Held(unheld(task, cast, str(error)), None, None)
    person = PlayedPerson(task, cast.user)
    rulings: list[Ruling] = []
    earlier: list[str] = []
    while True:
        research = Research(
            cast.research, person, Nowhere(), trajectory, desk, cast.max_steps, reviewer=supervisor
        )
        person.research = research
        report, stop, cause = _run(research)
        trajectory = research.trajectory
        if "report" in cast.supervision.states:
            rulings += _report_rulings(research, supervisor)
        text = follow_up_text(task, trajectory)
        if stop != "reported" or text is None:
            break
        earlier.append(render_draft(research.best_draft()))
        at = CLOCK + timedelta(minutes=10)
        trajectory = follow_up(text, trajectory, desk, cast.research.author, at)
    dialogue = Dialogue(
        task=task.id,
        seats=cast.names,
        trajectory=trajectory,
        rulings=tuple(sorted([*supervisor.rulings, *rulings], key=lambda r: r.at)),
        stop=stop,
        cause=cause,
        # Where the critic failed, asking for the best version would ask it again.
        final=render_draft(research.best_draft()) if report is not None and research.versions else "",
        earlier=tuple(earlier),
        picks=tuple(p.cite.record_id for p in report.picks) if report is not None else (),
    )
    return Held(dialogue, desk, report)


def opened(task: Task, index: Index, author: str) -> tuple[Trajectory, Desk]:
    """A task's session before its first step; raises QuestionError."""
    trajectory, desk = begin(task.question, index, author, task.seed, CLOCK, task.persona.history)
    return trajectory.model_copy(update={"id": task.id}), desk


def follow_up_text(task: Task, trajectory: Trajectory) -> str | None:
    """What the person asks next, if anything."""
    asked = sum(isinstance(e, Question) for e in trajectory.entries)
    return task.follow_up.text if task.follow_up is not None and asked == 1 else None


def unheld(task: Task, cast: Cast, cause: str) -> Dialogue:
    """The record of a dialogue that never came about."""
    empty = Trajectory(id=task.id, wire=WIRE_VERSION, started=CLOCK, author=cast.research.author)
    return Dialogue(task=task.id, seats=cast.names, trajectory=empty, rulings=(), stop="failed", cause=cause)


def _run(research: Research) -> tuple[Report | None, Stop, str]:
    """Drive the loop to its end and say how it ended."""
    report: Report | None = None
    try:
        for event in research.run():
            if isinstance(event, Reported):
                report = event.report
    except UnapprovedError as error:
        return None, _told_to_stop(research) or "unapproved", str(error)
    except SeatError as error:
        return None, "teacher", f"{error.cause}: {error}"
    except EngineError as error:
        return None, "teacher", str(error)
    if not research.versions:
        return report, "faults", "The researcher wrote no report, only what is no step."
    match _told_to_stop(research):
        case "faults":
            return report, "faults", "The report was asked for after too much that could not be taken."
        case "steps":
            return report, "steps", "The step budget was spent before the researcher came to its report."
        case None:
            return report, "reported", ""


def _told_to_stop(research: Research) -> Literal["faults", "steps"] | None:
    """Why the loop asked for the report; None where it did not, or the person did."""
    wished = any(isinstance(e, Move) and e.move == "stop" for e in research.trajectory.since_asked)
    if wished or not research.desk.stop:
        return None
    # With a plan no tool is allowed from then on, so nothing takes the count of faults back.
    return "faults" if research.faults >= MAX_FAULTS else "steps"


def _report_rulings(research: Research, supervisor: Supervisor) -> Iterator[Ruling]:
    """One ruling for each report since the person last said or changed anything, in order."""
    entries = research.trajectory.entries
    first = len(entries) - len(research.trajectory.since_steered)
    written = [at for at in range(first, len(entries)) if _is_report(entries[at])]
    before, round_ = first, 0
    for at, version in zip(written, research.versions, strict=True):
        called = any(isinstance(e, Observation) for e in entries[before:at])
        before, round_ = at, 1 if called else round_ + 1
        returned = at + 1 < len(entries) and isinstance(entries[at + 1], Feedback)
        judged_at = research.trajectory.model_copy(update={"entries": entries[:at]})
        yield Ruling(
            at=at,
            state="report",
            round=round_,
            approved=not returned,
            findings=version.findings,
            verdicts=supervisor.verdicts(version.draft, judged_at),
        )


def _is_report(entry: Entry) -> bool:
    return isinstance(entry, Step) and entry.report is not None
