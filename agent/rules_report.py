"""The report text that the rules write: plain sentences around field references, as a model writes them."""

from collections import Counter
from collections.abc import Sequence
from typing import get_args

from agent.desk import Desk
from agent.ledger import Aim, Need, numeric, steady_rating
from agent.observe import attribute_text
from agent.report.draft import Polarity
from agent.report.opinions import on_side
from agent.report.wishes import on_wishes, wishes_that
from agent.shortlist import answers, budget_pick
from index.conditions import Op, Verdict
from index.product import Product

ARGUED = 5
"""Picks with a reason of their own; what comes after them is named with one clause each."""

WORTH = 0.1
"""How much further on a wish, as a share, something dearer must be to offer more."""


def write_report(desk: Desk) -> str:
    """The model's sections; code adds tables, matrix, coverage and sources."""
    fitting = answers(desk)
    sections = [f"## Verdict\n{_verdict(fitting, desk)}", f"## Picks\n{_picks(fitting, desk)}"]
    trade_offs = _trade_offs(fitting, desk) if len(fitting) > 1 else ""
    if trade_offs:
        sections.append(f"## Trade-offs\n{trade_offs}")
    findings = _findings(fitting[:4], desk)
    if findings:
        sections.append(f"## Reviews\n{findings}")
    return "\n".join(sections) + "\n"


def _verdict(fitting: Sequence[Product], desk: Desk) -> str:
    if not fitting:
        return "Nothing in this catalogue is known to meet every need; the nearest misses are listed below."
    tag = desk.evidence.tag_of(fitting[0])
    price = f" at {_field(tag, 'price')}" if fitting[0].price else ""
    others = "the only one found that meets every hard need" if len(fitting) == 1 else "the best fit"
    return f"{_field(tag, 'title')}{price} is {others} [{tag}]."


def _picks(fitting: Sequence[Product], desk: Desk) -> str:
    if not fitting:
        return "- none"
    roles = _roles(fitting, desk)
    lines = []
    for place, product in enumerate(fitting):
        tag = desk.evidence.tag_of(product)
        role = roles.get(product.id, "also")
        named = place >= ARGUED and role == "also"
        reason = (
            _clause(product, fitting[0], desk) if named else _reason(product, tag, role, fitting[0], desk)
        )
        lines.append(f"- {role}: [{tag}] {reason}")
    return "\n".join(lines)


def _roles(fitting: Sequence[Product], desk: Desk) -> dict[str, str]:
    """Best is the first; budget the cheapest as good on the wishes; upgrade a dearer one that offers more."""
    best = fitting[0]
    roles = {best.id: "best"}
    cheaper = budget_pick(fitting, desk)
    if cheaper is not None:
        roles[cheaper.id] = "budget"
    priced = [p for p in fitting[1:] if p.price and best.price and p.price.currency == best.price.currency]
    dearer = [p for p in priced if _amount(p) > _amount(best) and _offers_more(p, best, desk)]
    if dearer:
        roles[max(dearer, key=lambda p: _worth(p, desk)).id] = "upgrade"
    return roles


def _worth(product: Product, desk: Desk) -> tuple[float, ...]:
    """How much a product offers of what was wished for: wishes met, how far, rating; then the lower price."""
    far = [
        (-1 if n.condition.op is Op.AT_MOST else 1) * (numeric(n.attribute, product) or 0.0)
        for n in desk.needs
        if not n.hard and n.condition and n.condition.number is not None
    ]
    return (desk.fit(product).soft_met, *far, steady_rating(product), -_amount(product))


def _amount(product: Product) -> float:
    return product.price.amount if product.price else float("inf")


def _offers_more(product: Product, than: Product, desk: Desk) -> bool:
    """Whether it answers a wish better: more of them, further on one of them, or better rated."""
    if desk.fit(product).soft_met != desk.fit(than).soft_met:
        return desk.fit(product).soft_met > desk.fit(than).soft_met
    wishes = [n for n in desk.needs if not n.hard and n.condition and n.condition.number is not None]
    if wishes:
        return any(_further(n, product, than) for n in wishes)
    return steady_rating(product) > steady_rating(than)


def _further(need: Need, product: Product, than: Product) -> bool:
    one, two = numeric(need.attribute, product), numeric(need.attribute, than)
    if one is None or two is None or need.condition is None:
        return False
    gain = two - one if need.condition.op is Op.AT_MOST else one - two
    return gain > WORTH * abs(two)


def _reason(product: Product, tag: str, role: str, best: Product, desk: Desk) -> str:
    """Why a product is picked: the best for what was asked, the others for how they differ from it."""
    asked = _asked(product, desk)
    if role == "best":
        must = {n.attribute for n in desk.needs if n.hard}
        opening = "Meets every hard need" if must else "Comes first of what was found"
        met = _listed(tag, [name for name in asked if name in must], desk)
        wished = _listed(tag, [name for name in asked if name not in must], desk)
        also = f" On your wishes: {wished}." if wished else ""
        missed = wishes_that(product, Verdict.UNMET, desk, _reference)
        lack = f" It misses the wish on {missed}." if missed else ""
        return f"{opening}{f': {met}' if met else ''}.{also}{lack}"
    opening = {"budget": "Asks less and still fits. ", "upgrade": "Asks more and offers more. "}.get(role, "")
    wishes = on_wishes(product, desk, _reference)
    told = f" It {wishes}." if wishes else ""
    return f"{opening}{_differences(product, best, asked, desk)}{told}"


