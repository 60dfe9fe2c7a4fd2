"""The research loop: a synchronous generator of typed events over any policy.

The error policy stands here alone. What the policy does wrong becomes an observation, is counted, and after
too many the report is asked for; what we do wrong is an exception. The session is stored after every step.
"""

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from agent import moves
from agent.desk import Desk, PlanError
from agent.ledger import Need, UnknownTagError
from agent.moves import Wish
from agent.policy import Policy, PolicyError
from agent.report.assemble import assemble
from agent.report.draft import Draft, edit, parse_draft
from agent.report.record import Report
from agent.report.versions import Version, best_version
from agent.review import LiveReviewer, Reviewer, feedback
from agent.tools import Answers, execute
from agent.trajectory import Entry, Feedback, Move, Observation, Step, ToolCall, Trajectory
from models.engine import Cancel

MAX_FAULTS = 3
"""Faults in a row after which the report is asked for with what there is."""


class Person(Answers, Protocol):
    """The person at the screen, or someone who stands in for them."""

    def approve(self, needs: Sequence[Need]) -> Sequence[Wish]:
        """See the bound plan before the first search; the edits wanted, and none once it may go on."""
        ...

    def wishes(self) -> Sequence[Wish]:
        """What was asked for since the last step."""
        ...


class Store(Protocol):
    """Where a session is kept; called after every step, in one transaction."""

    def save(self, trajectory: Trajectory, desk: Desk, report: Report | None = None) -> None:
        """Write what is new."""
        ...


@dataclass(frozen=True)
class Writing:
    """Text of a step as it comes into being."""

    text: str


@dataclass(frozen=True)
class Called:
    """A call is about to be carried out."""

    thought: str
    call: ToolCall


@dataclass(frozen=True)
class Observed:
    """What a call brought back."""

    call: ToolCall
    observation: Observation
    seconds: float


@dataclass(frozen=True)
class Planned:
    """The needs as code bound them."""

    needs: tuple[Need, ...]


@dataclass(frozen=True)
class Steered:
    """A move of the person, applied; or why it could not be."""

    text: str


@dataclass(frozen=True)
class Noted:
    """Something that the person should know, such as a price that changed since."""

    text: str


@dataclass(frozen=True)
class Faulted:
    """The policy wrote something unusable; it is told, and goes on."""

    message: str


@dataclass(frozen=True)
class SentBack:
    """The reviewer did not let a call pass; the policy is told why, and goes on."""

    call: ToolCall
    text: str


@dataclass(frozen=True)
class Reported:
    """The verified report; the session has ended."""

    report: Report


@dataclass(frozen=True)
class Interrupted:
    """The person cancelled; the session can be resumed."""


Event = Writing | Called | Observed | Planned | Steered | Noted | Faulted | SentBack | Reported | Interrupted


