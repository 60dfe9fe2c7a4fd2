"""Whether a draft may stand: its picks against the needs, its references against what was shown.

What typed numbers and words claim is checked in `claims`. What fails gets one repair in the loop; what
still fails is cut here, with the reason kept.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from agent.desk import Desk
from agent.ledger import SeenProduct, SeenReview, UnknownTagError, numeric
from agent.report.by_needs import spelled_out
from agent.report.claim_words import words
from agent.report.claims import unsupported
from agent.report.draft import (
    Citation,
    Draft,
    DraftPick,
    FieldReference,
    Finding,
    NeedReference,
    Prose,
    QuoteReference,
    Role,
    Section,
    Sentence,
    Text,
    sentence_text,
)
from agent.report.facts import UnknownFieldError, fact, lookup, seen_product, sentence_of
from agent.report.ground import Ground
from agent.report.needs_told import misnamed, wrongly_alone, wrongly_none, wrongly_told
from index.conditions import spaced
from index.product import Record

_TWICE = re.compile(r" (\w+(?: \w+){1,4}) and \1 ")
"""Two words and more that are joined to themselves; one may be ("more and more")."""


class Dropped(Record):
    """A part of a draft that could not stand."""

    text: str
    reason: str


class Passage(NamedTuple):
    """One prose of a draft, its place, and the product that it is about (empty: whatever it cites)."""

    section: Section
    item: int
    prose: Prose
    about: str


def verify(draft: Draft, desk: Desk, question: str = "", today: date | None = None) -> list[Finding]:
    """Everything wrong with a draft, in its own order; empty where it may stand as it is.

    `question` is what the person wrote: its numbers and words may be repeated. By `today`, where it is
    known, a price may be stale, and then it is no present one.
    """
    written, draft = draft, spelled_out(draft, desk.needs)
    ground = Ground(desk, question, today)
    against_picks = list(_picks(draft, desk))
    bad = {f.item for f in against_picks}
    picked = frozenset(p.tag for at, p in enumerate(draft.picks or ()) if at not in bad)
    findings = [*draft.findings, *_sections(draft, desk), *against_picks, *_roles(draft, desk)]
    for passage in passages(draft):
        findings += _passage(passage, draft, picked, ground)
    return [*findings, *_needs_told(written, desk)]


def _needs_told(written: Draft, desk: Desk) -> Iterator[Finding]:
    """What is said of needs and is not so."""
    shown = {s.tag: s.record for s in desk.evidence.products()}
    for passage in passages(written):
        for at, sentence in enumerate(passage.prose):
            picked = shown.get(_about(passage, sentence))
            hints = [*misnamed(sentence, desk), *wrongly_alone(sentence, desk)]
            hints += wrongly_none(sentence, desk)
            hints += wrongly_told(sentence, picked, desk) if picked else []
            for hint in hints:
                yield _error("needs_mistold", hint, passage.section, passage.item, at)


def _about(passage: Passage, sentence: Sentence) -> str:
    """The product that a sentence speaks of: a pick's own; in the verdict the best, if no other is named."""
    if passage.section == "picks":
        return passage.about
    cited = {span.tag for span in sentence if isinstance(span, Citation | FieldReference)}
    return passage.about if passage.section == "verdict" and cited <= {passage.about} else ""


def prune(draft: Draft, findings: list[Finding]) -> tuple[Draft, list[Dropped]]:
    """The draft without the picks and sentences that have an error, and what was cut."""
    errors = {(f.section, f.item, f.sentence): f.hint for f in reversed(findings) if f.severity == "error"}
    dropped: list[Dropped] = []

    def keep(section: Section, item: int, prose: Prose) -> Prose:
        kept = []
        for at, sentence in enumerate(prose):
            reason = errors.get((section, item, at))
            if reason is None:
                kept.append(sentence)
            else:
                dropped.append(Dropped(text=sentence_text(sentence), reason=reason))
        return tuple(kept)

    def stands(section: Section, item: int, text: str) -> bool:
        reason = errors.get((section, item, None))
        if reason is not None:
            dropped.append(Dropped(text=text, reason=reason))
        return reason is None

    verdict = None if draft.verdict is None else keep("verdict", 0, draft.verdict)
    picks = [
        p.model_copy(update={"reason": keep("picks", i, p.reason)})
        for i, p in enumerate(draft.picks or ())
        if stands("picks", i, f"{p.role}: [{p.tag}]")
    ]
    trade_offs = [keep("trade_offs", i, prose) for i, prose in enumerate(draft.trade_offs or ())]
    reviews = [
        r.model_copy(update={"prose": keep("reviews", i, r.prose)})
        for i, r in enumerate(draft.reviews or ())
        if stands("reviews", i, f"[{r.tag}] {r.polarity}")
    ]
    kept = Draft(
        verdict=verdict,
        picks=tuple(picks) if draft.picks is not None else None,
        trade_offs=tuple(t for t in trade_offs if t) if draft.trade_offs is not None else None,
        reviews=tuple(r for r in reviews if r.prose) if draft.reviews is not None else None,
    )
    return kept, dropped


