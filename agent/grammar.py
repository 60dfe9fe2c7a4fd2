"""The strict grammar of one step, built from what is really on the desk.

Only tools that make sense now, tags that were shown, attributes of the card and fields that a product has can
be written, and no call whose answer still stands; `agent.report.grammar` has the rules of a report. All
repetitions are bounded.
"""

import json
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import NamedTuple, get_args

from agent.desk import Desk
from agent.ledger import Aim
from agent.plan import AS_READ, PARTED, WISH, WITHOUT, PlanOp
from agent.report.grammar import LATER, QUOTED, report_rules
from agent.trajectory import BARE_COMPARISON, NOTHING_ELSE, ToolCall, ToolName
from agent.wire import CALL, END_CALL
from index.product import Product
from models.gbnf import literal, trie

STRING = rf"""
string ::= "\"" character{{1,100}} "\""
character ::= [ !#-;=-\[\]-~{LATER}] | "<" [ =] | "\\" ["\\] | "\\u003c"
""".strip()
LETTER = rf"""
letter ::= [ !#-:=-\[\]-~{LATER}] | "<" [ =] | "\\" ["\\] | "\\u003c"
""".strip()
"""A character of a need's value, which may hold no semicolon."""
FIGURE = rf"""
figure ::= [ !#-'+-:=-\[\]-{{}}-~{LATER}] | "<" [ =] | "\\" ["\\] | "\\u003c"
""".strip()
"""A character of a number with its unit or currency: no bracket, star or bar."""
LONGEST_FIGURE = 32
MOST_NEEDS = 12
MOST_COMPARED = 16
MOST_ASPECTS = 8
"""Aspects of unlabelled reviews that can be asked for, the commonest."""
QUOTE = literal('"')
COMMA = literal(", ")

OPS: tuple[PlanOp, ...] = get_args(PlanOp)
MATCHES: tuple[PlanOp, ...] = ("=", "!=")


class Call(NamedTuple):
    """What may be called at a desk: the expression of a tool's arguments, and rules that it refers to."""

    arguments: str
    rules: tuple[str, ...] = ()


def step_grammar(
    desk: Desk,
    standing: Sequence[ToolCall] = (),
    again: Container[ToolName] = (),
    *,
    decided: bool = False,
) -> str:
    """Everything that the next step may be; calls that are `standing` are not made again.

    Tools that were just called `again` rest for a step, where there is anything else to do. `decided` takes
    what code read of a follow-up as the plan: a small model that has come that far adds nothing to it.
    """
    rules = [STRING]
    choices = []
    calls = {tool: _ARGUMENTS[tool](desk, standing) for tool in desk.allowed_tools()}
    if decided and "plan" in calls and _follows(desk):
        calls["plan"] = _as_read(desk)
    possible = {tool: call for tool, call in calls.items() if call is not None}
    others = {tool: call for tool, call in possible.items() if tool not in again}
    if others or desk.may_report():
        possible = others
    if possible:
        choices.append("call")
        rules += _call_rules(possible)
    if desk.may_report():
        choices.append("report")
        rules += report_rules(desk)
    return "\n".join([f"root ::= {' | '.join(choices)}", *rules]) + "\n"


def _call_rules(calls: Mapping[ToolName, Call]) -> list[str]:
    names = " | ".join(_rule_name(tool) for tool in calls)
    rules = [f"call ::= {literal(CALL)} ({names}) {literal('}}' + END_CALL)}"]
    for tool, call in calls.items():
        rules += [f"{_rule_name(tool)} ::= {_head(tool)} {call.arguments}", *call.rules]
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


def _some(name: str, items: Sequence[str]) -> list[str]:
    """Rules, the first of them `name`-0: some of these items, at least one, each once and in this order."""
    last = len(items) - 1
    rules = []
    for at, item in enumerate(items):
        then = f"{item} ({COMMA} {name}-{at + 1})? | {name}-{at + 1}" if at < last else item
        rules.append(f"{name}-{at} ::= {then}")
    return rules


def _quoted(values: Iterable[str]) -> str:
    return f"{QUOTE} {trie(values)} {QUOTE}"


