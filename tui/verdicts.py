"""What the person says of a recommended product: taken, refused, or nothing any more."""

from datetime import UTC, datetime
from typing import get_args

from agent.session import SessionError, Sessions, Verdict
from index.text.sanitize import plain
from tui.told import UsageError

NOTHING = "nothing"


def judge(sessions: Sessions, session_id: str, tag: str, verdict: str) -> str:
    """Keep a verdict on the product of a tag, and say so; raises UsageError and SessionError."""
    words: tuple[Verdict, ...] = get_args(Verdict)
    meant = next((word for word in words if word == verdict), None)
    if meant is None and verdict != NOTHING:
        raise UsageError(f"{verdict!r} is none of {', '.join(words)}, {NOTHING}.")
    product = _product(sessions, session_id, tag)
    sessions.judge(session_id, product, meant, datetime.now(UTC))
    if meant is None:
        return f"What you said of {tag.upper()} is forgotten."
    return (
        f"Kept: you {meant} {tag.upper()}. A retraining learns from it; `history forget verdicts` forgets it."
    )


def _product(sessions: Sessions, session_id: str, tag: str) -> str:
    """The id of a pick of the session's report."""
    report = sessions.report(session_id)
    picks = {pick.cite.tag.upper(): pick.cite.record_id for pick in report.picks}
    if tag.upper() not in picks:
        known = ", ".join(picks) or "none"
        raise SessionError(f"{plain(tag)!r} is no pick of this report; its picks are {known}")
    return picks[tag.upper()]
