"""A long trajectory as the live agent would meet it: in contexts of a bounded size, each after a compaction.

The agent begins its context anew where the next step would not fit (`agent.model_policy`); here tokens are
estimated from characters, since a data set is made for any tokenizer.
"""

import json
from functools import cache
from itertools import pairwise

from agent.compaction import compact
from agent.model_policy import THINK_BUDGET, WRITE_BUDGET
from agent.report.assemble import assemble
from agent.report.draft import parse_draft
from agent.tools import declarations
from agent.trajectory import Compaction, Entry, Question, Step, Trajectory
from agent.wire import system_text
from distill.filtering.record import Kept
from distill.filtering.replay import walk
from distill.internalizing.variants import Variant
from distill.standing import characters
from index.search import Index

CHARACTERS_PER_TOKEN = 4


def estimated_tokens(entries: tuple[Entry, ...]) -> int:
    """Tokens of a context with these entries, the instructions and the tools included."""
    return (_opening() + sum(map(characters, entries))) // CHARACTERS_PER_TOKEN


def parted(variant: Variant) -> list[Variant]:
    """The contexts of a variant whose researcher itself began anew; the variant alone where it did not."""
    entries = variant.trajectory.entries
    starts = [0, *(at for at, e in enumerate(entries) if at and isinstance(e, Compaction))]
    return [_part(variant, None, *span) for span in pairwise((*starts, len(entries)))]


def fits(entries: tuple[Entry, ...], size: int) -> bool:
    """Whether the live agent would take its next step in a context of `size` tokens as it stands."""
    return estimated_tokens(entries) + min(THINK_BUDGET + WRITE_BUDGET, size // 2) <= size


def contexts(kept: Kept, variant: Variant, index: Index, size: int) -> list[Variant]:
    """The variant parted into contexts of at most about `size` tokens; itself alone where it fits.

    Raises ReplayError where the index is not the one of the dialogue.
    """
    entries = variant.trajectory.entries
    parts: list[Variant] = []
    began, beginning, question = 0, None, 0
    for at, desk in walk(kept.task, variant.trajectory, index):
        if at == len(entries):
            break
        so_far = variant.trajectory.model_copy(update={"entries": entries[:at]})
        if isinstance(entries[at], Question):
            # The report of the question before entered what it quotes in the evidence.
            assemble(parse_draft(kept.reports[question]), desk, so_far)
            question += 1
        context = (*([beginning] if beginning else []), *entries[began:at])
        if isinstance(entries[at], Step) and at > began + 1 and not fits(context, size):
            parts.append(_part(variant, beginning, began, at))
            began, beginning = at, compact(_compacted(variant.trajectory, beginning, at), desk)
    return [*parts, _part(variant, beginning, began, len(entries))]


def _compacted(trajectory: Trajectory, beginning: Compaction | None, at: int) -> Trajectory:
    """Everything up to the entry, with the last beginning among it, as the live agent keeps it."""
    entries = trajectory.entries[:at]
    return trajectory.model_copy(update={"entries": (*entries, beginning) if beginning else entries})


def _part(variant: Variant, beginning: Compaction | None, start: int, end: int) -> Variant:
    """The entries from one place to another after their beginning, with the marks moved along."""
    own = variant.trajectory.entries[start:end]
    shift = start - (beginning is not None)
    entries = (beginning, *own) if beginning else own
    return variant.model_copy(
        update={
            "trajectory": variant.trajectory.model_copy(update={"entries": entries}),
            "masked": tuple(m - shift for m in variant.masked if start <= m < end),
            "sent_back": tuple(m - shift for m in variant.sent_back if start <= m < end),
        }
    )


@cache
def _opening() -> int:
    """Characters of the instructions and the tools, which open every context."""
    return len(system_text()) + len(json.dumps(declarations()))
