"""Drives the research loop for the app, in a worker thread, and says what happens in the app's messages.

Only this side imports the agent. Whatever goes wrong here becomes one sentence, and the app lives on.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from textual.message import Message

from agent.desk import Desk
from agent.loop import Called, Event, Interrupted, Observed, Planned, Research, Steered, Writing
from agent.loop import Reported as Finished
from agent.plan import PlanNeed
from agent.report.markdown import markdown
from agent.session import SessionError
from agent.trajectory import Question
from index.text.sanitize import plain
from models.engine import Cancel
from tui.asked import AppPerson
from tui.drafting import Drafting
from tui.evidence import passages
from tui.messages import (
    Acted,
    Acting,
    Began,
    Bound,
    Drafted,
    Evidenced,
    Failed,
    Found,
    LeftOff,
    Metered,
    Remembered,
    Reported,
    Stocked,
    Stopped,
    Told,
    Wrote,
)
from tui.narration import call_text, event_lines
from tui.report_blocks import blocks, found
from tui.retelling import retold
from tui.shown import Claim, Ledger, Meter, NeedShown
from tui.told import exit_code, sentence

if TYPE_CHECKING:
    from tui.bench import Bench

RECENT = timedelta(days=1)
"""How long ago a question may have been asked that the app offers to go on with."""
QUESTION_LIMIT = 80
"""Characters of it that are shown."""


def stock(bench: "Bench") -> Iterator[Message]:
    """What there is to search, or why that cannot be said."""
    try:
        yield Stocked(bench.stock(), bench.index.catalog.counts().products)
    except Exception as error:  # the thread's end is the app's edge
        yield Stocked(told(error), 0)


def asked_before(bench: "Bench") -> Iterator[Message]:
    """Questions of earlier sessions."""
    try:
        with bench.sessions() as sessions:
            yield Remembered(tuple(each.question for each in reversed(sessions.list())))
    except Exception as error:  # the thread's end is the app's edge
        yield Remembered((), told(error))


def left_off(bench: "Bench", now: datetime) -> Iterator[Message]:
    """The newest session, where its last question is recent and was not answered."""
    try:
        with bench.sessions() as sessions:
            newest = next(iter(sessions.list()), None)
            if newest is None or newest.finished:
                return
            entries = sessions.trajectory(newest.id).entries
        asked = next(entry for entry in reversed(entries) if isinstance(entry, Question))
        if now - asked.at < RECENT:
            yield LeftOff(newest.id, plain(asked.text, QUESTION_LIMIT))
    except SessionError:
        return  # it cannot go on; what is wrong with a whole store was said by `asked_before`
    except Exception as error:  # the thread's end is the app's edge
        yield Remembered((), told(error))


def drive(bench: "Bench", person: AppPerson, question: str, session: str) -> Iterator[Message]:
    """One question from its first step to its report; an empty question goes on where the session stopped."""
    try:
        with bench.research(question, session, person) as research:
            person.desk = research.desk
            yield Began(research.trajectory.id)
            yield Bound(ledger(research.desk))
            telling = Telling(research, bench)
            for event in research.run():
                yield from telling.messages(event)
    except Exception as error:  # the thread's end is the app's edge
        yield Failed(told(error))
    finally:
        person.desk = None


def take_up(bench: "Bench", session: str) -> Iterator[Message]:
    """A stored session: its course, its needs, and its report where it has one."""
    try:
        with bench.sessions() as sessions:
            trajectory, desk = sessions.trajectory(session), sessions.desk(session, bench.index)
            report = sessions.report(session) if sessions.has_report(session) else None
        yield Began(session)
        yield from retold(trajectory.entries)
        yield Bound(ledger(desk))
        if report is None:
            yield Stopped()
        else:
            yield Reported(report, markdown(report), tuple(blocks(report)), tuple(desk.needs))
    except Exception as error:  # the thread's end is the app's edge
        yield Failed(told(error))


def play(bench: "Bench", session: str, cancel: Cancel) -> Iterator[Message]:
    """A stored session at the pace at which one can follow it, until it is cancelled."""
    from tui.replaying import played

    try:
        for message in played(bench, session):
            yield message
            if cancel.is_set():
                yield Stopped()
                return
    except Exception as error:  # the thread's end is the app's edge
        yield Failed(told(error))


def evidence(bench: "Bench", session: str, claim: Claim) -> Iterator[Message]:
    """What a claim of a session's report rests on."""
    try:
        with bench.sessions() as sessions:
            seen = sessions.evidence(session) if session else []
        yield Evidenced(claim, tuple(passages(claim.text, claim.cites, seen, bench.index)))
    except Exception as error:  # the thread's end is the app's edge
        yield Failed(told(error))


