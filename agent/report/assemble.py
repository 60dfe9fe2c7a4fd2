"""Make the report: what may stand of the draft, and around it everything that code knows better.

Where the policy wrote nothing that may stand, code picks and says so. Nothing here asks a model.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from pydantic import BaseModel

from agent.desk import Desk
from agent.ledger import SeenProduct
from agent.report import comparison, misses, wishes
from agent.report.by_needs import spelled_out, without_titles
from agent.report.draft import (
    Citation,
    Draft,
    DraftPick,
    FieldReference,
    NeedReference,
    Prose,
    QuoteReference,
    Role,
    Sentence,
    Span,
    Text,
    parse_prose,
)
from agent.report.facts import Cite, cite, fact, facts, lookup, seen_product, sentence_of
from agent.report.headlines import has_must, headlines
from agent.report.misses import PassedOver
from agent.report.opinions import opinions
from agent.report.prices import price_history, stale_prices
from agent.report.reasons import whole_reason
from agent.report.record import (
    Coverage,
    Outcome,
    Passage,
    Phrase,
    Remark,
    Report,
    ReportPick,
    Source,
)
from agent.report.unweighed import undecided
from agent.report.verify import Dropped, earned_role, prune, verify
from agent.shortlist import budget_pick
from agent.trajectory import Question, Step, Trajectory
from index.freshness import stale_lines
from index.product import Product

_ROLE_ORDER: tuple[Role, ...] = ("best", "budget", "upgrade", "also")
DETAILED = 5
"""Picks with their price history and what sets them apart; what fits as well after them is told in a line."""


def assemble(draft: Draft, desk: Desk, trajectory: Trajectory) -> Report:
    """The verified report of a session; records that it quotes are entered in the evidence."""
    asked = [e for e in trajectory.entries if isinstance(e, Question)]
    sound, dropped = _sound(draft, desk, trajectory)
    picks = _picks(sound, desk, trajectory.day, undecided([q.text for q in asked], desk))
    if picks and picks[0].by == "code" and sound.verdict:
        dropped.append(Dropped(text="the verdict", reason="The author picked nothing that may stand."))
        sound = sound.model_copy(update={"verdict": None})
    coverage = _coverage(desk, trajectory, dropped)
    passed = misses.passed_over(desk, beside_picks=bool(picks))
    products = comparison.compared(picks, passed.nearest, desk)
    report = Report(
        session=trajectory.id,
        questions=tuple(q.text for q in asked),
        author=trajectory.author,
        written=trajectory.day,
        generation=desk.index.catalog.generation,
        outcome=_outcome(picks, passed, coverage),
        headline=" ".join(headlines(picks, passed, coverage, [q.text for q in asked], desk)),
        verdict=_passage(sound.verdict or _plain_verdict(picks, passed, must=has_must(desk)), desk),
        verdict_by="policy" if sound.verdict else "code",
        picks=picks,
        columns=comparison.columns(products, picks, desk),
        rows=comparison.rows(products, desk),
        needs=comparison.needs(products, desk),
        trade_offs=tuple(_passage(prose, desk) for prose in sound.trade_offs or ()),
        might_fit=passed.might_fit,
        ruled_out=passed.ruled_out[: misses.MOST],
        ruled_out_count=len(passed.ruled_out),
        nearest=passed.nearest,
        relaxations=() if picks else misses.relaxations(desk),
        coverage=coverage,
        sources=(),
    )
    return report.model_copy(update={"sources": _sources(report, desk)})


def _sound(draft: Draft, desk: Desk, trajectory: Trajectory) -> tuple[Draft, list[Dropped]]:
    """Cut until nothing that is left has an error: a pick that goes takes the sentences about it along.

    The draft is checked as it was written, and what is left and what was cut are told with names in place of
    tags of needs.
    """
    dropped = [Dropped(text="", reason=f.hint) for f in draft.findings]
    draft = without_titles(draft, desk.needs)
    while True:
        found = verify(draft, desk, trajectory.asked, trajectory.day)
        told, cut = prune(spelled_out(draft, desk.needs), found)
        if not cut:
            return told, dropped
        dropped += cut
        draft, _ = prune(draft, found)


def _picks(draft: Draft, desk: Desk, today: date, unsettled: Sequence[str]) -> tuple[ReportPick, ...]:
    chosen = draft.picks or ()
    by_code = not chosen
    if by_code:
        draft = draft.model_copy(update={"picks": _chosen_by_code(desk), "reviews": ()})
    records = [seen_product(desk.evidence, pick.tag).record for pick in draft.picks or ()]
    told_once = wishes.alike(records, desk)
    roles = _roles(draft, records, desk)
    best = records[roles.index("best")] if "best" in roles else None
    picks = []
    for place, pick in enumerate(draft.picks or ()):
        seen = seen_product(desk.evidence, pick.tag)
        role = roles[place]
        detailed = place < DETAILED or role != "also"
        observed = desk.index.catalog.prices(seen.record.id) if detailed else ()
        remarks = [
            Remark(polarity=r.polarity, passage=_passage(r.prose, desk))
            for r in draft.reviews or ()
            if r.tag == pick.tag
        ]
        picks.append(
            ReportPick(
                role=role,
                by="code" if by_code else "policy",
                tag=pick.tag,
                title=seen.record.title,
                cite=cite(seen),
                facts=facts(seen),
                reason=_passage(
                    whole_reason(
                        pick.reason, pick.tag, seen.record, best if detailed else None, desk, told_once
                    ),
                    desk,
                ),
                history=price_history(seen, observed, today, desk.freshness),
                stale=stale_lines(seen.record, today, desk.freshness),
                opinions=opinions(seen.record, remarks, desk, unsettled),
            )
        )
    return tuple(sorted(picks, key=lambda p: _ROLE_ORDER.index(p.role)))


def _roles(draft: Draft, records: Sequence[Product], desk: Desk) -> list[Role]:
    """The roles as far as records bear them out: of several budget picks the one that code would name."""
    roles = [earned_role(pick, draft, desk) for pick in draft.picks or ()]
    if "best" not in roles:
        return roles
    best = records[roles.index("best")]
    named = [product for product, role in zip(records, roles, strict=True) if role == "budget"]
    own = budget_pick([best, *(product for product in records if product is not best)], desk)
    budget = own or next(iter(named), None)
    return [
        "budget" if product is budget else "also" if role == "budget" else role
        for product, role in zip(records, roles, strict=True)
    ]


def _chosen_by_code(desk: Desk) -> tuple[DraftPick, ...]:
    """The first of the ranking, and where there is one a budget pick."""
    eligible = desk.eligible()
    roles: tuple[Role, ...] = ("best", "budget")
    chosen = (eligible[0], budget_pick(eligible, desk)) if eligible else ()
    return tuple(
        DraftPick(role=role, tag=desk.evidence.tag_of(product))
        for role, product in zip(roles, chosen, strict=False)
        if product is not None
    )


def _plain_verdict(picks: Sequence[ReportPick], passed: PassedOver, *, must: bool) -> Prose:
    if picks:
        best, among = picks[0].tag, "meets every hard need" if must else "was opened"
        return parse_prose(f"{{{{{best}.title}}}} ranks first among what {among} [{best}].")
    if passed.nearest:
        nearest = passed.nearest[0].tag
        return parse_prose(f"{{{{{nearest}.title}}}} comes nearest [{nearest}].")
    return ()


def _outcome(picks: Sequence[ReportPick], passed: PassedOver, coverage: Coverage) -> Outcome:
    if picks:
        return "picks"
    if passed.might_fit:
        return "might_fit"
    return "nothing_fits" if coverage.seen else "nothing_found"


def _passage(prose: Prose, desk: Desk) -> Passage:
    return tuple(tuple(_phrases(sentence, desk)) for sentence in prose)


def _phrases(sentence: Sentence, desk: Desk) -> Iterator[Phrase]:
    """A quote is followed by its citation, which the policy may have left out."""
    for at, span in enumerate(sentence):
        yield _phrase(span, desk)
        if isinstance(span, QuoteReference) and Citation(tag=span.tag) not in sentence[at + 1 : at + 3]:
            yield Phrase(kind="text", text=" ")
            yield _phrase(Citation(tag=span.tag), desk)


def _phrase(span: Span, desk: Desk) -> Phrase:
    """A reference replaced by the record's own text, which is never parsed again."""
    match span:
        case Text():
            return Phrase(kind="text", text=span.text)
        case NeedReference():
            return Phrase(kind="text", text=span.tag)
        case FieldReference():
            said = fact(seen_product(desk.evidence, span.tag), span.name)
            return Phrase(kind="field", text=said.text, cite=said.cite)
        case QuoteReference():
            text, evidence = sentence_of(desk.evidence, span.tag, span.number)
            return Phrase(kind="quote", text=text, cite=evidence)
        case Citation():
            return Phrase(kind="citation", text=span.tag, cite=cite(lookup(desk.evidence, span.tag)))


