"""The grammar of what a report says of needs, as the ledger has it.

A value stands behind the name of its own need, or alone; it is held against another product's only where the
two differ. That a product meets, misses or does not tell a need can be said of those that it does.
"""

from agent.desk import Desk
from agent.ledger import Need, SeenProduct
from agent.report.facts import fact, field_names
from index.conditions import Verdict
from models.gbnf import literal, some, trie

CLAIMS = {
    "fulfils": "meets ",
    "silent": "does not say ",
    "pleases": "meets the wish on ",
    "lacks": "misses the wish on ",
}
"""What is said of needs by their names alone: of hard ones met, unsaid ones, wishes met and wishes missed."""
AGAINST = " against "
RIVALS = 6
"""Opened products, best first, against whose values others' are held."""
_BETWEEN, _AND = literal(", "), '(", " | " and " | " or ")'


def told_rules(seen: SeenProduct, desk: Desk) -> tuple[list[str], dict[str, str]]:
    """What can be said of the needs by one product: rules, and the name of the first rule of each kind.

    `told` lists values in the order of the ledger, `must` and `wished` those of its hard and its soft needs,
    `alone` those of which another product says nothing; `CLAIMS` has the others. A kind is left out where
    nothing is to be said.
    """
    told = _told(seen, desk)
    rules = [f"{_value(seen, need)} ::= {_with_name(seen, need, desk)}" for need in told]
    names: dict[str, str] = {}
    for kind, needs in _lists(told, desk).items():
        if needs:
            names[kind] = f"{kind}-{seen.tag}-0"
            rules += some(f"{kind}-{seen.tag}", [_value(seen, need) for need in needs], _BETWEEN)
    for kind, needs in _claims(seen, desk).items():
        if needs:
            names[kind] = f"{kind}-{seen.tag}"
            rules.append(f"{names[kind]} ::= {literal(CLAIMS[kind])} {names[kind]}-0")
            rules += some(names[kind], [_name(need) for need in needs], _AND)
    return rules, names


def _lists(told: list[Need], desk: Desk) -> dict[str, list[Need]]:
    silent = {need.tag for seen in _rivals(desk) for need in desk.needs if need not in _told(seen, desk)}
    return {
        "told": told,
        "must": [need for need in told if need.hard],
        "wished": [need for need in told if not need.hard],
        "alone": [need for need in told if need.tag in silent],
    }


def held_rules(desk: Desk) -> tuple[list[str], list[str]]:
    """Values of the best products, each alone or held against another's: rules, and their names."""
    rules, names = [], []
    for need in desk.needs:
        values = [
            f"{_field(seen, need)} ({literal(f' [{seen.tag}]')})? {_against(seen, need, desk)}".strip()
            for seen in _rivals(desk)
            if need in _told(seen, desk)
        ]
        if values:
            names.append(f"held-{need.tag}")
            rules.append(f"{names[-1]} ::= ({_name(need)} {literal(': ')})? ({' | '.join(values)})")
    return rules, names


def _rivals(desk: Desk) -> list[SeenProduct]:
    """The best opened products."""
    opened = {seen.record.id: seen for seen in desk.evidence.products(opened=True)}
    return [opened[product.id] for product in desk.ranked(opened=True)[:RIVALS]]


def _told(seen: SeenProduct, desk: Desk) -> list[Need]:
    """The needs whose value a record tells; no two titles are alike, so none tells anything."""
    known = field_names(seen.record)
    return [need for need in desk.needs if need.attribute in known and need.attribute != "title"]


def _with_name(seen: SeenProduct, need: Need, desk: Desk) -> str:
    return f"({_name(need)} {literal(' ')})? {_field(seen, need)} {_against(seen, need, desk)}".strip()


def _against(seen: SeenProduct, need: Need, desk: Desk) -> str:
    """Another product's value of the same need, where it is another one; empty where there is none."""
    own = fact(seen, need.attribute).text.casefold()
    differing = [
        f"{other.tag}.{need.tag}"
        for other in _rivals(desk)
        if need.attribute in field_names(other.record) and fact(other, need.attribute).text.casefold() != own
    ]
    return f"({literal(AGAINST + '{{')} {trie(differing)} {literal('}}')})?" if differing else ""


def _claims(seen: SeenProduct, desk: Desk) -> dict[str, list[Need]]:
    verdicts = desk.fit(seen.record).verdicts
    known = field_names(seen.record)
    named = [need for need in desk.needs if need.attribute != "other"]
    met = [need for need in named if verdicts.get(need.tag) is Verdict.MET]
    missed = [need for need in named if verdicts.get(need.tag) is Verdict.UNMET]
    return {
        "fulfils": [need for need in met if need.hard],
        "silent": [need for need in named if need.attribute not in known],
        "pleases": [need for need in met if not need.hard],
        "lacks": [need for need in missed if not need.hard],
    }


def _value(seen: SeenProduct, need: Need) -> str:
    return f"value-{seen.tag}-{need.tag}"


def _field(seen: SeenProduct, need: Need) -> str:
    return literal(f"{{{{{seen.tag}.{need.tag}}}}}")


def _name(need: Need) -> str:
    return literal(f"{{{{{need.tag}}}}}")