def told(error: Exception) -> str:
    """A fault as one sentence for the person."""
    if exit_code(error) is not None:
        return plain(sentence(error))
    fault = plain(f"{type(error).__name__}: {error}")
    return f"Something unforeseen went wrong ({fault}); what was done is kept; ask again or press Ctrl+N."


def ledger(desk: Desk) -> Ledger:
    """The needs as they stand, each with how many products of the category meet it."""
    if desk.category is None:
        return Ledger()
    hard = [n.condition for n in desk.needs if n.hard and n.condition]
    stocked = desk.index.catalog.counts().products > 0
    return Ledger(
        needs=tuple(
            NeedShown(
                tag=need.tag,
                text=plain((need.bound or need.said).replace("_", " ")),
                written=written.model_copy(update={"hard": True}).line(),
                hard=need.hard,
                met=desk.count([need.condition]) if need.condition and stocked else None,
            )
            for need, written in zip(desk.needs, _written(desk), strict=True)
        ),
        fitting=desk.count(hard) if stocked else None,
        products=desk.category.count,
        category=plain(desk.kind),
    )


def _written(desk: Desk) -> Sequence[PlanNeed]:
    if len(desk.planned) == len(desk.needs):
        return desk.planned
    return [PlanNeed(on=n.attribute, op="has", value=n.said[:120]) for n in desk.needs]


class Telling:
    """Events of one run as messages."""

    def __init__(self, research: Research, bench: "Bench") -> None:
        self._research = research
        self._bench = bench
        self._drafting = Drafting(research.desk)
        self._generated, self._since = 0, 0.0
        """Tokens written, and the time, when the step that is being written began."""

    def messages(self, event: Event) -> Iterator[Message]:
        """What the app is told of an event."""
        match event:
            case Writing():
                if not self._since:
                    self._generated, self._since = self._bench.generated, time.monotonic()
                yield Wrote(event.text)
                if drafted := self._drafting.feed(event.text):
                    yield Drafted(drafted)
                return
            case Called():
                yield from self._metered()
                yield Acting(plain(event.thought), call_text(event.call))
            case Observed():
                text = event.observation.text
                first = plain(next(iter(text.splitlines()), ""))
                lines = "\n".join(map(plain, text.splitlines()))
                yield Acted(first, event.seconds, lines, event.observation.error)
                if event.observation.tags:
                    yield Found(tuple(found(self._research.desk)))
            case Planned() | Steered():
                yield Bound(ledger(self._research.desk))
                yield from map(Told, event_lines(event) if isinstance(event, Steered) else ())
            case Finished():
                yield from self._metered()
                needs = tuple(self._research.desk.needs)
                yield Reported(event.report, markdown(event.report), tuple(blocks(event.report)), needs)
            case Interrupted():
                yield Stopped()
            case _:
                yield from map(Told, event_lines(event))
        self._drafting.begin()
        self._since = 0.0

    def _metered(self) -> Iterator[Message]:
        """The rate of the writing that has just ended, and how full the context is."""
        written, seconds = self._bench.generated - self._generated, time.monotonic() - self._since
        used, size = self._bench.context
        rate = written / seconds if self._since and seconds > 0 else 0.0
        yield Metered(Meter(self._bench.researcher, rate, used, size))
