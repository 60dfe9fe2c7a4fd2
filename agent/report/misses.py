"""What did not make it: might-fits with what is unknown, the ruled out with why, and the nearest misses.

Where nothing fits it also says what each hard need costs. Everything is computed from records.
"""

from collections.abc import Sequence
from typing import NamedTuple

from agent.desk import Desk
from agent.ledger import Need, SeenProduct, numeric
from agent.observe import price_text
from agent.plan import number_text
from agent.report.comparison import cell
from agent.report.facts import cite
from agent.report.record import Candidate, Relaxation
from index.conditions import Condition, Op, Verdict, in_words
from index.product import Product
from index.search import SearchRequest
from index.text.units import unit_text

MOST = 10
NEAREST = 5
LOOKED_AT = 40
"""Hits among which those with an unknown value are looked for."""

_OPPOSITE = {
    Op.AT_MOST: Op.AT_LEAST,
    Op.AT_LEAST: Op.AT_MOST,
    Op.IS: Op.IS_NOT,
    Op.IS_NOT: Op.IS,
    Op.HAS: Op.LACKS,
    Op.LACKS: Op.HAS,
}


class PassedOver(NamedTuple):
    """What is no pick."""

    might_fit: tuple[Candidate, ...]
    nearest: tuple[Candidate, ...]
    """Nearest misses, where there is no pick; beside picks they stand first among the ruled out."""
    ruled_out: tuple[Candidate, ...]


def passed_over(desk: Desk, *, beside_picks: bool) -> PassedOver:
    """What might fit, what just misses and what is ruled out.

    Searches leave out what does not fit, so a few that miss or leave open only one need are looked for here
    and entered in the evidence.
    """
    seen = _ruled_out(desk)
    might_fit, nearest = _might_fit(desk), _nearest_misses(desk)
    near = {c.tag for c in nearest}
    rest = tuple(c for c in seen if c.tag not in near)
    return PassedOver(might_fit, (), nearest + rest) if beside_picks else PassedOver(might_fit, nearest, rest)


def _might_fit(desk: Desk) -> tuple[Candidate, ...]:
    """Products that no hard need speaks against, with what their records leave open."""
    open_ones = {p.id: p for p in [*desk.ranked(), *_open_on_one_need(desk)] if desk.fit(p).might_fit}
    wanted = [p for p in open_ones.values() if p.id not in desk.dismissed][:MOST]
    shown = [desk.evidence.quote_product(p) for p in wanted]
    return tuple(_candidate(s, _unknowns(s.record, desk)) for s in shown)


def _open_on_one_need(desk: Desk) -> list[Product]:
    query = desk.searched[-1] if desk.searched else ""
    found: list[Product] = []
    for need in _hard(desk):
        request = _request(need, desk, limit=LOOKED_AT).model_copy(update={"query": query, "sort": None})
        hits = [hit.product for hit in desk.index.search(request).hits]
        found += [p for p in hits if desk.fit(p).hard_unknown == (need.tag,)][:NEAREST]
    return found


def _unknowns(product: Product, desk: Desk) -> list[str]:
    unknown = desk.fit(product).hard_unknown
    return [f"{_silence(n, product)} ({need_name(n)})" for n in desk.needs if n.tag in unknown]


def _silence(need: Need, product: Product) -> str:
    """Why a need cannot be decided: the record says nothing, or says it in another currency."""
    asked, condition = product.price, need.condition
    if need.attribute == "price" and asked is not None and condition is not None:
        return f"it asks {asked.currency}, which is not compared with {condition.currency}"
    return f"its record gives no {_spoken(need)}"


def currency_advice(desk: Desk) -> str:
    """What to say where a hard limit of price has a currency that nothing asks which was seen; else empty."""
    asked = {offer.price.currency for product in desk.ranked() for offer in product.offers}
    bounds = (n.condition for n in desk.needs if n.hard and n.attribute == "price")
    limits = {bound.currency for bound in bounds if bound and bound.currency}
    if not asked or not limits or asked & limits:
        return ""
    currencies = " or ".join(sorted(asked))
    return f"Prices here are in {currencies}: say the limit in {currencies} to have them compared."


def need_name(need: Need) -> str:
    """A need by its tag and meaning."""
    return f"{need.tag}: {in_words(need.bound)}"


def _spoken(need: Need) -> str:
    return in_words(need.attribute)


def _ruled_out(desk: Desk) -> list[Candidate]:
    """Every product seen that misses a hard need or that the person put aside."""
    missing = [s for s in _wanted(desk) if desk.fit(s.record).hard_unmet]
    unwanted = [s for s in desk.evidence.products() if s.record.id in desk.dismissed]
    return [_candidate(s, _reasons(s.record, desk)) for s in missing] + [
        _candidate(s, ["you asked to leave it out"]) for s in unwanted
    ]


def _reasons(product: Product, desk: Desk) -> list[str]:
    unmet = desk.fit(product).hard_unmet
    return [_shortfall(n, product) for n in desk.needs if n.tag in unmet]