def _plan(desk: Desk, standing: Sequence[ToolCall]) -> Call:  # noqa: ARG001
    """What to look for: over what code read, or plainly where that is not what a follow-up says."""
    more = f"({literal(f'{PARTED} ')} need){{0,{MOST_NEEDS - 1}}}"
    if desk.reading.needs:
        gone = " ".join(f"({literal(f'{PARTED} {WITHOUT}{on}')})?" for on in _may_go(desk))
        lines = [f"{literal(AS_READ)} {gone} {more}"]
    else:
        lines = ['""']  # nothing was said that could be lost
    if not (desk.reading.needs and _follows(desk)):
        lines.append(f"need {more}")
    category = _one_of("category", _kinds(desk))
    needs = f"{COMMA} {_key('needs')} {QUOTE} ({' | '.join(lines)}) {QUOTE}"
    steps = _optional(_key("steps") + " " + _listed("string", 1, 4))
    return Call(f"{category} {needs} {steps}", tuple(_need_rules(desk)))


def _as_read(desk: Desk) -> Call:
    """The plan that code read."""
    needs = _one_of("needs", [AS_READ if desk.reading.needs else ""])
    return Call(f"{_one_of('category', [desk.reading.category])} {COMMA} {needs}")


def _follows(desk: Desk) -> bool:
    """Whether the person has said something to a plan that stands."""
    return desk.plan is not None and desk.heard


def _kinds(desk: Desk) -> list[str]:
    """Tags of what may be looked for; a follow-up goes on from what stands, or names another kind."""
    tags = [card.tag for card in desk.cards]
    if desk.plan is None or not desk.heard:
        return tags
    return [tag for tag in tags if tag in (desk.plan.category, desk.reading.category)]


def _may_go(desk: Desk) -> list[str]:
    """Attributes of what was read that a plan may leave out; of a follow-up not what it says itself."""
    read = dict.fromkeys(need.on for need in desk.reading.needs)
    if not _follows(desk):
        return list(read)
    said = {need.on for need in desk.reading.needs if need not in desk.planned}
    return [on for on in read if on not in said and on != "other"]


def _search(desk: Desk, standing: Sequence[ToolCall]) -> Call:
    """A search of what was asked once by the same needs; with words of its own it is another."""
    filters = [n.tag for n in desk.needs if n.condition is not None]
    sorts = ["relevance", "price", "rating"]
    sorts += [n.tag for n in desk.needs if n.aim is not Aim.LIMIT or n.condition is not None]
    arguments = [_free("query")]
    rules = _some("filter", [_quoted([tag]) for tag in filters])
    if filters:
        arguments.append(f"{_key('needs')} ({literal('[')} filter-0 {literal(']')} | {literal('[]')})")
    arguments += [_one_of("sort", sorts), f"{_key('page')} [1-9]"]
    rules += _some("searched", arguments)
    searched = any(call.name == "product_search" and not call.arguments for call in standing)
    return Call("searched-0" if searched else "searched-0?", tuple(rules))


def _visit(desk: Desk, standing: Sequence[ToolCall]) -> Call | None:
    """A product as a whole, or its offers or prices alone."""
    made = [call.arguments for call in standing if call.name == "visit_product"]
    forms = []
    for show in ("", "offers", "prices"):
        told = {"show": show} if show else {}
        left = [tag for tag in _products(desk) if {"id": tag, **told} not in made]
        if left:
            more = f"{COMMA} {_one_of('show', [show])}" if show else ""
            forms.append(f"{_one_of('id', left)} {more}".strip())
    return _any(forms)


def _reviews(desk: Desk, standing: Sequence[ToolCall]) -> Call | None:
    """The reviews of a product, and then those of them that speak of something that they speak of."""
    made = [call.arguments for call in standing if call.name == "product_reviews"]
    unread = [tag for tag in _products(desk) if {"id": tag} not in made]
    forms = [_one_of("id", unread)] if unread else []
    for seen in desk.evidence.products():
        left = [
            name
            for name in sorted(_aspects(seen.record, desk))
            if {"id": seen.tag, "aspect": name} not in made
        ]
        if left:
            forms.append(f"{_one_of('id', [seen.tag])} {COMMA} {_one_of('aspect', left)}")
    return _any(forms)


