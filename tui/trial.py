"""A model is tried before it answers: it makes a plan, and writes a report, over a small invented shop.

The rules take the steps between, so that a slow model is not tried for long. What a model writes is held to
our form by the grammar, whatever form its template knows; what it may still do is never come to an end, or
say nothing that a record bears out.
"""

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.desk import Desk
from agent.loop import Faulted, Observed, Reported, Research
from agent.opening import begin
from agent.policy import Policy, step_of
from agent.review import LiveReviewer
from agent.rules import RulesPolicy
from agent.session import Sessions
from agent.trajectory import Compaction, Step, Trajectory
from index.catalog import Catalog
from index.demo.shop import build_demo
from index.search import Index
from models.engine import Cancel, ContextFullError, EngineError
from models.usable import Model
from tui.person import Absent
from tui.run import load_engine, make_policy
from tui.settings import Settings

PRODUCTS = 80
STEPS = 40
CONTEXT = 8192
LONGEST = 600.0
"""Seconds."""


class TrialError(EngineError):
    """A model was tried, and did not do what research needs."""


@dataclass(frozen=True)
class Trial:
    """What a model did."""

    tokens: int
    """Written by it."""
    seconds: float
    """Of the whole trial, the reading of prompts included."""


class _Deadline:
    """Set when the time is over, or the person has stopped it."""

    def __init__(self, seconds: float, cancel: Cancel | None) -> None:
        self._end = time.monotonic() + seconds
        self._cancel = cancel

    @property
    def stopped(self) -> bool:
        return self._cancel is not None and self._cancel.is_set()

    def is_set(self) -> bool:
        return self.stopped or time.monotonic() > self._end


class _Once(LiveReviewer):
    """Looks over the steps as ever, and lets the first report stand."""

    report_rounds = 1


class _Halved:
    """A policy of a model that plans and reports, and of rules that do the rest."""

    def __init__(self, model: Policy) -> None:
        self._model, self._rules = model, RulesPolicy()

    @property
    def author(self) -> str:
        return self._model.author

    def compaction(self, trajectory: Trajectory, desk: Desk) -> Compaction | None:  # noqa: ARG002
        """Never: the context is as long as the trial."""
        return None

    def next(self, trajectory: Trajectory, desk: Desk) -> Generator[str, None, Step]:
        begun = any(isinstance(entry, Step) for entry in trajectory.entries)
        by_rules = step_of(self._rules.next(trajectory, desk)) if begun else None
        if by_rules is not None and by_rules.report is None:
            return by_rules
        step: Step = yield from self._model.next(trajectory, desk)
        return step


def try_model(
    model: Model,
    settings: Settings,
    told: Callable[[str], None] = lambda _: None,
    written: Callable[[int], None] = lambda _: None,
    cancel: Cancel | None = None,
) -> Trial:
    """Let a model research a little; raises EngineError, and TrialError where it cannot or was stopped.

    `told` hears what it is about to do, `written` again and again how many tokens there are.
    """
    told(f"Trying {model.name}: a plan, and a report over a small invented shop …")
    began = time.monotonic()
    deadline = _Deadline(LONGEST, cancel)
    engine = load_engine(model, settings.model_copy(update={"context": CONTEXT}))
    with TemporaryDirectory(prefix="productresearch-trial-") as folder:
        home = Path(folder)
        with Catalog.open(home / "catalog.sqlite") as catalog:
            build_demo(catalog, products=PRODUCTS)
        with (
            Index.open(home, meaning=False) as index,
            closing(Sessions(home / "sessions.sqlite")) as sessions,
        ):
            policy = _Halved(make_policy(settings, deadline, engine))
            trajectory, desk = begin(_question(index), index, policy.author, settings.seed, datetime.now(UTC))
            research = Research(
                policy, Absent(), sessions, trajectory, desk, STEPS, deadline, reviewer=_Once()
            )
            try:
                _watch(research, model.name, lambda: written(engine.usage.generated))
            except ContextFullError as error:
                raise TrialError(
                    f"{model.name} was tried, and its {engine.context_size:,} tokens of context did not hold "
                    "what it wrote; it is not put in use."
                ) from error
            except TrialError as error:
                if deadline.stopped:
                    raise TrialError(f"Stopped; {model.name} is not put in use.") from error
                raise
    return Trial(engine.usage.generated, time.monotonic() - began)


def _question(index: Index) -> str:
    """Some of what the shop has most of, with one need."""
    sizes = index.category_sizes()
    narrow = [
        path for path in sizes if not any(other[: len(path)] == path for other in sizes if other != path)
    ]
    largest = max(narrow, key=lambda path: sizes[path])
    card = index.card_for(largest)
    return f"{largest[-1].lower()} under {card.price_high:.0f} {card.currency}"


def _watch(research: Research, name: str, heard: Callable[[], None]) -> None:
    """Let it run, and say at every event that it does; raises TrialError."""
    planned = False
    for event in research.run():
        heard()
        match event:
            case Observed(call, observation):
                planned |= call.name == "plan" and not observation.error
            case Faulted(message):
                raise TrialError(
                    f"{name} was tried and wrote what is no step ({message}); it is not put in use."
                )
            case Reported(report):
                cites = any(phrase.kind == "citation" for sentence in report.verdict for phrase in sentence)
                if not planned:
                    raise TrialError(f"{name} was tried and made no plan; it is not put in use.")
                if report.verdict_by != "policy" or not cites:
                    raise TrialError(
                        f"{name} was tried and wrote nothing that a record bears out; it is not put in use."
                    )
                return
    raise TrialError(
        f"{name} was tried and had not come to an end after {LONGEST / 60:.0f} minutes; it is too slow here."
    )
