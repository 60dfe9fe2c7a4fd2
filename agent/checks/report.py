"""Checks of a report beyond the truth of its sentences: is enough behind it, and does it cite what it has.

`agent.report.verify` decides what may stand; what is found here is worth a repair and cuts nothing.
"""

from collections.abc import Iterator, Sequence

from agent.desk import Desk
from agent.report.claim_words import words
from agent.report.draft import (
    Citation,
    Draft,
    FieldReference,
    Finding,
    Prose,
    QuoteReference,
    Section,
    Text,
)
from agent.report.verify import passages, verify
from agent.shortlist import answers
from agent.trajectory import ToolName, Trajectory, executed
from index.conditions import spaced

ENOUGH_OPENED = 3
"""Fitting products that are opened before one is recommended, where there are as many."""
REVIEWED = 2
"""Leading candidates of which one's reviews are read, where they have any."""


def check_report(draft: Draft, trajectory: Trajectory, desk: Desk) -> list[Finding]:
    """Everything that is worth mending, errors of fact first."""
    found = verify(draft, desk, trajectory.asked, trajectory.day)
    if not desk.stop:
        found += _stopped_early(draft, trajectory, desk)
    return [*found, *_left_out(draft, desk), *_uncited(draft), *_one_voice(draft)]


def _stopped_early(draft: Draft, trajectory: Trajectory, desk: Desk) -> Iterator[Finding]:
    """Too little was looked at; nothing of it is asked where the person or the budget ended the search."""
    looked = [d.call.name for d in executed(trajectory.since_asked) if not d.observation.error]
    eligible = desk.eligible()
    waiting = [p for p in desk.ranked() if desk.fit(p).fits]
    wanted = min(ENOUGH_OPENED, len(waiting))
    if len(eligible) < wanted:
        hint = f"Open {wanted} of the products that fit before you decide, not just {len(eligible)}."
        yield _short(hint)
    elif eligible and "product_reviews" not in looked and _reviewed(desk):
        yield _short("Read what buyers say of the best candidates before you decide.")
    elif not eligible and not _searched_widely(looked, desk):
        yield _short("Search once more with a need left out before you say that nothing fits.")
    if draft.picks and len(desk.evidence.products()) > 1 and not desk.ranking:
        yield _short("Compare the candidates before you decide.")


def _left_out(draft: Draft, desk: Desk) -> Iterator[Finding]:
    """Products that answer the question and are no picks, beside some that are."""
    picked = {pick.tag for pick in draft.picks or ()}
    left_out = [tag for tag in map(desk.evidence.tag_of, answers(desk)) if tag not in picked]
    if picked and left_out:
        hint = f"These meet every hard need too, so name them among the picks: {', '.join(left_out)}."
        yield _weak("left_out", hint, "picks", 0)


def _reviewed(desk: Desk) -> bool:
    return any(desk.index.catalog.reviews(p.id) for p in desk.eligible()[:REVIEWED])


def _searched_widely(looked: Sequence[ToolName], desk: Desk) -> bool:
    return looked.count("product_search") > 1 or not any(n.hard and n.condition for n in desk.needs)


def _uncited(draft: Draft) -> Iterator[Finding]:
    """Sections that name no record at all."""
    if draft.verdict and draft.picks and not _referred(draft.verdict):
        yield _weak(
            "no_citation", "The verdict cites nothing; write `[P3]` behind what it rests on.", "verdict", 0
        )
    for at, prose in enumerate(draft.trade_offs or ()):
        if not _referred(prose):
            yield _weak("no_citation", "This trade-off cites nothing.", "trade_offs", at)
    for at, remark in enumerate(draft.reviews or ()):
        if not any(isinstance(s, QuoteReference | Citation) for sentence in remark.prose for s in sentence):
            yield _weak("no_citation", f"The finding on {remark.tag} cites no review.", "reviews", at)


def _referred(prose: Prose) -> bool:
    kinds = (Citation, FieldReference, QuoteReference)
    return any(isinstance(span, kinds) for sentence in prose for span in sentence)


def _one_voice(draft: Draft) -> Iterator[Finding]:
    """Sentences that speak for all buyers and rest on one review."""
    for passage in passages(draft):
        for at, sentence in enumerate(passage.prose):
            said = spaced(" ".join(s.text for s in sentence if isinstance(s, Text))).split()
            voices = {s.tag for s in sentence if isinstance(s, QuoteReference | Citation) and s.tag[0] == "R"}
            if len(voices) == 1 and not set(said).isdisjoint(words("everyone")):
                hint = f"{next(iter(voices))} is one review; say so, or cite more."
                yield _weak("one_review", hint, passage.section, passage.item, at)


def _short(hint: str) -> Finding:
    return Finding(code="stopped_early", severity="warning", hint=hint)


def _weak(code: str, hint: str, section: Section, item: int, sentence: int | None = None) -> Finding:
    return Finding(code=code, severity="warning", hint=hint, section=section, item=item, sentence=sentence)