def _aspects(product: Product, desk: Desk) -> set[str]:
    """What the reviews that were shown of a product are labelled with; of bare ones, what was read in all."""
    shown = [seen.record for seen in desk.evidence.reviews(product.id)]
    labelled = {aspect.name for review in shown for aspect in review.aspects}
    if labelled or not shown:
        return labelled
    reading = desk.reviews(product)
    return set() if reading.labelled else {said.name for said in reading.said[:MOST_ASPECTS]}


def _page_search(desk: Desk, standing: Sequence[ToolCall]) -> Call:  # noqa: ARG001
    """Pages on the kind of thing once; with words of its own it is another search."""
    searched = any(call.name == "web_search" and not call.arguments for call in standing)
    return Call(_free("query") if searched else f"({_free('query')})?")


def _page_visit(desk: Desk, standing: Sequence[ToolCall]) -> Call | None:
    """A page as a whole, and then what else stands on a long one."""
    made = [call.arguments for call in standing if call.name == "web_visit"]
    pages = desk.evidence.pages()
    unread = [seen.tag for seen in pages if {"id": seen.tag} not in made]
    long = [seen.tag for seen in pages if len(seen.record.sentences) > QUOTED]
    forms = [_one_of("id", unread)] if unread else []
    if long:
        forms.append(f"{_one_of('id', long)} {COMMA} {_free('find')}")
    return _any(forms)


def _compare(desk: Desk, standing: Sequence[ToolCall]) -> Call | None:
    """The best of what was found, or some of it, best first."""
    ranked = [_quoted([desk.evidence.tag_of(product)]) for product in desk.ranked()[:MOST_COMPARED]]
    if not ranked:
        return None
    rules = _some("compared", ranked)
    named = f"{_key('ids')} {literal('[')} compared-0 {literal(']')}"
    return Call(named if BARE_COMPARISON in standing else f"({named})?", tuple(rules))


def _ask(desk: Desk, standing: Sequence[ToolCall]) -> Call:  # noqa: ARG001 - one signature for all tools
    """Options are what the catalogue knows: an attribute that no need is on, a value, a kind of thing."""
    named = {need.attribute for need in desk.needs}
    options = ["yes", "no", NOTHING_ELSE, *(" > ".join(card.path) for card in desk.cards)]
    if desk.category is not None:
        options += [a.name for a in desk.category.attributes if a.name not in named]
        options += [value for a in desk.category.attributes for value in a.values]
    # What stands in the catalogue is anybody's: a value that would end its quotation is no option.
    plain = [option for option in dict.fromkeys(options) if _is_plain(option)]
    return Call(
        f"{_free('question')} {COMMA} {_key('options')} {_listed('option', 2, 4)}",
        (f"option ::= {_quoted(plain)}",),
    )


def _is_plain(text: str) -> bool:
    return json.dumps(text, ensure_ascii=False) == f'"{text}"'


def _products(desk: Desk) -> list[str]:
    return [s.tag for s in desk.evidence.products()]


def _any(forms: Sequence[str]) -> Call | None:
    return Call(f"({' | '.join(forms)})") if forms else None


_ARGUMENTS: dict[ToolName, Callable[[Desk, Sequence[ToolCall]], Call | None]] = {
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
    word = "letter{1,100}"
    kinds = [
        (numbers, OPS, f"figure{{1,{LONGEST_FIGURE}}}"),
        (texts, (*MATCHES, "has", "lacks"), word),
        (flags, (*MATCHES,), word),
        ({"other"}, ("has",), word),
    ]
    forms = [
        f"{trie(names)} {literal(' ')} {trie(ops)} ({literal(' ')} {value})?"
        for names, ops, value in kinds
        if names
    ]
    return [f"need ::= ({' | '.join(forms)}) ({literal(WISH)})?", FIGURE, LETTER]
