"""The report as Markdown: what a person reads in the terminal and in a `.md` file.

Record text is escaped, so that no link, image, HTML, heading or table can come out of it. The layout is a
contract held by a golden file.
"""

import re
from collections.abc import Container, Iterator, Sequence

from agent.observe import shorten
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
from agent.report.record import (
    Aspect,
    Candidate,
    Cell,
    Column,
    Opinions,
    Passage,
    Phrase,
    Report,
    ReportPick,
)
from index.text.sanitize import plain

SIGNS = {"met": "✓", "unmet": "✗", "unknown": "?", "": ""}
ROLES = {"best": "Best fit", "budget": "Budget", "upgrade": "Upgrade", "also": "Also fits"}
HEAD, LINE = 40, 100
"""Characters of a title in a table's head and in a line."""

_SCHEME = re.compile(r"\b(https?|ftp|javascript|vbscript|data|mailto)(?=:)|\b(www)(?=\.)", re.IGNORECASE)
_MARKUP = re.compile(r"[\\`*_{}\[\]|~]|<(?!=?(?:\s|$))|&(?=#?\w{1,32};)")
_MARKER = re.compile(r"^(?=[#=>]|[+-](?:[\s+-]|$))|^(\d{1,9})(?=[.)](?:\s|$))")


def standing(column: Column) -> str:
    """What a compared product is: a pick of some kind, or how it stands to the hard needs."""
    return ROLES[column.role].lower() if column.role else column.standing


def escape(text: str) -> str:
    """One line in which Markdown sees no markup and readers make no link."""
    shown = _MARKUP.sub(r"\\\g<0>", plain(text))
    return _MARKER.sub(r"\1\\", _SCHEME.sub(r"\g<0>\\", shown))


def markdown(report: Report) -> str:
    """The whole report; ends with a newline."""
    details = [*_tables(report), *_reviews(report), *_trade_offs(report)]
    # Where there is no pick, what comes next to one is the answer.
    hopes = list(_hopes(report))
    middle = [*details, *hopes] if report.picks else [*hopes, *details]
    parts = [*_first_screen(report), *middle, *_ruled_out(report), *_ground(report)]
    return "\n".join(parts).rstrip() + "\n"


def _first_screen(report: Report) -> Iterator[str]:
    first, *later = questions(report)
    yield f"# {escape(first)}"
    yield from (f"\n*Then:* {escape(question)}" for question in later)
    yield f"\n**{escape(report.headline)}**"
    if report.verdict:
        yield f"\n{passage(report.verdict)}"
    if report.picks:
        told = stale_together(report)
        yield "\n## Picks\n"
        yield from (_pick(pick, told) for pick in report.picks)
        for each, picks in told.items():
            yield f"\nStale: {escape(each)} {' '.join(f'[{pick.tag}]' for pick in picks)}."
    yield f"\n{escape(written_by(report))}"


def _pick(pick: ReportPick, told: Container[str]) -> str:
    facts = ", ".join(map(escape, pick_facts(pick)))
    line = f"- **{ROLES[pick.role]}** {escape(shorten(pick.title, LINE))} [{pick.tag}]"
    line += f" ({facts})" if facts else ""
    line += f": {passage(pick.reason)}" if pick.reason else ""
    return "\n".join([line, *(f"  {escape(note)} [{pick.tag}]." for note in pick_notes(pick, told))])


def passage(sentences: Passage) -> str:
    """Prose with what code put into it; a quote is followed by its source."""
    return " ".join("".join(map(_phrase, sentence)).strip() for sentence in sentences)


def _phrase(phrase: Phrase) -> str:
    match phrase.kind:
        case "citation":
            return f"[{phrase.text}]"
        case "quote":
            return f"“{escape(phrase.text)}”"
        case "field":
            return escape(phrase.text)
    # Blanks at the ends part the words from their neighbours.
    words = escape(phrase.text)
    before, after = (" " * phrase.text[at].isspace() for at in (0, -1))
    return f"{before}{words}{after}" if words else " "


