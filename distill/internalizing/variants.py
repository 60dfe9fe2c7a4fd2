"""What a student may read of a dialogue: three trajectories made from the same log.

Internalized: one voice, in which a step that was sent back is a thought of the step that stood. Raw:
everything as it was said. Clean: what was sent back is cut out. Calls that were carried out and what they
brought are the same in all three. The thoughts of the internalized one are written by `internalize`.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

from agent.trajectory import Entry, Feedback, Observation, Question, Step, ToolCall, Trajectory
from agent.wire import call_json, outside_text
from distill.filtering.record import Kept
from index.product import Record

VariantName = Literal["internalized", "raw", "clean"]
VARIANTS: tuple[VariantName, ...] = get_args(VariantName)


class Variant(Record):
    """A trajectory to learn from."""

    name: VariantName
    trajectory: Trajectory
    masked: tuple[int, ...] = ()
    """Entries that are steps whose action is not learned, because the report is poor."""
    sent_back: tuple[int, ...] = ()
    """Entries that are steps which were not taken; only the raw variant has any."""


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


def is_sent_back(entry: Entry, after: Entry | None) -> bool:
    """Whether an entry is a step that was not taken: what follows it is feedback."""
    return isinstance(entry, Step) and isinstance(after, Feedback)


def standing(trajectory: Trajectory) -> Iterator[Standing]:
    """The entries that stand, in order; what stands for a report is only its last version of a question."""
    waiting: list[SentBack] = []
    for at, (entry, after) in enumerate(pairwise((*trajectory.entries, None))):
        if entry is None or isinstance(entry, Feedback):
            continue
        if isinstance(entry, Step) and isinstance(after, Feedback):
            waiting.append(SentBack(at, entry, after.text))
        elif isinstance(entry, Step):
            yield Standing(at, entry, tuple(waiting))
            waiting.clear()
        else:
            yield Standing(at, entry)


def executed(entries: Sequence[Entry]) -> list[tuple[ToolCall, Observation]]:
    """The calls that were carried out and what they brought."""
    return [
        (before.call, after)
        for before, after in pairwise(entries)
        if isinstance(before, Step) and before.call is not None and isinstance(after, Observation)
    ]


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


def raw(kept: Kept) -> Variant:
    """The log as it was said, in one role."""
    trajectory = kept.dialogue.trajectory
    entries = trajectory.entries
    back = tuple(at for at, (e, after) in enumerate(pairwise(entries)) if is_sent_back(e, after))
    return Variant(name="raw", trajectory=trajectory, masked=_reports(entries, kept), sent_back=back)


def clean(kept: Kept, thoughts: Mapping[int, str]) -> Variant:
    """The log without what was sent back; `thoughts` are those that had to be cleansed, by entry."""
    return _one_voice("clean", kept, thoughts)


def internalized(kept: Kept, thoughts: Mapping[int, str]) -> Variant:
    """The log in one voice; `thoughts` are those in which a correction became a reflection, by entry."""
    return _one_voice("internalized", kept, thoughts)


def _one_voice(name: VariantName, kept: Kept, thoughts: Mapping[int, str]) -> Variant:
    entries: list[Entry] = []
    question = -1
    for at, entry, _ in standing(kept.dialogue.trajectory):
        question += isinstance(entry, Question)
        if isinstance(entry, Step):
            report = None if entry.report is None else kept.reports[question]
            thought = thoughts.get(at, entry.thought)
            entries.append(entry.model_copy(update={"thought": thought, "report": report}))
        else:
            entries.append(entry)
    trajectory = kept.dialogue.trajectory.model_copy(update={"entries": tuple(entries)})
    return Variant(name=name, trajectory=trajectory, masked=_reports(entries, kept))


def _reports(entries: Sequence[Entry], kept: Kept) -> tuple[int, ...]:
    if not kept.mask_report:
        return ()
    return tuple(at for at, e in enumerate(entries) if isinstance(e, Step) and e.report is not None)
