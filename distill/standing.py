"""What of a dialogue's log stands: every entry but the steps that were sent back and what was said of them.

Filter, rewriting, data set and replay on the screen all ask this; what they make of it is left to them.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agent.trajectory import Entry, Feedback, Step, Trajectory
from agent.wire import call_json, outside_text


class SentBack(NamedTuple):
    """A step that was not taken, and why."""

    at: int
    step: Step
    feedback: str


class Standing(NamedTuple):
    """An entry that stands, with the steps that were sent back since the last step that stood."""

    at: int
    entry: Entry
    before: tuple[SentBack, ...] = ()
    """Only for a step."""


def followed(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry | None]]:
    """Every entry with the one after it."""
    return zip(entries, (*entries[1:], None), strict=True)


def is_sent_back(entry: Entry, after: Entry | None) -> bool:
    """Whether an entry is a step that was not taken: what follows it is feedback."""
    return isinstance(entry, Step) and isinstance(after, Feedback)


def standing(trajectory: Trajectory) -> Iterator[Standing]:
    """The entries that stand, in order; what stands for a report is only its last version of a question."""
    waiting: list[SentBack] = []
    for at, (entry, after) in enumerate(followed(trajectory.entries)):
        if isinstance(entry, Feedback):
            continue
        if isinstance(entry, Step) and isinstance(after, Feedback):
            waiting.append(SentBack(at, entry, after.text))
        elif isinstance(entry, Step):
            yield Standing(at, entry, tuple(waiting))
            waiting.clear()
        else:
            yield Standing(at, entry)


def corrections(trajectory: Trajectory) -> int:
    """Steps that were sent back before one that stood."""
    return sum(len(stood.before) for stood in standing(trajectory))


def extent(trajectory: Trajectory) -> tuple[int, int]:
    """Steps that stood, and the characters of everything but what was sent back."""
    stood = [s.entry for s in standing(trajectory)]
    return sum(isinstance(e, Step) for e in stood), sum(characters(e) for e in stood)


def characters(entry: Entry) -> int:
    """Characters that a model reads or writes of an entry."""
    if isinstance(entry, Step):
        said = call_json(entry.call) if entry.call is not None else entry.report or ""
        return len(entry.thought) + len(said)
    return len(outside_text(entry))
