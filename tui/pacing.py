"""What a worker says to the screen, at a pace at which the screen can be painted.

A model writes hundreds of pieces a second. A screen whose queue is never empty is never painted, so pieces
are joined to a few a second on this side of the queue.
"""

import time
from collections.abc import Callable, Iterable, Iterator

from textual.message import Message

from tui.messages import Drafted, Wrote

PAUSE = 0.15
"""Seconds between two pieces: to lay one out and paint it takes a tenth of them."""


def paced(messages: Iterable[Message], clock: Callable[[], float] = time.monotonic) -> Iterator[Message]:
    """The same messages in the same order, with the pieces of what is being written joined."""
    wrote = drafted = ""
    sent = 0.0
    for message in messages:
        match message:
            case Wrote(text=text):
                wrote += text
            case Drafted(text=text) if text:
                drafted += text
            case _:
                yield from _pieces(wrote, drafted)
                wrote = drafted = ""
                yield message
        if clock() - sent >= PAUSE:
            yield from _pieces(wrote, drafted)
            wrote = drafted = ""
            sent = clock()
    yield from _pieces(wrote, drafted)


def _pieces(wrote: str, drafted: str) -> Iterator[Message]:
    if wrote:
        yield Wrote(wrote)
    if drafted:
        yield Drafted(drafted)
