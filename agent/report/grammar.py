"""The grammar of a report: the model's sections, around picks that code decided and evidence that was seen.

Picks are the products that meet every hard need, all of them, and a verdict names the best. A reference
inserts a field of an opened product, a sentence that was read or a need; a citation names their source.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from agent.desk import Desk
from agent.ledger import Seen, SeenPage, SeenProduct, SeenReview
from agent.report.draft import Polarity
from agent.report.facts import field_names
from agent.report.opinions import on_side
from agent.shortlist import answers
from models.gbnf import literal, trie

LATER = r"\u00A0-\U0010FFFF"
"""Everything beyond ASCII but the second set of control characters. Classes name what they take: of one that
names what it refuses, llama.cpp refuses every letter whose first byte could begin a refused one."""
_PROSE = rf"[ -\"$-;=?-Z\\^-z|~{LATER}]"
PROSE_TEXT = f"text ::= {_PROSE}{{1,140}}"
NOTHING_FITS = f"nothing ::= [A-Z] {_PROSE}{{30,300}}"
"""A verdict where there is no pick: a sentence."""
VERDICT, PICKS = r'"## Verdict\n"', r'"\n## Picks\n"'
LONGEST_PROSE = 40
"""References in one paragraph: a pick held against another one takes three for each of up to twelve needs."""
QUOTED = 8
"""Sentences of a review or a page that can be quoted."""


def report_rules(desk: Desk) -> list[str]:
    """The rules of a report, the first of them for its prose; the code's sections nobody writes.

    A verdict names and cites the best pick. A pick's line speaks of that product; a product's reviews are
    told once for it and once against it, each time in its own reviews' words.
    """
    opened = {seen.record.id: seen for seen in desk.evidence.products(opened=True)}
    named = [opened[product.id] for product in answers(desk)]
    told = [opened[product.id] for product in desk.ranked(opened=True)]
    findings = dict(finding for seen in told for finding in _findings(seen, desk))
    more = ' ("## Trade-offs\\n" point{1,4})?' if opened else ""
    if findings:
        more += f' ("## Reviews\\n" {" ".join(f"{name}?" for name in findings)})?'
    rules = [
        PROSE_TEXT,
        f"report ::= {' | '.join(f'report-{seen.tag}' for seen in named) or 'report-none'}",
        *(rule for rules in findings.values() for rule in rules),
    ]
    if opened:
        rules += ['point ::= "- " prose "\\n"', *_prose_rules("prose", _references(desk))]
    if not named:
        rules += [f'report-none ::= {VERDICT} nothing {PICKS} "- none\\n"{more}', NOTHING_FITS]
    for seen in named:
        rules += _pick_rules(seen, named, desk)
        rules += [
            f"report-{seen.tag} ::= {VERDICT} verdict-{seen.tag} {PICKS} best-{seen.tag}{more}",
            *_verdict_rules(seen, desk),
        ]
    return rules


def _verdict_rules(seen: SeenProduct, desk: Desk) -> list[str]:
    """What speaks of the best pick, names it and then cites it."""
    reviews = desk.evidence.reviews(seen.record.id)
    title = f"{seen.tag}.title"
    about = [name for name in (*_fields(seen, desk), *_quotes(reviews)) if name != title]
    forms = [*_inserted(desk, about), *_cites([seen, *reviews, *desk.evidence.pages(opened=True)])]
    name = f"verdict-{seen.tag}"
    more = f"text? ({name}-reference text?){{0,{LONGEST_PROSE // 2}}}"
    named, cited = literal(f"{{{{{title}}}}}"), literal(f"[{seen.tag}]")
    return [f"{name} ::= text? {named} {more} {cited} {more}", f"{name}-reference ::= {' | '.join(forms)}"]


def _pick_rules(seen: SeenProduct, named: Sequence[SeenProduct], desk: Desk) -> list[str]:
    """A product as the best, then the others that answer, as they are ranked, each in the role it earns."""
    others = " ".join(f"{_as(o, seen)}-{o.tag}" for o in named if o is not seen)
    about = [
        *_fields(seen, desk),
        *_by_need(desk.evidence.products(opened=True), desk),
        *_quotes(desk.evidence.reviews(seen.record.id)),
    ]
    return [
        f'best-{seen.tag} ::= "- best: [{seen.tag}] " prose-{seen.tag} "\\n" {others}'.rstrip(),
        *(
            f'{role}-{seen.tag} ::= "- " {words} ": [{seen.tag}] " prose-{seen.tag} "\\n"'
            for role, words in _ROLE_WORDS.items()
        ),
        *_prose_rules(f"prose-{seen.tag}", [*_inserted(desk, about), *_cited(desk)]),
    ]


_ROLE_WORDS = {"also": '"also"', "budget": '("budget" | "also")', "upgrade": '("upgrade" | "also")'}


def _as(seen: SeenProduct, best: SeenProduct) -> str:
    """What a pick may be called beside the best one."""
    price, reference = seen.record.price, best.record.price
    if price is None or reference is None or price.currency != reference.currency:
        return "also"
    if price.amount == reference.amount:
        return "also"
    return "budget" if price.amount < reference.amount else "upgrade"


def _findings(seen: SeenProduct, desk: Desk) -> Iterator[tuple[str, list[str]]]:
    """What the reviews that were read of a product say for it and against it: a rule's name and the rules."""
    reviews = desk.evidence.reviews(seen.record.id)
    for polarity in get_args(Polarity):
        quotes = [
            f"{review.tag}.s{number}"
            for review in reviews
            for number in range(1, min(len(review.record.sentences), QUOTED) + 1)
            if on_side(polarity, review.record, number)
        ]
        if quotes:
            name = f"{polarity}-{seen.tag}"
            line = f'{name} ::= "- [{seen.tag}] {polarity}: " {name}-prose "\\n"'
            forms = [*_inserted(desk, quotes), *_cites([seen, *reviews])]
            yield name, [line, *_prose_rules(f"{name}-prose", forms)]


