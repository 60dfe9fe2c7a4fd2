"""`productresearch retrain` at a terminal: what every stage says, and how it ended."""

import sys
from datetime import datetime, timedelta

from distill.running.casting import RULES, is_address
from finetune.errors import DistilledError
from finetune.retrain.deadline import Deadline
from finetune.retrain.forecast import foretell
from finetune.retrain.run import Wanted, retrain
from finetune.retrain.told import Told
from models.bundled_agent import bundled_agent
from models.in_use import ModelsInUse
from models.store import ModelStore
from tui import settings as configuration
from tui.distilling.saying import Ticker, say
from tui.model_file import model_file
from tui.training.choices import time_of_day
from tui.training.curve import Curve

EVERY = 10
"""Runs between two lines of progress where there is no terminal to write over."""


def wanted_of(
    tasks: int,
    held_out: int,
    minutes: float,
    seed: int,
    *,
    keep: bool,
    teacher: str = RULES,
    distill_only: bool = False,
) -> Wanted:
    """What is asked for, with the person's settings."""
    settings = configuration.load()
    return Wanted(
        tasks=tasks,
        held_out=held_out,
        minutes=minutes,
        context=settings.context,
        threads=settings.threads,
        seed=seed,
        keep=keep,
        teacher=_teacher(teacher),
        distill_only=distill_only,
    )


def _teacher(named: str) -> str:
    """Who is meant: the rules, a server, or a model's file; raises StoreError and UsageError."""
    if named == RULES or is_address(named):
        return named
    return str(model_file(named, ModelStore(configuration.home())))


def foretell_in_terminal(wanted: Wanted, until: str) -> None:
    """Say what a retraining would do and take; `until` is a time of the day."""
    home = configuration.home()
    deadline = deadline_of(until, _now())
    for line in foretell(home, ModelsInUse(home, bundled_agent()), wanted, deadline):
        sys.stdout.write(f"{line}\n")


def retrain_in_terminal(wanted: Wanted, until: str) -> None:
    """Retrain the model in use, and say whether it is another one now; `until` is a time of the day.

    A data set is said, where no more was wanted.
    """
    home = configuration.home()
    deadline = deadline_of(until, _now())
    tickers: dict[str, Ticker] = {}
    with Curve() as curve:

        def count(done: int, total: int, what: str) -> None:
            curve.pause()
            ticker = tickers.setdefault(what, Ticker(EVERY))
            ticker.tell(done, f"{done:,} of {total:,} {what}", last=done == total)

        def tell(sentence: str) -> None:
            curve.pause()
            say(sentence)

        told = Told(say=tell, count=count, point=curve.add)
        try:
            outcome = retrain(home, ModelsInUse(home, bundled_agent()), wanted, told, deadline)
        except DistilledError as made:
            tell(str(made))
            return
    sys.stdout.write(outcome.report.read_text(encoding="utf-8"))
    say(f"This comparison is kept in {outcome.report}")
    if outcome.comparison.passed:
        say("The new model is in use; `productresearch models rollback` goes back.")


def deadline_of(until: str, now: datetime) -> Deadline:
    """The next time that the clock shows this; without one as long as it takes. Raises UsageError."""
    hour = time_of_day(until)
    if hour is None:
        return Deadline(None, _now)
    moment = now.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
    return Deadline(moment if moment > now else moment + timedelta(days=1), _now)


def _now() -> datetime:
    return datetime.now().astimezone()
