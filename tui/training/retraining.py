"""`productresearch retrain` at a terminal: what every stage says, and how it ended."""

import sys
from datetime import UTC, datetime

from finetune.gate import FEWEST
from finetune.retrain.job import Told
from finetune.retrain.run import Wanted, retrain
from models.bundled_agent import bundled_agent
from models.in_use import ModelsInUse
from tui import settings as configuration
from tui.distilling.saying import Ticker, say
from tui.training.curve import Curve

EVERY = 50
"""Runs between two lines of progress where there is no terminal to write over."""


def retrain_in_terminal(tasks: int, held_out: int, minutes: float, seed: int, *, keep: bool) -> None:
    """Retrain the model in use, and say whether it is another one now."""
    settings, home = configuration.load(), configuration.home()
    wanted = Wanted(
        tasks=tasks,
        held_out=held_out,
        minutes=minutes,
        context=settings.context,
        threads=settings.threads,
        seed=seed,
        keep=keep,
        fewest=FEWEST,
    )
    tickers: dict[str, Ticker] = {}
    with Curve() as curve:

        def count(done: int, total: int, what: str) -> None:
            curve.pause()
            ticker = tickers.setdefault(what, Ticker(EVERY))
            ticker.tell(done, f"{done:,} of {total:,} {what}", last=done == total)

        def tell(sentence: str) -> None:
            curve.pause()
            say(sentence)

        outcome = retrain(
            home,
            ModelsInUse(home, bundled_agent()),
            wanted,
            Told(say=tell, count=count, point=curve.add),
            datetime.now(UTC),
        )
    sys.stdout.write(f"{outcome.comparison.sentence}\n")
    say(f"The whole comparison: {outcome.report}")
    if outcome.comparison.passed:
        say("The new model is in use; `productresearch models rollback` goes back.")
