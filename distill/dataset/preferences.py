"""Pairs of steps at one point: the one that stood is preferred to one that the supervisor sent back."""

from collections.abc import Iterator, Sequence

from agent.report.draft import Draft, edit, parse_draft, render_draft
from agent.tools import declarations
from agent.trajectory import Compaction, Entry, Step
from distill.dataset.samples import (
    Preference,
    PreferenceMetadata,
    harmless_messages,
    origin,
    with_entries,
)
from distill.internalizing.internalize import Internalized
from distill.standing import SentBack, standing


def preferences(done: Internalized) -> Iterator[Preference]:
    """The pairs of one dialogue, over the context of its clean variant.

    A step that was sent back before the person spoke up is left out: the one that stood answered something
    else. So is what a poor report was preferred to.
    """
    variant = done.variant("clean")
    places = list(standing(done.kept.dialogue.trajectory))
    for number, stood in enumerate(places):
        before = places[number - 1].at if number else -1
        chosen = variant.trajectory.entries[number]
        for order, back in enumerate(stood.before):
            ruling = done.kept.dialogue.ruling(back.at)
            if ruling is None or ruling.approved or back.at < before or number in variant.masked:
                continue
            rejected = _whole(stood.before[: order + 1])
            prompt = with_entries(variant.trajectory, *_context(variant.trajectory.entries[:number]))
            pair = [harmless_messages(prompt.and_then(step))[-1:] for step in (chosen, rejected)]
            if pair[0] != pair[1]:
                yield Preference(
                    prompt=harmless_messages(prompt),
                    chosen=pair[0],
                    rejected=pair[1],
                    tools=declarations(),
                    metadata=PreferenceMetadata(
                        **origin(done.kept.task).model_dump(),
                        state=ruling.state,
                        codes=tuple(dict.fromkeys(f.code for f in ruling.findings)),
                    ),
                )


def _context(entries: Sequence[Entry]) -> Sequence[Entry]:
    """What the researcher had before its eyes: everything since it last began anew."""
    began = max((at for at, e in enumerate(entries) if isinstance(e, Compaction)), default=0)
    return entries[began:]


def _whole(backs: Sequence[SentBack]) -> Step:
    """The last of the steps that were sent back; an edit of a report as the whole report it makes."""
    last = backs[-1].step
    reports = [back.step.report for back in backs if back.step.report is not None]
    if last.report is None or len(reports) < 2:
        return last
    draft = Draft()
    for text in reports:
        draft = edit(draft, parse_draft(text))
    return last.model_copy(update={"report": render_draft(draft)})
