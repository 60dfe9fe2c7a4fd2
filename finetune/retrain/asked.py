"""What the person asked here, and what they said of the answers, as events of their past.

A question is a search, in their words and with the needs that they put right by their own hand. What they
took is as good as in the cart, what they wanted more of was clicked, and what they refused or left out was at
least looked at.
"""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from agent.session import Sessions, SessionSummary
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
            yield _event(
                "session", number, session.id, "search", session.started, text=_asked(session, sessions)
            )
            yield from _steered(session, number, sessions)
        for number, verdict in enumerate(sessions.verdicts(), start=1):
            kind: EventKind = "cart" if verdict.verdict == "took" else "view"
            yield _event("verdict", number, verdict.session, kind, verdict.at, product=verdict.product)


def _asked(session: SessionSummary, sessions: Sessions) -> str:
    """The question, and what the needs that were put right came to in the end."""
    put_right = {
        tag for move in sessions.moves(session.id) for tag in (move.target, *_ADDED.findall(move.text))
    }
    bounds = [need.bound for need in sessions.state(session.id).needs if need.tag in put_right]
    return plain("; ".join((session.question, *bounds)), TITLE_LIMIT)


def _steered(session: SessionSummary, number: int, sessions: Sessions) -> Iterator[Event]:
    """What the person wanted more of, and what they left out."""
    state = sessions.state(session.id)
    for product in state.liked:
        yield _event("liked", number, session.id, "click", session.started, product=product)
    for product in state.dismissed:
        yield _event("left-out", number, session.id, "view", session.started, product=product)


def _event(
    said: str, row: int, session: str, kind: EventKind, at: datetime, *, text: str = "", product: str = ""
) -> Event:
    origin = Origin(source="sessions", file="sessions.sqlite", row=row, seen=at.date())
    name = f"{said}:{session}:{product}".rstrip(":")
    return Event(id=name, origin=origin, kind=kind, at=at, text=text, product_id=product)
