"""A report as blocks for the screen: claims that carry their evidence, and tables whose cells do."""

from collections.abc import Container, Iterable, Iterator, Sequence

from agent.desk import Desk
from agent.observe import price_text, rating_text, shorten
from agent.report.facts import Cite, cite
from agent.report.lines import (
    coverage_lines,
    need_text,
    note_line,
    pick_facts,
    pick_notes,
    questions,
    relaxation_line,
    stale_together,
    stars_line,
    written_by,
)
from agent.report.markdown import LINE, ROLES, SIGNS, standing
from agent.report.record import Aspect, Candidate, Cell, Opinions, Passage, Report, ReportPick, Sentence
from agent.shortlist import NAMED
from index.text.sanitize import plain
from tui.shown import Block, Claim, Entry, Heading, Matrix

UNDER = " "
"""The mark of what belongs to the claim above it."""


def blocks(report: Report) -> Iterator[Block]:
    """The whole report, in the order in which its Markdown says it."""
    first, *later = questions(report)
    yield Heading(plain(first), level=1)
    yield from (Claim(f"Then: {plain(question)}") for question in later)
    yield Claim(plain(report.headline))
    yield from _said(report.verdict)
    yield from _section("Picks", _picks(report))
    hopes = [*_candidates("Might fit", report.might_fit), *_candidates("Nearest misses", report.nearest)]
    hopes += _section("What to relax", (Claim(plain(relaxation_line(r))) for r in report.relaxations))
    details = [*_tables(report), *_reviews(report), *_trade_offs(report)]
    yield from [*details, *hopes] if report.picks else [*hopes, *details]
    yield from _candidates(f"Ruled out ({report.ruled_out_count})", report.ruled_out)
    yield Heading("Coverage")
    yield from (Claim(plain(line)) for line in coverage_lines(report))
    yield from (Claim(plain(d.text), mark="left out", note=plain(d.reason)) for d in report.coverage.dropped)
    yield from _section("Sources", (_source(source.cite, source.title) for source in report.sources))
    yield Claim(plain(written_by(report)))


def found(desk: Desk) -> Iterator[Block]:
    """What was seen so far, best first, while the report is still to be written."""
    yield Heading("So far", level=1)
    for product in desk.ranked()[:NAMED]:
        seen, fit = desk.evidence.quote_product(product), desk.fit(product)
        mark = "fits" if fit.fits else "might fit" if fit.might_fit else "misses"
        said = f"{price_text(product)}, {rating_text(product)}"
        text = f"{plain(shorten(product.title, LINE))} [{seen.tag}]  {said}"
        yield Claim(text, (cite(seen),), seen.tag, mark)


def _section(title: str, claims: Iterable[Block]) -> Iterator[Block]:
    inside = list(claims)
    if inside:
        yield Heading(title)
        yield from inside


def _said(passage: Passage, mark: str = "", tag: str = "") -> Iterator[Claim]:
    """A claim for each sentence."""
    for sentence in passage:
        cites = _cites(sentence)
        yield Claim(_prose(sentence), cites, tag or _only(cites), mark)


def _prose(sentence: Sentence) -> str:
    shown = {"citation": "[{}]", "quote": "“{}”"}
    return plain("".join(shown.get(phrase.kind, "{}").format(phrase.text) for phrase in sentence)).strip()


def _cites(sentence: Sentence) -> tuple[Cite, ...]:
    return tuple(dict.fromkeys(phrase.cite for phrase in sentence if phrase.cite))


def _only(cites: Sequence[Cite]) -> str:
    tags = {cite.tag for cite in cites if cite.kind == "product"}
    return tags.pop() if len(tags) == 1 else ""


def _picks(report: Report) -> Iterator[Claim]:
    told = stale_together(report)
    for pick in report.picks:
        yield from _pick(pick, told)
    for each, picks in told.items():
        tags = " ".join(f"[{pick.tag}]" for pick in picks)
        yield Claim(f"Stale: {plain(each)} {tags}.", tuple(pick.cite for pick in picks))


