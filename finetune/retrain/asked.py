"""What the person asked here, and what they said of the answers, as events of their past.

A question is a search, in their words and with the needs that they put right by their own hand. What they
took is as good as in the cart, what they wanted more of was clicked, and what they refused or left out was at
least looked at.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from agent.session import Sessions
from index.product import Event, EventKind, Origin
from index.text.sanitize import TITLE_LIMIT, plain

_ADDED = re.compile(r"^I add (N\d+),")
"""How a move begins that adds a need."""


def asked_here(home: Path) -> Iterator[Event]:
    """Events out of the stored sessions; none where nothing was ever asked."""
    path = home / "sessions.sqlite"
    if not path.exists():
        return
    with closing(Sessions(path)) as sessions:
        for number, session in enumerate(sessions.list(), start=1):
            at, moved = session.started, steered(session.id, sessions)
            asked = plain("; ".join((session.question, *moved.put_right)), TITLE_LIMIT)
            yield _event("session", number, session.id, "search", at, text=asked)
            for product in moved.liked:
                yield _event("liked", number, session.id, "click", at, product=product)
            for product in moved.left_out:
                yield _event("left-out", number, session.id, "view", at, product=product)
        for number, verdict in enumerate(sessions.verdicts(), start=1):
            kind: EventKind = "cart" if verdict.verdict == "took" else "view"
            yield _event("verdict", number, verdict.session, kind, verdict.at, product=verdict.product)


class Steered(NamedTuple):
    """What the person changed by their own hand in a session, as it stood in the end."""

    put_right: Sequence[str] = ()
    """The bounds of needs."""
    liked: Sequence[str] = ()
    left_out: Sequence[str] = ()


def steered(session: str, sessions: Sessions) -> Steered:
    """What the person changed in a session.

    Nothing, where an earlier version stored the session in a way that is not read any more.
    """
    try:
        moves, state = sessions.moves(session), sessions.state(session)
    except ValidationError:
        return Steered()
    changed = {tag for move in moves for tag in (move.target, *_ADDED.findall(move.text))}
    bounds = [need.bound for need in state.needs if need.tag in changed]
    return Steered(bounds, state.liked, state.dismissed)


def _event(
    said: str, row: int, session: str, kind: EventKind, at: datetime, *, text: str = "", product: str = ""
) -> Event:
    origin = Origin(source="sessions", file="sessions.sqlite", row=row, seen=at.date())
    name = f"{said}:{session}:{product}".rstrip(":")
    return Event(id=name, origin=origin, kind=kind, at=at, text=text, product_id=product)