def _prose_rules(name: str, forms: Sequence[str]) -> list[str]:
    """Text around references, of which there is one at least; two may stand side by side."""
    return [
        f"{name} ::= text? ({name}-reference text?){{1,{LONGEST_PROSE}}}",
        f"{name}-reference ::= {' | '.join(forms)}",
    ]


def _references(desk: Desk) -> list[str]:
    """Fields of opened products, sentences of reviews and pages that were read, and citations of both."""
    fields = [field for seen in desk.evidence.products(opened=True) for field in _fields(seen, desk)]
    return [*_inserted(desk, [*fields, *_quotes(desk.evidence.reviews())]), *_cited(desk)]


def _inserted(desk: Desk, names: Sequence[str]) -> list[str]:
    """What code puts in place of a name: these, sentences of opened pages, and what needs ask for."""
    needs = [need.tag for need in desk.needs if need.attribute != "other"]
    known = [*names, *_quotes(desk.evidence.pages(opened=True)), *needs]
    return [f'"{{{{" {trie(known)} "}}}}"'] if known else []


def _cited(desk: Desk) -> list[str]:
    """Citations of what was opened or read."""
    evidence = desk.evidence
    return _cites([*evidence.products(opened=True), *evidence.reviews(), *evidence.pages(opened=True)])


def _cites(seen: Sequence[Seen]) -> list[str]:
    return [f'"[" {trie(s.tag for s in seen)} "]"'] if seen else []


def _quotes(read: Iterable[SeenReview | SeenPage]) -> list[str]:
    return [
        f"{seen.tag}.s{number}"
        for seen in read
        for number in range(1, min(len(seen.record.sentences), QUOTED) + 1)
    ]


def _fields(seen: SeenProduct, desk: Desk) -> list[str]:
    """The fields of a product, by their names and by the needs that ask for them."""
    return [*(f"{seen.tag}.{name}" for name in field_names(seen.record)), *_by_need([seen], desk)]


def _by_need(opened: Iterable[SeenProduct], desk: Desk) -> list[str]:
    return [
        f"{seen.tag}.{need.tag}"
        for seen in opened
        for need in desk.needs
        if need.attribute in field_names(seen.record)
    ]