def _pick(pick: ReportPick, told: Container[str]) -> Iterator[Claim]:
    facts = ", ".join(map(plain, pick_facts(pick)))
    title = f"{plain(shorten(pick.title, LINE))} [{pick.tag}]"
    yield Claim(f"{title}  {facts}".strip(), (pick.cite,), pick.tag, ROLES[pick.role])
    yield from _said(pick.reason, UNDER, pick.tag)
    cited = pick.history.cite if pick.history else pick.cite
    yield from (Claim(f"{plain(note)}.", (cited,), pick.tag, UNDER) for note in pick_notes(pick, told))


def _tables(report: Report) -> Iterator[Block]:
    heads = tuple((column.tag, plain(column.title)) for column in report.columns)
    if report.rows:
        stand = ("", tuple(Entry(standing(c), "", (c.cite,)) for c in report.columns))
        rows = [
            (f"{plain(row.name.replace('_', ' '))}{' ≠' if row.differs else ''}", _entries(row.cells))
            for row in report.rows
        ]
        yield Heading("Comparison")
        yield Matrix("≠ marks differences", heads, (stand, *rows))
    decided = [need for need in report.needs if need.decidable]
    if decided and heads:
        yield Heading("Your needs")
        yield Matrix("need", heads, tuple((plain(need_text(n)), _entries(n.cells)) for n in decided))
    yield from (Claim(f"No record decides: {plain(n.bound)}.") for n in report.needs if not n.decidable)


def _entries(cells: Sequence[Cell]) -> tuple[Entry, ...]:
    return tuple(
        Entry(f"{SIGNS[cell.verdict]} {plain(cell.text)}".strip(), cell.verdict, (cell.cite,))
        for cell in cells
    )


def _reviews(report: Report) -> Iterator[Block]:
    reviewed = [(pick, pick.opinions) for pick in report.picks if pick.opinions]
    if reviewed:
        yield Heading("Reviews")
    for pick, opinions in reviewed:
        yield Heading(f"{plain(shorten(pick.title, LINE))} [{pick.tag}]", level=3)
        yield Claim(plain(stars_line(opinions)), (pick.cite,), pick.tag)
        yield from _opinions(opinions, pick.tag)


def _opinions(opinions: Opinions, tag: str) -> Iterator[Claim]:
    yield from (_aspect(aspect, "praised", tag) for aspect in opinions.praised)
    yield from (_aspect(aspect, "criticised", tag) for aspect in opinions.criticised)
    for remark in opinions.remarks:
        yield from _said(remark.passage, remark.polarity, tag)
    yield from (Claim(plain(note_line(note)), (), tag) for note in opinions.notes)


def _aspect(aspect: Aspect, mark: str, tag: str) -> Claim:
    many = f"{aspect.reviews} review{'' if aspect.reviews == 1 else 's'}"
    quote = aspect.quote
    text = f"{plain(aspect.name)} ({many})" + (f": “{plain(quote.text)}”" if quote else "")
    return Claim(text, (quote.cite,) if quote and quote.cite else (), tag, mark)


def _trade_offs(report: Report) -> Iterator[Block]:
    yield from _section("Trade-offs", (c for passage in report.trade_offs for c in _said(passage)))


def _candidates(title: str, candidates: Sequence[Candidate]) -> list[Block]:
    claims = (
        Claim(
            f"{plain(shorten(c.title, LINE))} [{c.tag}], {plain(c.price)}: {plain('; '.join(c.reasons))}",
            (c.cite,),
            c.tag,
        )
        for c in candidates
    )
    return list(_section(title, claims))


def _source(cite: Cite, title: str) -> Claim:
    tag = cite.tag if cite.kind == "product" else ""
    return Claim(f"[{cite.tag}] {plain(shorten(title, LINE))}", (cite,), tag)
