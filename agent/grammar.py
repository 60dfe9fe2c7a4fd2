"""The strict grammar of one step, built from what is really on the desk.

Only tools that make sense now, tags that were shown, attributes of the card and fields that a product has can
be written; picks can only be products that meet every hard need. All repetitions are bounded.
"""

from collections.abc import Iterable, Sequence
from typing import get_args

from agent.desk import Desk
from agent.ledger import Aim
from agent.plan import BUILT_IN, PARTED, WISH, PlanOp
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
LONGEST_PROSE = 16
"""References in one paragraph: a pick that is held against another one names each attribute twice."""
MOST_NEEDS = 12
MOST_COMPARED = 16

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
    needs = f"{COMMA} {_key('needs')} {QUOTE} (need {more})? {QUOTE}"
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
    """The model's sections; the code's sections are not written by anyone."""
    eligible = [desk.evidence.tag_of(p) for p in desk.eligible()]
    opened = [s.tag for s in desk.evidence.products(opened=True)]
    rules = [
        'report ::= "## Verdict\\n" prose "\\n## Picks\\n" picks'
        + (' ("## Trade-offs\\n" point{1,4})? ("## Reviews\\n" finding{1,10})?' if opened else ""),
        *_prose_rules(desk),
        'point ::= "- " prose "\\n"',
    ]
    if opened:
        rules.append(f'finding ::= "- [" {trie(opened)} "] " ("praise" | "complaint") ": " prose "\\n"')
    if eligible:
        tag = trie(eligible)
        rules.append("picks ::= pick-best pick{0,15}")
        rules.append(f'pick-best ::= "- best: [" {tag} "] " prose "\\n"')
        rules.append(f'pick ::= "- " ("budget" | "upgrade" | "also") ": [" {tag} "] " prose "\\n"')
    else:
        rules.append('picks ::= "- none\\n"')
    return rules


def _prose_rules(desk: Desk) -> list[str]:
    """Text with references in it, before it or after it; two may stand side by side."""
    forms = _references(desk)
    if not forms:
        return ["prose ::= text"]
    led, alone = f"text (reference text?){{0,{LONGEST_PROSE}}}", f"(reference text?){{1,{LONGEST_PROSE}}}"
    return [f"prose ::= {led} | {alone}", f"reference ::= {' | '.join(forms)}"]


def _references(desk: Desk) -> list[str]:
    """Fields of opened products, sentences of reviews and pages that were read, and citations of both."""
    opened = desk.evidence.products(opened=True)
    fields = [f"{s.tag}.{name}" for s in opened for name in field_names(s.record)]
    read = [(s.tag, s.record.sentences) for s in desk.evidence.reviews()]
    read += [(s.tag, s.record.sentences) for s in desk.evidence.pages(opened=True)]
    quotes = [f"{tag}.s{i}" for tag, sentences in read for i in range(1, min(len(sentences), 8) + 1)]
    cited = [s.tag for s in opened] + [tag for tag, _ in read]
    forms = []
    if fields or quotes:
        forms.append(f'"{{{{" {trie(fields + quotes)} "}}}}"')
    if cited:
        forms.append(f'"[" {trie(cited)} "]"')
    return forms


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
