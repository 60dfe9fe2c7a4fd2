"""What a student may read of a dialogue: three trajectories made from the same log.

Internalized: one voice, in which a step that was sent back is a thought of the step that stood. Raw:
everything as it was said. Clean: what was sent back is cut out. Calls that were carried out and what they
brought are the same in all three. The thoughts of the internalized one are written by `internalize`.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from agent.trajectory import Entry, Question, Step, Trajectory
from distill.filtering.record import Kept
from distill.standing import followed, is_sent_back, standing
from index.product import Record

VariantName = Literal["internalized", "raw", "clean"]


class Variant(Record):
    """A trajectory to learn from."""

    name: VariantName
    trajectory: Trajectory
    masked: tuple[int, ...] = ()
    """Entries that are steps whose action is not learned, because the report is poor."""
    sent_back: tuple[int, ...] = ()
    """Entries that are steps which were not taken; only the raw variant has any."""


def raw(kept: Kept) -> Variant:
    """The log as it was said, in one role."""
    trajectory = kept.dialogue.trajectory
    entries = trajectory.entries
    back = tuple(at for at, (e, after) in enumerate(followed(entries)) if is_sent_back(e, after))
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
