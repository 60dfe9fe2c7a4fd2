"""The strict grammar of one step, built from what is really on the desk.

Only tools that make sense now, tags that were shown, attributes of the card and fields that a product has can
be written; picks can only be products that meet every hard need. All repetitions are bounded.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from agent.desk import Desk
from agent.ledger import Aim, SeenPage, SeenProduct, SeenReview
from agent.plan import AS_READ, BUILT_IN, PARTED, WISH, WITHOUT, PlanOp
from agent.report.draft import Polarity
from agent.report.opinions import on_side
from agent.trajectory import ToolName
from agent.wire import CALL, END_CALL
from index.product import Product
from models.gbnf import literal, trie

_LATER = r"\u00A0-\U0010FFFF"
"""Everything beyond ASCII but the second set of control characters. Classes name what they take: of one that
names what it refuses, llama.cpp refuses every letter whose first byte could begin a refused one."""
STRING = rf"""
string ::= "\"" character{{1,100}} "\""
character ::= [ !#-;=-\[\]-~{_LATER}] | "<" [ =] | "\\" ["\\] | "\\u003c"
""".strip()
LETTER = rf"""
letter ::= [ !#-:=-\[\]-~{_LATER}] | "<" [ =] | "\\" ["\\] | "\\u003c"
""".strip()
"""A character of a need's value, which may hold no semicolon."""
PROSE_TEXT = rf"text ::= [ -\"$-;=?-Z\\^-z|~{_LATER}]{{1,140}}"
LONGEST_PROSE = 40
"""References in one paragraph: a pick held against another one takes three for each of up to twelve needs."""
MOST_NEEDS = 12
MOST_COMPARED = 16
QUOTED = 8
"""Sentences of a review or a page that can be quoted."""

QUOTE = literal('"')
COMMA = literal(", ")

OPS: tuple[PlanOp, ...] = get_args(PlanOp)
MATCHES: tuple[PlanOp, ...] = ("=", "!=")


def step_grammar(desk: Desk) -> str:
    """Everything that the next step may be."""
    rules = [STRING, PROSE_TEXT]
    choices = []
    tools = desk.allowed_tools()
    if tools:
        choices.append("call")
        rules += _call_rules(desk, tools)
    if desk.may_report():
        choices.append("report")
        rules += _report_rules(desk)
    return "\n".join([f"root ::= {' | '.join(choices)}", *rules]) + "\n"


def _call_rules(desk: Desk, tools: Sequence[ToolName]) -> list[str]:
    names = " | ".join(_rule_name(t) for t in tools)
    rules = [f"call ::= {literal(CALL)} ({names}) {literal('}}' + END_CALL)}"]
    rules += [f"{_rule_name(tool)} ::= {_head(tool)} {_ARGUMENTS[tool](desk)}" for tool in tools]
    if "plan" in tools:
        rules += _need_rules(desk)
    return rules


def _rule_name(tool: ToolName) -> str:
    return tool.replace("_", "-")


def _head(tool: ToolName) -> str:
    return literal(f'{{"name": "{tool}", "arguments": {{')


def _key(key: str) -> str:
    return literal(f'"{key}": ')


def _one_of(key: str, values: Iterable[str]) -> str:
    """`"key": "value"` with the value from a closed list."""
    return f"{_key(key)} {_quoted(values)}"


def _free(key: str) -> str:
    return f"{_key(key)} string"


def _optional(expression: str) -> str:
    return f"({COMMA} {expression})?"


def _listed(item: str, least: int, most: int) -> str:
    """A JSON list of `least` (at least 1) to `most` items."""
    return f"{literal('[')} {item} ({COMMA} {item}){{{least - 1},{most - 1}}} {literal(']')}"


def _maybe_empty(need: str) -> str:
    """A JSON list of as many needs as a plan can hold, or of none."""
    return f"({_listed(need, 1, MOST_NEEDS)} | {literal('[]')})"


def _quoted(values: Iterable[str]) -> str:
    return f"{QUOTE} {trie(values)} {QUOTE}"


def _plan(desk: Desk) -> str:
    category = _one_of("category", (c.tag for c in desk.cards))
    more = f"({literal(f'{PARTED} ')} need){{0,{MOST_NEEDS - 1}}}"
    lines = [f"need {more}"]
    if desk.reading.needs:
        read = dict.fromkeys(need.on for need in desk.reading.needs)
        gone = " ".join(f"({literal(f'{PARTED} {WITHOUT}{on}')})?" for on in read)
        lines.append(f"{literal(AS_READ)} {gone} {more}")
    needs = f"{COMMA} {_key('needs')} {QUOTE} ({' | '.join(lines)})? {QUOTE}"
    return f"{category} {needs} {_optional(_key('steps') + ' ' + _listed('string', 1, 4))}"


def _search(desk: Desk) -> str:
    parts = [_free("query")]
    filters = [n.tag for n in desk.needs if n.condition is not None]
    if filters:
        parts.append(_optional(f"{_key('needs')} {_maybe_empty(_quoted(filters))}"))
    sorts = ["relevance", "price", "rating"]
    sorts += [n.tag for n in desk.needs if n.aim is not Aim.LIMIT or n.condition is not None]
    parts.append(_optional(_one_of("sort", sorts)))
    parts.append(_optional(f"{_key('page')} [1-9]"))
    return " ".join(parts)


def _products(desk: Desk) -> list[str]:
    return [s.tag for s in desk.evidence.products()]


def _visit(desk: Desk) -> str:
    return f"{_one_of('id', _products(desk))} {_optional(_one_of('show', ['all', 'offers', 'prices']))}"


def _reviews(desk: Desk) -> str:
    return f"{_one_of('id', _products(desk))} {_optional(_free('aspect'))}"


def _page_search(desk: Desk) -> str:  # noqa: ARG001 - one signature for all tools
    return _free("query")


def _page_visit(desk: Desk) -> str:
    return f"{_one_of('id', [s.tag for s in desk.evidence.pages()])} {_optional(_free('find'))}"


def _compare(desk: Desk) -> str:
    return f"{_key('ids')} {_listed(_quoted(_products(desk)), 1, MOST_COMPARED)}"


def _ask(desk: Desk) -> str:  # noqa: ARG001 - one signature for all tools
    return f"{_free('question')} {COMMA} {_key('options')} {_listed('string', 2, 4)}"


_ARGUMENTS = {
    "plan": _plan,
    "product_search": _search,
    "visit_product": _visit,
    "product_reviews": _reviews,
    "web_search": _page_search,
    "web_visit": _page_visit,
    "compare_products": _compare,
    "ask_user": _ask,
}


def _need_rules(desk: Desk) -> list[str]:
    """A need names an attribute of the card and an operator that makes sense for its kind."""
    numbers, texts, flags = {"price", "rating"}, {"brand", "title"}, set[str]()
    for attribute in (a for card in desk.cards for a in card.attributes):
        {"number": numbers, "text": texts, "flag": flags}[attribute.kind].add(attribute.name)
    kinds = [(numbers, OPS), (texts, (*MATCHES, "has", "lacks")), (flags, (*MATCHES,)), ({"other"}, ("has",))]
    forms = [f"{trie(names)} {literal(' ')} {trie(ops)}" for names, ops in kinds if names]
    return [f"need ::= ({' | '.join(forms)}) ({literal(' ')} letter{{1,100}})? ({literal(WISH)})?", LETTER]


def _report_rules(desk: Desk) -> list[str]:
    """The model's sections; the code's sections are not written by anyone.

    A pick's line speaks of that product; a product's reviews are told once for it and once against it, each
    time in its own reviews' words.
    """
    opened = {seen.record.id: seen for seen in desk.evidence.products(opened=True)}
    told = [opened[product.id] for product in desk.ranked(opened=True)]
    findings = dict(finding for seen in told for finding in _findings(seen, desk))
    sections = ' ("## Trade-offs\\n" point{1,4})?' if opened else ""
    if findings:
        sections += f' ("## Reviews\\n" {" ".join(f"{name}?" for name in findings)})?'
    return [
        f'report ::= "## Verdict\\n" prose "\\n## Picks\\n" picks{sections}',
        'point ::= "- " prose "\\n"',
        *_prose_rules("prose", _references(desk)),
        *(rule for rules in findings.values() for rule in rules),
        *_pick_rules(desk),
    ]


def _pick_rules(desk: Desk) -> list[str]:
    """The best, then others that fit, each once, in the order of the ranking, with the role it earns."""
    opened = {seen.record.id: seen for seen in desk.evidence.products(opened=True)}
    eligible = [opened[product.id] for product in desk.eligible()]
    if not eligible:
        return ['picks ::= "- none\\n"']
    rules = [f"picks ::= {' | '.join(f'best-{seen.tag}' for seen in eligible)}"]
    values = _by_need(opened.values(), desk)
    for seen in eligible:
        others = " ".join(f"{_as(o, seen)}-{o.tag}?" for o in eligible if o is not seen)
        rules.append(f'best-{seen.tag} ::= "- best: [{seen.tag}] " prose-{seen.tag} "\\n" {others}')
        rules += [
            f'{role}-{seen.tag} ::= "- " {words} ": [{seen.tag}] " prose-{seen.tag} "\\n"'
            for role, words in _ROLE_WORDS.items()
        ]
        about = [*_fields(seen, desk), *values, *_quotes(desk.evidence.reviews(seen.record.id))]
        rules += _prose_rules(f"prose-{seen.tag}", [*_inserted(desk, about), *_cited(desk)])
    return rules


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
            cited = f'"[" {trie([seen.tag, *(review.tag for review in reviews)])} "]"'
            yield name, [line, *_prose_rules(f"{name}-prose", [*_inserted(desk, quotes), cited])]


def _prose_rules(name: str, forms: Sequence[str]) -> list[str]:
    """Text with references in it, before it or after it; two may stand side by side."""
    if not forms:
        return [f"{name} ::= text"]
    reference = f"{name}-reference"
    led = f"text ({reference} text?){{0,{LONGEST_PROSE}}}"
    alone = f"({reference} text?){{1,{LONGEST_PROSE}}}"
    return [f"{name} ::= {led} | {alone}", f"{reference} ::= {' | '.join(forms)}"]


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
    opened = (desk.evidence.products(opened=True), desk.evidence.reviews(), desk.evidence.pages(opened=True))
    tags = [seen.tag for kind in opened for seen in kind]
    return [f'"[" {trie(tags)} "]"'] if tags else []


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


def field_names(product: Product) -> list[str]:
    """Fields of a product that a report can insert."""
    names = [a.name for a in product.attributes if a.name not in BUILT_IN]
    names.append("title")
    if product.price is not None:
        names.append("price")
    if product.rating is not None:
        names.append("rating")
    if product.brand:
        names.append("brand")
    return names
