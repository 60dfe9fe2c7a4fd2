"""`distill run`: every task held once, with rate, yield and time left on the way."""

from collections.abc import Mapping
from pathlib import Path

from distill.dialogue import State
from distill.running.casting import CastSpec
from distill.running.run import Progress, run
from distill.supervisor import STATES
from tui import settings
from tui.distilling.saying import Ticker, say
from tui.told import UsageError

STATES_OF: Mapping[str, frozenset[State]] = {
    "all": STATES,
    "none": frozenset(),
    "plan": frozenset({"plan"}),
    "calls": frozenset({"call"}),
    "report": frozenset({"report"}),
}
"""What is checked, by the word of `--supervise`."""


def hold_all(tasks: Path, out: Path, spec: CastSpec, workers: int, ray: str) -> None:
    """Hold what is not held yet, and say what came of it."""
    if ray and workers > 1:
        raise UsageError("Leave out --workers with --ray: the cluster has workers of its own.")
    last: list[Progress] = []

    def tell(progress: Progress) -> None:
        last[:] = [progress]
        ticker.tell(progress.done, progress_line(progress), last=progress.done == progress.total)

    try:
        with Ticker() as ticker:
            run(tasks, out, settings.home(), spec, tell, workers=workers, ray=ray)
    finally:
        # A run that stopped for its teacher's failures is judged by them.
        for progress in last:
            _say_yield(progress)


def _say_yield(progress: Progress) -> None:
    """A line a seat, then a line for each way in which dialogues ended."""
    for line in progress.tally.lines():
        say(line)
    for stop, count in progress.stops.most_common():
        say(f"{stop}: {count:,}")


def progress_line(progress: Progress) -> str:
    """How far, how fast, what share is finished, and how long it will take."""
    line = f"{progress.done:,} of {progress.total:,} dialogues"
    if not progress.held:
        return line
    left = f", {progress.left:.0f} min left" if progress.done < progress.total else ""
    return f"{line}, {progress.rate:,.0f} a minute, {progress.share:.1%} finished{left}"
