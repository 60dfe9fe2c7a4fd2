"""One question researched by one model over the person's own catalogue, and nothing of it stored.

A model is loaded for its turn and let go after it, so that two need not fit into memory together. Nobody is
asked: the plan stands, and questions back are skipped.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual.message import Message

from agent.desk import Desk
from agent.loop import Interrupted, Observed, Reported, Research, Writing
from agent.opening import begin
from agent.past import own_past
from agent.report.markdown import markdown
from agent.report.record import Report
from agent.trajectory import Step, Trajectory
from index.search import Index
from models.engine import Cancel, Engine
from models.usable import Model
from tui.messages import Failed, Stopped, Told
from tui.narration import event_lines
from tui.person import Absent
from tui.run import load_engine, make_policy
from tui.settings import Settings
from tui.told import inert_sentence

if TYPE_CHECKING:
    from tui.bench import Bench

BEAT = 0.25
"""Seconds between two words of how far a model is while it writes."""


@dataclass(frozen=True)
class Tally:
    """What an answer has taken so far."""

    seconds: float
    steps: int
    tokens: int
    """Written by the model."""
    rate: float
    """Tokens a second, the reading of prompts included and the time of the tools left out."""


@dataclass(frozen=True)
class Answer:
    """A finished session that stands in no store."""

    trajectory: Trajectory
    desk: Desk
    report: Report


@dataclass
class Tallied(Message):
    """How far a model is."""

    tally: Tally


@dataclass
class Answered(Message):
    """The model's report, as Markdown and as what can be kept."""

    markdown: str
    answer: Answer


class _Unstored:
    """A store that writes nothing."""

    def save(self, trajectory: Trajectory, desk: Desk, report: Report | None = None) -> None:
        """Forget it."""


def attempt(
    question: str, model: Model, index: Index, settings: Settings, cancel: Cancel
) -> Iterator[Message]:
    """Told, Tallied, and at last Answered, Stopped or Failed."""
    try:
        engine = load_engine(model, settings)
        policy = make_policy(settings, cancel, engine)
        past: Sequence[str] = own_past(index) if settings.own_history else ()
        trajectory, desk = begin(question, index, policy.author, settings.seed, datetime.now(UTC), past)
        research = Research(policy, Absent(), _Unstored(), trajectory, desk, settings.max_steps, cancel)
        yield from _told(research, engine)
    except Exception as error:  # the thread's end is the app's edge
        yield Failed(inert_sentence(error))


def _told(research: Research, engine: Engine) -> Iterator[Message]:
    began = beat = time.monotonic()
    tools = 0.0

    def tally() -> Tallied:
        seconds = time.monotonic() - began
        written, steps = engine.usage.generated, _steps(research.trajectory)
        return Tallied(Tally(seconds, steps, written, written / max(seconds - tools, 1e-3)))

    for event in research.run():
        if isinstance(event, Writing):
            if time.monotonic() - beat >= BEAT:
                beat = time.monotonic()
                yield tally()
            continue
        if isinstance(event, Observed):
            tools += event.seconds
        yield from map(Told, event_lines(event))
        yield tally()
        if isinstance(event, Reported):
            yield Answered(markdown(event.report), Answer(research.trajectory, research.desk, event.report))
        elif isinstance(event, Interrupted):
            yield Stopped()


def _steps(trajectory: Trajectory) -> int:
    return sum(isinstance(entry, Step) for entry in trajectory.entries)


def keep(bench: "Bench", answer: Answer) -> None:
    """Make a session of it; raises SessionError."""
    with bench.sessions() as sessions:
        sessions.save(answer.trajectory, answer.desk, answer.report)
