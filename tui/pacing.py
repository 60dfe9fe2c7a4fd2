"""What a worker says to the screen, at a pace at which the screen can be painted.

A model writes hundreds of pieces a second. A screen whose queue is never empty is never painted, so pieces
are joined to a few a second on this side of the queue.
"""

import time
from collections.abc import Callable, Iterable, Iterator

from textual.message import Message

from tui.messages import Drafted, Wrote

PAUSE = 0.15
"""Seconds between two pieces: to lay one out and paint it takes a fifth of them."""
WHILE_TYPING = 0.8
"""The same while somebody types: few keys then come while a piece is laid out, and wait for it."""
TYPES_ON = 1.0
"""Seconds after a key in which another may come."""


def paced(
    messages: Iterable[Message],
    typed_at: Callable[[], float] = lambda: -TYPES_ON,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Message]:
    """The same messages in the same order, with the pieces of what is being written joined.

    `typed_at` is when the last key was pressed, by the same clock.
    """
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
        now = clock()
        if now - sent >= (WHILE_TYPING if now - typed_at() < TYPES_ON else PAUSE):
            yield from _pieces(wrote, drafted)
            wrote = drafted = ""
            sent = now
    yield from _pieces(wrote, drafted)


def _pieces(wrote: str, drafted: str) -> Iterator[Message]:
    if wrote:
        yield Wrote(wrote)
    if drafted:
        yield Drafted(drafted)