def _coverage(desk: Desk, trajectory: Trajectory, dropped: Sequence[Dropped]) -> Coverage:
    seen = desk.evidence.products()
    days = [s.record.origin.seen for s in desk.evidence]
    days += [o.price.seen for s in seen for o in s.record.offers]
    prices, old_prices = stale_prices((s.record for s in seen), trajectory.day, desk.freshness)
    return Coverage(
        searches=tuple(dict.fromkeys(desk.searched)),
        notes=tuple(dict.fromkeys(desk.notes)),
        category=" > ".join(desk.category.path) if desk.category else "",
        in_category=desk.category.count if desk.category else 0,
        known_to_fit=desk.count([n.condition for n in desk.needs if n.hard and n.condition]),
        seen=len(seen),
        opened=len(desk.evidence.products(opened=True)),
        reviews_read=len(desk.evidence.reviews()),
        pages_read=len(desk.evidence.pages(opened=True)),
        steps=sum(isinstance(e, Step) for e in trajectory.entries),
        oldest=min(days, default=None),
        newest=max(days, default=None),
        unpriced_share=1 - desk.category.priced if desk.category else 0.0,
        dropped=tuple(dropped),
        prices=prices,
        stale_prices=old_prices,
        price_days=desk.freshness.price,
    )


def _sources(report: Report, desk: Desk) -> tuple[Source, ...]:
    """Every record that some part of the report rests on, once, by tag."""
    ordered = sorted(_cited(report), key=lambda tag: ("PRW".index(tag[0]), int(tag[1:])))
    return tuple(Source(cite=cite(lookup(desk.evidence, tag)), title=_title(tag, desk)) for tag in ordered)


def _cited(report: Report) -> set[str]:
    """Tags of every evidence that stands anywhere in a report."""
    tags: set[str] = set()
    waiting: list[object] = [report]
    while waiting:
        part = waiting.pop()
        if isinstance(part, tuple):
            waiting.extend(part)
        elif isinstance(part, Cite):
            tags.add(part.tag)
        elif isinstance(part, BaseModel):
            waiting.extend(part.__dict__.values())
    return tags


def _title(tag: str, desk: Desk) -> str:
    seen = lookup(desk.evidence, tag)
    if isinstance(seen, SeenProduct):
        return seen.record.title
    return seen.record.title or "untitled"
