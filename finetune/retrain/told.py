"""Who hears of a retraining while it goes on."""

from collections.abc import Callable
from dataclasses import dataclass

from finetune.run_record import Point


@dataclass(frozen=True)
class Told:
    """Three things are told; whoever hears of one may raise, and the retraining stops there."""

    say: Callable[[str], None]
    """A sentence."""
    count: Callable[[int, int, str], None]
    """So many of so many, and of what."""
    point: Callable[[Point], None]
    """What was measured at a step of the training."""