def _hopes(report: Report) -> Iterator[str]:
    yield from _candidates("Might fit", report.might_fit)
    yield from _candidates("Nearest misses", report.nearest)
    if report.relaxations:
        yield "\n## What to relax\n"
        yield from (f"- {escape(relaxation_line(r))}" for r in report.relaxations)


def _tables(report: Report) -> Iterator[str]:
    if report.rows:
        yield "\n## Comparison\n"
        yield from _head("", report.columns)
        standings = [standing(c) for c in report.columns]
        yield _line(["", *standings])
        for row in report.rows:
            mark = " ≠" if row.differs else ""
            yield _line([f"{escape(row.name.replace('_', ' '))}{mark}", *(escape(c.text) for c in row.cells)])
        yield "\n≠ marks rows in which they differ."
    decided = [n for n in report.needs if n.decidable]
    if decided and report.columns:
        yield "\n## Your needs\n"
        yield from _head("need", report.columns)
        yield from (_line([escape(need_text(n)), *map(_verdict, n.cells)]) for n in decided)
        yield "\n✓ met, ✗ not met, ? not in the record."
    yield from (f"\nNo record decides: {escape(n.bound)}." for n in report.needs if not n.decidable)


def _verdict(cell: Cell) -> str:
    return f"{SIGNS[cell.verdict]} {escape(cell.text)}".strip()


def _head(first: str, columns: Sequence[Column]) -> Iterator[str]:
    yield _line([first, *(f"{c.tag} {escape(shorten(c.title, HEAD))}" for c in columns)])
    yield _line(["---"] * (len(columns) + 1))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _reviews(report: Report) -> Iterator[str]:
    reviewed = [(p, p.opinions) for p in report.picks if p.opinions]
    if reviewed:
        yield "\n## Reviews"
    for pick, opinions in reviewed:
        yield f"\n**{escape(shorten(pick.title, LINE))}** [{pick.tag}]: {stars_line(opinions)}\n"
        yield from _opinions(opinions)


def _opinions(opinions: Opinions) -> Iterator[str]:
    yield from (f"- Praised: {_aspect(a)}" for a in opinions.praised)
    yield from (f"- Criticised: {_aspect(a)}" for a in opinions.criticised)
    yield from (f"- {r.polarity.capitalize()}: {passage(r.passage)}" for r in opinions.remarks)
    yield from (f"- {note_line(note)}" for note in opinions.notes)


def _aspect(aspect: Aspect) -> str:
    name = escape(aspect.name.replace("_", " "))
    quote = (
        f": {_phrase(aspect.quote)} [{aspect.quote.cite.tag}]" if aspect.quote and aspect.quote.cite else ""
    )
    return f"{name} ({aspect.reviews} {'review' if aspect.reviews == 1 else 'reviews'}){quote}"


def _trade_offs(report: Report) -> Iterator[str]:
    if report.trade_offs:
        yield "\n## Trade-offs\n"
        yield from (f"- {passage(t)}" for t in report.trade_offs)


def _ruled_out(report: Report) -> Iterator[str]:
    yield from _candidates("Ruled out", report.ruled_out)
    more = report.ruled_out_count - len(report.ruled_out)
    if more > 0:
        yield f"- and {more} more"


def _candidates(heading: str, candidates: Sequence[Candidate]) -> Iterator[str]:
    if candidates:
        yield f"\n## {heading}\n"
    for c in candidates:
        reasons = escape("; ".join(c.reasons))
        yield f"- {escape(shorten(c.title, LINE))} [{c.tag}], {escape(c.price)}: {reasons}"


def _ground(report: Report) -> Iterator[str]:
    yield "\n## Coverage\n"
    yield from (f"- {escape(line)}" for line in coverage_lines(report))
    for dropped in report.coverage.dropped:
        yield f"- Left out{f' “{escape(dropped.text)}”' if dropped.text else ''}: {escape(dropped.reason)}"
    if report.sources:
        yield "\n## Sources\n"
    for source in report.sources:
        c = source.cite
        where = f"{escape(c.file)} row {c.row}, seen {c.seen}, record {escape(c.record_id)}"
        yield f"- [{c.tag}] {escape(shorten(source.title, LINE))}: {where}"