def passages(draft: Draft) -> Iterator[Passage]:
    """Every prose of a draft with its place."""
    best = next((p.tag for p in draft.picks or () if p.role == "best"), "")
    if draft.verdict is not None:
        yield Passage("verdict", 0, draft.verdict, best)
    for at, pick in enumerate(draft.picks or ()):
        yield Passage("picks", at, pick.reason, pick.tag)
    for at, prose in enumerate(draft.trade_offs or ()):
        yield Passage("trade_offs", at, prose, "")
    for at, remark in enumerate(draft.reviews or ()):
        yield Passage("reviews", at, remark.prose, remark.tag)


def _sections(draft: Draft, desk: Desk) -> Iterator[Finding]:
    if not draft.verdict:
        yield _error("no_verdict", "Write a `## Verdict` of one to three sentences.", "verdict")
    eligible = desk.eligible()
    if not draft.picks and eligible:
        tags = ", ".join(desk.evidence.tag_of(p) for p in eligible[:5])
        yield _error("no_picks", f"These meet every hard need, so pick among them: {tags}.", "picks")
    for at, remark in enumerate(draft.reviews or ()):
        try:
            desk.evidence.product(remark.tag)
        except UnknownTagError:
            yield _error("unknown_tag", f"{remark.tag} was never shown.", "reviews", at)


def _picks(draft: Draft, desk: Desk) -> Iterator[Finding]:
    fitting = {p.id for p in desk.eligible()}
    picked: set[str] = set()
    for at, pick in enumerate(draft.picks or ()):
        try:
            seen = seen_product(desk.evidence, pick.tag)
        except UnknownTagError:
            yield _error("unknown_tag", f"{pick.tag} was never shown.", "picks", at)
            continue
        if seen.record.id in picked:
            yield _error("duplicate_pick", f"{pick.tag} is picked twice.", "picks", at)
        elif seen.record.id not in fitting:
            code, reason = _why_not(seen, desk)
            rest = "" if fitting else " Nothing fits: write `- none`."
            yield _error(code, f"{pick.tag} cannot be picked: {reason}.{rest}", "picks", at)
        picked.add(seen.record.id)


def _why_not(seen: SeenProduct, desk: Desk) -> tuple[str, str]:
    bound = {n.tag: n.bound for n in desk.needs}
    fit = desk.fit(seen.record)
    if seen.record.id in desk.dismissed:
        return "dismissed_pick", "the person does not want it"
    if fit.hard_unmet:
        return "unmet_need", f"it misses {' and '.join(f'{t} ({bound[t]})' for t in fit.hard_unmet)}"
    if fit.hard_unknown:
        unknown = " and ".join(f"{t} ({bound[t]})" for t in fit.hard_unknown)
        return "unknown_need", f"its record does not say whether it meets {unknown}"
    return "unopened_pick", "it was never opened"


def _roles(draft: Draft, desk: Desk) -> Iterator[Finding]:
    """A budget pick must cost less than the best pick and an upgrade more, both by their records."""
    for at, pick in enumerate(draft.picks or ()):
        if earned_role(pick, draft, desk) != pick.role:
            hint = f"{pick.tag} is no {pick.role} pick beside the best pick's price; call it `also`."
            yield Finding(code="wrong_role", severity="warning", hint=hint, section="picks", item=at)


def earned_role(pick: DraftPick, draft: Draft, desk: Desk) -> Role:
    """The role that prices and places allow: `also` for a second best, a dear budget or a cheap upgrade."""
    best = next((p for p in draft.picks or () if p.role == "best"), None)
    if pick.role == "also" or best is None or pick is best:
        return pick.role
    try:
        price = desk.evidence.product(pick.tag).price
        reference = desk.evidence.product(best.tag).price
    except UnknownTagError:
        return pick.role
    if pick.role == "best" or price is None or reference is None or price.currency != reference.currency:
        return "also"
    holds = price.amount < reference.amount if pick.role == "budget" else price.amount > reference.amount
    return pick.role if holds else "also"


def _passage(passage: Passage, draft: Draft, picked: frozenset[str], ground: Ground) -> Iterator[Finding]:
    """A sentence that names no product goes on about those of the one before."""
    about: tuple[str, ...] = (passage.about,) if passage.about else ()
    shown = {s.tag for s in ground.desk.evidence.products()}
    for at, sentence in enumerate(passage.prose):
        broken = list(_references(sentence, ground.desk))
        if not broken:
            about, before = ground.named(sentence) or about, tuple(tag for tag in about if tag in shown)
            known = tuple(tag for tag in about if tag in shown)
            broken += _misplaced(passage, sentence, known, draft, ground)
            broken += _unpicked(passage, about, draft, picked)
            broken += _comparisons(passage, sentence, ground.desk)
            broken += [("unsupported_claim", hint) for hint in unsupported(sentence, before, ground)]
        for code, hint in broken[:3]:
            yield _error(code, hint, passage.section, passage.item, at)