def _clause(product: Product, best: Product, desk: Desk) -> str:
    """One thing on which a pick far down differs from the best, its price, and its wishes."""
    tag = desk.evidence.tag_of(product)
    differing = [n for n in _asked(product, desk) if _said(product, n) != _said(best, n)]
    told = _listed(tag, differing[:1], desk) or "Fits too"
    price = f" at {_field(tag, 'price')}" if product.price else ""
    wishes = on_wishes(product, desk, _reference)
    return f"{told}{price}{f'; it {wishes}' if wishes else ''}."


def _listed(tag: str, names: Sequence[str], desk: Desk) -> str:
    """Fields with their names, in a row."""
    needs = [_need(name, desk) for name in names]
    return ", ".join(f"{_name(need)} {_field(tag, need)}" for need in needs)


def _need(attribute: str, desk: Desk) -> str:
    """The tag of the first need that asks for an attribute."""
    return next(need.tag for need in desk.needs if need.attribute == attribute)


def _name(need: str) -> str:
    """A reference that code replaces by the name of what a need asks for."""
    return f"{{{{{need}}}}}"


def _reference(need: Need) -> str:
    return _name(need.tag)


def _asked(product: Product, desk: Desk) -> list[str]:
    """What the needs ask for and the record tells; the price stands beside every pick anyway."""
    asked = dict.fromkeys(n.attribute for n in desk.needs if n.attribute not in ("other", "price", "title"))
    told = [name for name in asked if name in ("rating", "brand") or product.attribute(name)]
    return [name for name in told if _given(product, name)]


def _differences(product: Product, best: Product, asked: Sequence[str], desk: Desk) -> str:
    """Where it differs from the best pick on what was asked; both values are copied by code."""
    one, two = desk.evidence.tag_of(product), desk.evidence.tag_of(best)
    told = _asked(best, desk)
    needs = {name: _need(name, desk) for name in (*asked, *told)}
    parts = [
        f"{_name(needs[name])} {_field(one, needs[name])} against {_field(two, needs[name])}"
        for name in asked
        if name in told and _said(product, name) != _said(best, name)
    ]
    alone = _listed(one, [name for name in asked if name not in told], desk)
    more = f" It tells {alone}, on which [{two}] is silent." if alone else ""
    unsaid = [_name(need) for name, need in needs.items() if name not in asked]
    silence = f" Its record does not say {' or '.join(unsaid)}." if unsaid else ""
    if not parts:
        return f"{more}{silence}".strip() or f"The same as [{two}] on what you asked."
    return f"{', '.join(parts)} of [{two}].{more}{silence}"


def _said(product: Product, name: str) -> str | float | None:
    """What a record says under a name, as it compares with another's."""
    if name in ("brand", "rating"):
        return product.brand.casefold() if name == "brand" else product.rating
    attribute = product.attribute(name)
    return attribute_text(attribute).casefold() if attribute is not None else None


def _given(product: Product, name: str) -> bool:
    return (name != "brand" or bool(product.brand)) and (name != "rating" or product.rating is not None)


def _field(tag: str, name: str) -> str:
    """A reference that code replaces by the record's own text."""
    return f"{{{{{tag}.{name}}}}}"


def _trade_offs(fitting: Sequence[Product], desk: Desk) -> str:
    best, other = fitting[0], fitting[1]
    first, second = desk.evidence.tag_of(best), desk.evidence.tag_of(other)
    lines = []
    if best.price and other.price:
        lines.append(f"- [{first}] asks {_field(first, 'price')}, [{second}] asks {_field(second, 'price')}.")
    for name in dict.fromkeys(n.attribute for n in desk.needs if _differ(n, best, other)):
        need = _need(name, desk)
        one, two = _field(first, need), _field(second, need)
        lines.append(f"- On {_name(need)}: {one} [{first}] against {two} [{second}].")
    return "\n".join(lines[:4])


def _differ(need: Need, first: Product, second: Product) -> bool:
    if need.attribute in ("price", "other", "brand", "title") or (
        need.aim is Aim.LIMIT and not need.condition
    ):
        return False
    one, two = numeric(need.attribute, first), numeric(need.attribute, second)
    return one is not None and two is not None and one != two


def _findings(products: Sequence[Product], desk: Desk) -> str:
    """For each product what its reviews praise and what they fault most, with one quote each."""
    lines = []
    for product in products:
        tag = desk.evidence.tag_of(product)
        for polarity in get_args(Polarity):
            quote = _quote(product, polarity, desk)
            if quote:
                lines.append(f"- [{tag}] {polarity}: {quote}")
    return "\n".join(lines)


def _quote(product: Product, polarity: Polarity, desk: Desk) -> str:
    """The commonest aspect of that polarity among the reviews read, with a sentence that says it."""
    read = desk.evidence.reviews(product.id)
    label = "positive" if polarity == "praise" else "negative"
    said = [(s, a) for s in read for a in s.record.aspects if a.polarity == label and a.sentence is not None]
    if said:
        commonest, _ = Counter(a.name for _, a in said).most_common(1)[0]
        seen, aspect = next((s, a) for s, a in said if a.name == commonest)
        sentence = aspect.sentence or 0
        return f"{_field(seen.tag, f's{sentence + 1}')} [{seen.tag}]"
    for seen in read:
        if seen.record.sentences and on_side(polarity, seen.record, 1):
            return f"{_field(seen.tag, 's1')} [{seen.tag}]"
    return ""
