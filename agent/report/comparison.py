"""The comparison table and the needs matrix: the same rows for every product, decided and copied by code."""

from collections import Counter
from collections.abc import Sequence

from agent.desk import Desk
from agent.ledger import Fit, Need, SeenProduct, rank
from agent.report.facts import UnknownFieldError, cite, fact
from agent.report.record import Candidate, Cell, Column, NeedRow, ReportPick, Row, Standing

MOST_COLUMNS = 8
WIDEST = 10
"""Columns where there are more picks than that: a wider table is read by nobody."""
MOST_ROWS = 14


def compared(picks: Sequence[ReportPick], nearest: Sequence[Candidate], desk: Desk) -> list[SeenProduct]:
    """The products to compare: picks, then others that fit, then those that might, then nearest misses."""
    picked = [p.tag for p in picks]
    seen = {s.tag: s for s in desk.evidence if isinstance(s, SeenProduct)}
    wanted = (s.record for s in seen.values() if s.record.id not in desk.dismissed)
    ranked = [desk.evidence.tag_of(p) for p in rank(desk.needs, wanted)]
    hopeful = [t for t in ranked if t not in picked and not desk.fit(seen[t].record).hard_unmet]
    # Without a pick, half of the table is left for the nearest misses.
    hopeful = hopeful if picked else hopeful[: MOST_COLUMNS // 2]
    chosen = [*picked, *hopeful, *(c.tag for c in nearest)]
    return [seen[tag] for tag in chosen[: min(max(MOST_COLUMNS, len(picked)), WIDEST)]]


def columns(products: Sequence[SeenProduct], picks: Sequence[ReportPick], desk: Desk) -> tuple[Column, ...]:
    """The heads of the table."""
    roles = {p.tag: p.role for p in picks}
    return tuple(
        Column(
            tag=s.tag,
            title=s.record.title,
            cite=cite(s),
            standing=standing(desk.fit(s.record)),
            role=roles.get(s.tag),
        )
        for s in products
    )


def standing(fit: Fit) -> Standing:
    """How a product stands to the hard needs, in words."""
    return "fits" if fit.fits else "might fit" if fit.might_fit else "misses"


def rows(products: Sequence[SeenProduct], desk: Desk) -> tuple[Row, ...]:
    """Price and rating, then what the needs ask for, then what most of the products give."""
    asked = [n.attribute for n in desk.needs if n.attribute not in ("other", "title", "category")]
    given = Counter(a.name for s in products for a in s.record.attributes)
    common = [name for name, _ in given.most_common()]
    names = list(dict.fromkeys(["price", "rating", *asked, "brand", *common]))[:MOST_ROWS]
    table = [_row(name, products) for name in names]
    return tuple(row for row in table if any(cell.known for cell in row.cells))


def _row(name: str, products: Sequence[SeenProduct]) -> Row:
    cells = tuple(cell(name, seen) for seen in products)
    return Row(name=name, cells=cells, differs=len({c.text.casefold() for c in cells}) > 1)


def cell(name: str, seen: SeenProduct) -> Cell:
    """What a product says under a name, or that it does not."""
    try:
        said = fact(seen, name)
    except UnknownFieldError:
        return Cell(text="unknown", known=False, cite=cite(seen))
    return Cell(text=said.text, number=said.number, unit=said.unit, cite=said.cite)


def needs(products: Sequence[SeenProduct], desk: Desk) -> tuple[NeedRow, ...]:
    """The needs ledger against the compared products, the hard needs first."""
    ordered = sorted(desk.needs, key=lambda n: not n.hard)
    return tuple(_need_row(need, products, desk) for need in ordered)


def _need_row(need: Need, products: Sequence[SeenProduct], desk: Desk) -> NeedRow:
    decidable = need.condition is not None or need.attribute != "other"
    return NeedRow(
        tag=need.tag,
        said=need.said,
        bound=need.bound,
        hard=need.hard,
        decidable=decidable,
        cells=tuple(_need_cell(need, s, desk) for s in products) if decidable else (),
    )


def _need_cell(need: Need, seen: SeenProduct, desk: Desk) -> Cell:
    verdict = desk.fit(seen.record).verdicts.get(need.tag)
    return cell(need.attribute, seen).model_copy(update={"verdict": verdict.value if verdict else ""})