def _references(sentence: Sentence, desk: Desk) -> Iterator[tuple[str, str]]:
    for span in sentence:
        try:
            match span:
                case Citation():
                    lookup(desk.evidence, span.tag)
                case FieldReference():
                    fact(seen_product(desk.evidence, span.tag), span.name)
                case NeedReference():
                    yield "unknown_tag", f"{span.tag} is no need for anything that records tell."
                case QuoteReference():
                    sentence_of(desk.evidence, span.tag, span.number)
                case Text() if "{{" in span.text or "}}" in span.text:
                    yield (
                        "malformed_reference",
                        f"{span.text[:60]!r} is no reference; write {{{{P3.price}}}}.",
                    )
        except UnknownTagError as unknown:
            yield "unknown_tag", f"{unknown} was never shown."
        except UnknownFieldError as unknown:
            yield "unknown_field", f"{unknown}; leave it out."


def _misplaced(
    passage: Passage, sentence: Sentence, about: tuple[str, ...], draft: Draft, ground: Ground
) -> Iterator[tuple[str, str]]:
    """References to real records at a place where they mislead."""
    products = {ground.desk.evidence.product(tag).id for tag in about}
    for span in sentence:
        if isinstance(span, (Citation, QuoteReference)) and span.tag[0] != "P":
            seen = lookup(ground.desk.evidence, span.tag)
            if isinstance(seen, SeenReview) and products and seen.record.product_id not in products:
                yield "foreign_review", f"{span.tag} reviews another product."
            elif passage.section == "reviews" and not isinstance(seen, SeenReview):
                yield "not_a_review", f"{span.tag} is no review."
            elif passage.section == "reviews" and isinstance(span, QuoteReference):
                yield from _wrong_side(
                    span, seen, draft.reviews[passage.item].polarity if draft.reviews else ""
                )


def _unpicked(
    passage: Passage, about: tuple[str, ...], draft: Draft, picked: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Where there are picks, the verdict speaks of them alone; alternatives belong to the trade-offs."""
    if passage.section == "verdict" and draft.picks:
        for tag in about:
            if tag not in picked:
                yield "verdict_not_picked", f"The verdict speaks of {tag}, which is no pick that may stand."


def _wrong_side(span: QuoteReference, seen: object, polarity: str) -> Iterator[tuple[str, str]]:
    """A sentence labelled as praise alone cannot be quoted as a complaint, nor the other way round."""
    if not isinstance(seen, SeenReview):
        return
    labels = {a.polarity for a in seen.record.aspects if a.sentence == span.number - 1}
    if labels == {"praise": {"negative"}, "complaint": {"positive"}}.get(polarity):
        yield "wrong_polarity", f"{span.tag}.s{span.number} is no {polarity}."


def _comparisons(passage: Passage, sentence: Sentence, desk: Desk) -> Iterator[tuple[str, str]]:
    """Products that are called the same and are not, and what is held against or joined to itself."""
    inserted = [(s.tag, s.name) for s in sentence if isinstance(s, FieldReference)]
    twice = next((tag for at, (tag, name) in enumerate(inserted) if (tag, name) in inserted[:at]), None)
    if twice is not None:
        yield "same_product", f"{twice} is held against itself."
    yield from _alike(sentence, desk)
    said = f" {spaced(' '.join(s.text for s in sentence if isinstance(s, Text)))} "
    if doubled := _TWICE.search(said):
        yield "said_twice", f"“{doubled[1]}” is joined to itself."
    others = [s.tag for s in sentence if isinstance(s, Citation) and s.tag[0] == "P" != passage.about]
    if passage.section != "picks" or not others or " the same as " not in said:
        return
    asked = dict.fromkeys(n.attribute for n in desk.needs if n.attribute not in ("other", "price", "title"))
    one, two = desk.evidence.product(passage.about), desk.evidence.product(others[0])
    differing = [name for name in asked if numeric(name, one) != numeric(name, two)]
    if differing:
        yield "not_the_same", f"{passage.about} and {others[0]} differ on {' and '.join(differing)}."


def _alike(sentence: Sentence, desk: Desk) -> Iterator[tuple[str, str]]:
    """Values that are held against each other and are the same."""
    told: FieldReference | None = None
    against = False
    for span in sentence:
        if isinstance(span, Text):
            against |= not set(spaced(span.text).split()).isdisjoint(words("against"))
        elif isinstance(span, FieldReference):
            if told is not None and against and told.name == span.name and told.tag != span.tag:
                one, two = (fact(seen_product(desk.evidence, s.tag), s.name).text for s in (told, span))
                if one.casefold() == two.casefold():
                    yield "not_different", f"{told.tag} and {span.tag} do not differ on {span.name}."
            told, against = span, False


def _error(
    code: str, hint: str, section: Section, item: int | None = None, sentence: int | None = None
) -> Finding:
    return Finding(code=code, severity="error", hint=hint, section=section, item=item, sentence=sentence)
