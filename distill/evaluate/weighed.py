"""The outcome of weighing one citation."""

from typing import Literal, NamedTuple

Support = Literal["supported", "unsupported", "unknown"]


class Weighed(NamedTuple):
    """Whether a record bears a sentence out, and why."""

    support: Support
    reason: str


def supported(reason: str) -> Weighed:
    """The record says so."""
    return Weighed("supported", reason)


def unsupported(reason: str) -> Weighed:
    """The record says otherwise, or says nothing of what is claimed."""
    return Weighed("unsupported", reason)


def unknown(reason: str) -> Weighed:
    """Code cannot tell; never counted as right."""
    return Weighed("unknown", reason)