def _wanted(desk: Desk) -> list[SeenProduct]:
    seen = {s.record.id: s for s in desk.evidence.products()}
    return [seen[p.id] for p in desk.ranked()]


def _candidate(seen: SeenProduct, reasons: Sequence[str]) -> Candidate:
    return Candidate(
        tag=seen.tag,
        title=seen.record.title,
        price=price_text(seen.record),
        cite=cite(seen),
        reasons=tuple(reasons),
    )


def _nearest_misses(desk: Desk) -> tuple[Candidate, ...]:
    """The products that miss the fewest hard needs by the least, also such as no search has shown."""
    products = {p.id: p for p in [*desk.ranked(), *_without_one_need(desk)] if p.id not in desk.dismissed}
    missing = [p for p in products.values() if desk.fit(p).hard_unmet]
    ordered = sorted(missing, key=lambda p: (_violation(p, desk), p.id))[:NEAREST]
    shown = [desk.evidence.quote_product(p) for p in ordered]
    return tuple(_candidate(s, _reasons(s.record, desk) + _unknowns(s.record, desk)) for s in shown)


def _hard(desk: Desk) -> list[Need]:
    return [n for n in desk.needs if n.hard and n.condition is not None]


def _without_one_need(desk: Desk) -> list[Product]:
    """For each hard need, products that miss it and meet all others, those nearest to the limit first."""
    found = []
    for need in _hard(desk):
        request = _request(need, desk, limit=2 * NEAREST)
        missing = (*request.conditions, *_opposite(need))
        hits = desk.index.search(request.model_copy(update={"conditions": missing})).hits
        found += [hit.product for hit in hits]
    return found


def _opposite(need: Need) -> tuple[Condition, ...]:
    """The condition of what misses a need; a limit's own value is in both."""
    if need.condition is None:
        return ()
    return (need.condition.model_copy(update={"op": _OPPOSITE[need.condition.op]}),)


def _request(left_out: Need, desk: Desk, limit: int) -> SearchRequest:
    rest = tuple(n.condition for n in _hard(desk) if n is not left_out and n.condition is not None)
    condition = left_out.condition
    numbered = condition is not None and condition.op in (Op.AT_MOST, Op.AT_LEAST)
    sort = (left_out.attribute, condition.op is Op.AT_LEAST) if numbered and condition is not None else None
    path = desk.category.path if desk.category else ()
    return SearchRequest(query="", category=path, conditions=rest, sort=sort, limit=limit)


def _violation(product: Product, desk: Desk) -> tuple[float, ...]:
    """Hard needs missed, those unknown, and the sum of the shares by which numbers miss."""
    fit = desk.fit(product)
    shares = [_share(n, product) for n in _hard(desk) if n.tag in fit.hard_unmet]
    return (len(fit.hard_unmet), len(fit.hard_unknown), sum(shares), -fit.soft_met)


def _share(need: Need, product: Product) -> float:
    gap, limit = _gap(need, product), need.condition.number if need.condition else None
    return 1.0 if gap is None or not limit else min(abs(gap / limit), 10.0)


def _gap(need: Need, product: Product) -> float | None:
    """By how much a number misses its limit, in the limit's unit; None where no number decides."""
    number = product.rating if need.attribute == "rating" else numeric(need.attribute, product)
    limit = need.condition.number if need.condition else None
    if number is None or limit is None or need.condition is None or need.condition.unit:
        return None
    return number - limit


def _shortfall(need: Need, product: Product) -> str:
    """Why a product misses a need: "price is 23.00 USD, 3 USD over the limit (N1: price <= 20 USD)"."""
    said = cell(need.attribute, SeenProduct(tag="", record=product))
    gap = _gap(need, product)
    if gap is None or need.condition is None or need.condition.op not in (Op.AT_MOST, Op.AT_LEAST):
        return f"{_spoken(need)} is {said.text} ({need_name(need)})"
    by_how_much = f"{number_text(abs(gap))} {unit_text(said.unit)}".strip()
    side = "over" if gap > 0 else "short of"
    return f"{_spoken(need)} is {said.text}, {by_how_much} {side} the limit ({need_name(need)})"


def relaxations(desk: Desk) -> tuple[Relaxation, ...]:
    """What giving way on each hard need alone would bring, the most first."""
    hard = _hard(desk)
    found = []
    for need in hard:
        rest = [n.condition for n in hard if n is not need and n.condition is not None]
        count = desk.count(rest)
        nearest = _first_in(need, desk) if count else ""
        found.append(
            Relaxation(need=need.tag, bound=need.bound.replace("_", " "), products=count, nearest=nearest)
        )
    return tuple(sorted(found, key=lambda r: (-r.products, r.need)))


def _first_in(need: Need, desk: Desk) -> str:
    if need.condition is None or need.condition.op not in (Op.AT_MOST, Op.AT_LEAST):
        return ""
    hits = desk.index.search(_request(need, desk, limit=1)).hits
    decided = bool(hits) and desk.fit(hits[0].product).verdicts.get(need.tag) is Verdict.UNMET
    return cell(need.attribute, SeenProduct(tag="", record=hits[0].product)).text if decided else ""
