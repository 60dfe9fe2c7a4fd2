"""The report as one HTML page: own style inline, no script, nothing loaded, evidence behind every tag.

All text goes through `_text`, the one place where it is escaped.
"""

from base64 import b64encode
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files

from agent.observe import shorten
from agent.report.facts import Cite
from agent.report.lines import (
    coverage_lines,
    heard_lines,
    need_text,
    note_line,
    pick_facts,
    questions,
    relaxation_line,
    stale_together,
    stars_line,
    written_by,
)
from agent.report.markdown import ROLES, SIGNS, standing
from agent.report.record import (
    Aspect,
    Candidate,
    Cell,
    Opinions,
    Passage,
    Phrase,
    PriceHistory,
    Report,
    ReportPick,
    Source,
)
from index.text.sanitize import plain

TITLE = 90
"""Characters of a title beside other things."""
WIDTH, HEIGHT = 240, 44
"""Size of a price curve in pixels."""


def html(report: Report) -> str:
    """The whole page."""
    style = files("tui").joinpath("report.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    title = _text(questions(report)[0])
    details, hopes = [*_tables(report), *_details(report)], list(_hopes(report))
    middle = [*details, *hopes] if report.picks else [*hopes, *details]
    body = "\n".join([*_head(report, title), *middle, *_ruled_out(report), *_ground(report)])
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _text(text: str) -> str:
    return escape(plain(text), quote=True)


def _tag(tag: str) -> str:
    return f'<a class="tag" href="#{_text(tag)}">{_text(tag)}</a>'


def _where(cite: Cite) -> str:
    return _text(f"{cite.tag}: {cite.file} row {cite.row}, seen {cite.seen}")


def _passage(passage: Passage) -> str:
    return " ".join("".join(map(_phrase, sentence)) for sentence in passage)


def _phrase(phrase: Phrase) -> str:
    if phrase.kind == "citation":
        return _tag(phrase.text)
    if phrase.cite is None:
        # Blanks at the ends part it from its neighbours.
        return f"{' ' * phrase.text[:1].isspace()}{_text(phrase.text)}{' ' * phrase.text[-1:].isspace()}"
    return f'<span class="{phrase.kind}" title="{_where(phrase.cite)}">{_text(phrase.text)}</span>'


def _section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    shown = list(lines)
    if shown:
        yield f"<section><h2>{heading}</h2>"
        yield from shown
        yield "</section>"


def _listed(items: Iterable[str]) -> Iterator[str]:
    shown = [f"<li>{item}</li>" for item in items]
    if shown:
        yield f"<ul>{''.join(shown)}</ul>"


def _head(report: Report, title: str) -> Iterator[str]:
    yield f"<header><h1>{title}</h1>"
    yield from (f"<p>Then: {_text(question)}</p>" for question in questions(report)[1:])
    yield f'<p class="headline">{_text(report.headline)}</p>'
    if report.verdict:
        yield f'<p class="verdict">{_passage(report.verdict)}</p>'
    yield f'<p class="author">{_text(written_by(report))}</p></header>'
    told = stale_together(report)
    yield from _section("Picks", [*(_pick(p, told) for p in report.picks), *_stale(told)])


def _stale(told: Mapping[str, Sequence[ReportPick]]) -> Iterator[str]:
    for each, picks in told.items():
        tags = " ".join(_tag(pick.tag) for pick in picks)
        yield f'<p class="facts">Stale: {_text(each)} {tags}</p>'


def _hopes(report: Report) -> Iterator[str]:
    yield from _section("Might fit", _listed(map(_candidate, report.might_fit)))
    yield from _section("Nearest misses", _listed(map(_candidate, report.nearest)))
    yield from _section("What to relax", _listed(_text(relaxation_line(r)) for r in report.relaxations))


def _pick(pick: ReportPick, told: Container[str]) -> str:
    facts = " · ".join(map(_text, pick_facts(pick)))
    reason = f"<p>{_passage(pick.reason)}</p>" if pick.reason else ""
    history = _history(pick.history) if pick.history else ""
    apart = [each for each in pick.stale if each not in told]
    stale = f'<p class="facts">Stale: {_text("; ".join(apart))}</p>' if apart else ""
    return (
        f'<article class="{pick.role}"><h3><span class="role">{ROLES[pick.role]}</span> {_text(pick.title)} '
        f'{_tag(pick.tag)}</h3><p class="facts">{facts}</p>{reason}{history}{stale}</article>'
    )


def _history(history: PriceHistory) -> str:
    return f'<div class="history">{_curve(history)}<span>{_text(history.sentence)}</span></div>'


def _curve(history: PriceHistory) -> str:
    """Price over time as a line; the last point is marked."""
    days = [p.day.toordinal() for p in history.points]
    amounts = [p.amount for p in history.points]
    span, height = max(1, days[-1] - days[0]), max(amounts) - min(amounts) or 1.0
    places = [
        (4 + (WIDTH - 8) * (d - days[0]) / span, 4 + (HEIGHT - 8) * (max(amounts) - a) / height)
        for d, a in zip(days, amounts, strict=True)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = places[-1]
    label = _text(f"Price from {history.points[0].day} to {history.points[-1].day}")
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{label}">'
        f'<polyline points="{line}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="3"/></svg>'
    )


def _tables(report: Report) -> Iterator[str]:
    heads = [
        f'<th scope="col">{_tag(c.tag)} {_text(shorten(c.title, TITLE))}'
        f"<small>{_text(standing(c))}</small></th>"
        for c in report.columns
    ]
    if report.rows:
        body = [
            _row(row.name.replace("_", " "), row.cells, "differs" if row.differs else "")
            for row in report.rows
        ]
        yield from _section("Comparison", [_table(heads, body), "<p>Marked rows differ.</p>"])
    decided = [_row(need_text(n), n.cells, "") for n in report.needs if n.decidable]
    table = [_table(heads, decided)] if decided and report.columns else []
    rest = [f"<p>No record decides: {_text(n.bound)}.</p>" for n in report.needs if not n.decidable]
    yield from _section("Your needs", [*table, *rest])


def _table(heads: Sequence[str], rows: Sequence[str]) -> str:
    return (
        f'<div class="wide"><table><thead><tr><td></td>{"".join(heads)}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(name: str, cells: Sequence[Cell], kind: str) -> str:
    shown = "".join(
        f'<td class="{c.verdict if c.verdict else "" if c.known else "unknown"}" title="{_where(c.cite)}">'
        f"{SIGNS[c.verdict]} {_text(c.text)}</td>"
        for c in cells
    )
    return f'<tr class="{kind}"><th scope="row">{_text(name)}</th>{shown}</tr>'


def _details(report: Report) -> Iterator[str]:
    reviewed = [(p, p.opinions) for p in report.picks if p.opinions]
    yield from _section("Reviews", (_opinions(p, o) for p, o in reviewed))
    yield from _section("Trade-offs", _listed(map(_passage, report.trade_offs)))


def _ruled_out(report: Report) -> Iterator[str]:
    more = report.ruled_out_count - len(report.ruled_out)
    ruled_out = [*map(_candidate, report.ruled_out), *([f"and {more} more"] if more > 0 else [])]
    yield from _section("Ruled out", _listed(ruled_out))


def _opinions(pick: ReportPick, opinions: Opinions) -> str:
    sides = [f'<li class="pro">{_aspect(a)}</li>' for a in opinions.praised]
    sides += [f'<li class="con">{_aspect(a)}</li>' for a in opinions.criticised]
    sides += [
        f'<li class="{"pro" if r.polarity == "praise" else "con"}">{_passage(r.passage)}</li>'
        for r in opinions.remarks
    ]
    sides += [f"<li>{_text(line)}</li>" for line in (*heard_lines(opinions), *map(note_line, opinions.notes))]
    head = f"<h3>{_text(pick.title)} {_tag(pick.tag)}</h3><p>{_text(stars_line(opinions))}</p>"
    return f"<article>{head}<ul>{''.join(sides)}</ul></article>"


def _aspect(aspect: Aspect) -> str:
    counted = f"{_text(aspect.name.replace('_', ' '))} ({aspect.reviews})"
    if aspect.quote is None or aspect.quote.cite is None:
        return counted
    return f"{counted}: {_phrase(aspect.quote)} {_tag(aspect.quote.cite.tag)}"


def _candidate(candidate: Candidate) -> str:
    reasons = _text("; ".join(candidate.reasons))
    return (
        f"{_text(shorten(candidate.title, TITLE))} {_tag(candidate.tag)}, {_text(candidate.price)}: {reasons}"
    )


def _ground(report: Report) -> Iterator[str]:
    dropped = [
        f"{f'<q>{_text(d.text)}</q>: ' if d.text else ''}{_text(d.reason)}" for d in report.coverage.dropped
    ]
    lines = [*map(_text, coverage_lines(report)), *("".join(_listed([d])) for d in dropped)]
    yield from _section("Coverage", _listed(lines))
    yield from _section("Sources", (_source(s, report) for s in report.sources))


def _source(source: Source, report: Report) -> str:
    """One record, unfolded on demand: where it was read, and for a pick all that it says."""
    cite = source.cite
    rows = [("source", cite.source), ("file", cite.file), ("row", str(cite.row)), ("seen", str(cite.seen))]
    rows.append(("record", cite.record_id))
    pick = next((p for p in report.picks if p.tag == cite.tag), None)
    rows += [(f.name.replace("_", " "), f.text) for f in pick.facts] if pick else []
    shown = "".join(f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>" for name, value in rows)
    head = f'<summary><span class="tag">{_text(cite.tag)}</span> {_text(source.title)}</summary>'
    return f'<details id="{_text(cite.tag)}">{head}<dl>{shown}</dl></details>'