@dataclass
class Research:
    """One session being researched."""

    policy: Policy
    person: Person
    store: Store
    trajectory: Trajectory
    desk: Desk
    max_steps: int = 40
    cancel: Cancel | None = None
    notices: Sequence[str] = ()
    """What to tell the person first."""
    reviewer: Reviewer = field(default_factory=LiveReviewer)
    faults: int = 0
    """Steps in a row that could not be taken."""
    versions: list[Version] = field(default_factory=list)
    """The report as it stood after each round."""
    rounds: int = 0
    """Reports written since the last call: what is written after more research is begun anew."""

    def run(self) -> Iterator[Event]:
        """Go on from where the session stands until there is a report."""
        steps = 0
        for entry in self.trajectory.since_asked:
            if isinstance(entry, Step) and entry.report is not None:
                self._draft(entry.report)
            elif isinstance(entry, Observation):
                self.rounds = 0
            elif isinstance(entry, Move):
                self._begin_anew()
        yield from (Noted(text) for text in self.notices)
        yield from self._steer()
        while not self.versions or self._wants_repair():
            yield from self._steer()
            if self._cancelled():
                yield Interrupted()
                return
            steps += 1
            self.desk.stop |= steps >= self.max_steps or self.faults >= MAX_FAULTS
            if self.faults > 2 * MAX_FAULTS:
                break
            yield from self._step()
        report = assemble(self.best_draft(), self.desk, self.trajectory)
        self.store.save(self.trajectory, self.desk, report)
        yield Reported(report)

    def _step(self) -> Iterator[Event]:
        beginning = self.policy.compaction(self.trajectory, self.desk)
        if beginning is not None:
            self._keep(beginning)
        try:
            step = yield from self._written()
        except PolicyError as fault:
            if self._cancelled():
                return  # a step cut short by the person is nobody's fault
            self.faults += 1
            self._keep(Feedback(text=f"That was not a step: {fault}"))
            yield Faulted(str(fault))
            return
        if step.call is None:
            self._take_report(step)
        else:
            yield from self._act(step, step.call)

    def _written(self) -> Generator[Event, None, Step]:
        writing = self.policy.next(self.trajectory, self.desk)
        while True:
            try:
                yield Writing(next(writing))
            except StopIteration as end:
                step: Step = end.value
                return step

    def _act(self, step: Step, call: ToolCall) -> Iterator[Event]:
        findings = self.reviewer.call(call, self.trajectory, self.desk)
        if findings:
            self.faults += 1
            self._keep(step, Feedback(text=feedback(findings)))
            yield SentBack(call, feedback(findings))
            return
        yield Called(step.thought, call)
        began = time.perf_counter()
        observation = execute(call, self.desk, self.person)
        self.faults = self.faults + 1 if observation.error else 0
        self.rounds = 0
        self._keep(step, observation)
        yield Observed(call, observation, time.perf_counter() - began)
        if call.name == "plan" and not observation.error:
            yield Planned(tuple(self.desk.needs))
            while wishes := self.person.approve(self.desk.needs):
                yield from self._apply(wishes)

    def _take_report(self, step: Step) -> None:
        self._draft(step.report or "")
        if self._wants_repair():
            hints = "\n".join(f"- {f.hint}" for f in self.versions[-1].findings)
            self._keep(step, Feedback(text=f"Mend these and write the sections concerned again:\n{hints}"))
        else:
            self._keep(step)

    def _draft(self, text: str) -> None:
        """Read a report, or the sections that mend the one before, and have it checked."""
        read = parse_draft(text)
        draft = edit(self.versions[-1].draft, read) if self.versions else read
        self.versions.append(self._checked(draft))
        self.rounds += 1

    def _checked(self, draft: Draft) -> Version:
        return Version(draft, tuple(self.reviewer.report(draft, self.trajectory, self.desk)))

    def _wants_repair(self) -> bool:
        return self.rounds < self.reviewer.report_rounds and bool(self.versions[-1].findings)

    def best_draft(self) -> Draft:
        """The version of the report that stands: nothing that was met in an earlier one is lost in it."""
        return best_version(self.versions, self._checked).draft if self.versions else Draft()

    def _cancelled(self) -> bool:
        return self.cancel is not None and self.cancel.is_set()

    def _steer(self) -> Iterator[Event]:
        yield from self._apply(self.person.wishes())

    def _apply(self, wishes: Sequence[Wish]) -> Iterator[Event]:
        for wish in wishes:
            try:
                move = moves.apply(wish, self.desk)
            except (PlanError, UnknownTagError) as error:
                yield Steered(f"That could not be done: {error}")
                continue
            self._keep(move)
            self._begin_anew()
            yield Steered(move.text)

    def _begin_anew(self) -> None:
        """Forget what was written: it answers what the person wanted before."""
        self.versions.clear()
        self.rounds = 0

    def _keep(self, *entries: Entry) -> None:
        self.trajectory = self.trajectory.and_then(*entries)
        self.store.save(self.trajectory, self.desk)
