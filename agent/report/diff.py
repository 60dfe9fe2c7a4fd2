"""What two reports say differently: picks, prices, ratings, needs and verdicts, each with its evidence.

Products are the same where their records are, whatever tag a session gave them; needs where they limit the
same thing the same way. Amounts are set side by side only within a currency. How it is told is left to
`agent.report.diff_text`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from agent.report.facts import Cite
from agent.report.lines import questions
from agent.report.markdown import ROLES
from agent.report.record import Cell, NeedRow, Passage, Phrase, Report
from index.product import Record


class Side(Record):
    """What one of the reports says."""

    text: str
    day: date | None = None
    """Day on which the source said so, where it is a price."""
    cites: tuple[Cite, ...] = ()
    """Empty for what the person said and for counts."""


class Line(Record):
    """One thing in both reports; None where a report does not have it."""

    about: str
    before: Side | None
    after: Side | None

    @property
    def changed(self) -> bool:
        """Whether the reports differ in it; the day alone is no difference."""
        before, after = (side and side.text for side in (self.before, self.after))
        return before != after


class Head(Record):
    """Which report it is."""

    session: str
    question: str
    """The last one that it answers."""
    written: date
    author: str


class ReportDiff(Record):
    """Everything that two reports say of the same things, what is unchanged included."""

    before: Head
    after: Head
    answer: tuple[Line, ...]
    """What was found, as code says it, and the author's verdict."""
    picks: tuple[Line, ...]
    """Recommended products with their roles."""
    prices: tuple[Line, ...]
    """Prices of the products that both reports compare."""
    uncompared: tuple[Line, ...]
    """Their prices in two currencies, of which nothing can be said."""
    ratings: tuple[Line, ...]
    products: tuple[Line, ...]
    """Compared products and how they stand to the hard needs."""
    needs: tuple[Line, ...]
    verdicts: tuple[Line, ...]
    """Needs that both reports have, against the products that both compare."""

    @property
    def sections(self) -> tuple[tuple[str, tuple[Line, ...]], ...]:
        """The parts under their names, in the order in which they are read."""
        return (
            ("Answer", self.answer),
            ("Picks", self.picks),
            ("Prices", self.prices),
            ("Prices in two currencies", self.uncompared),
            ("Ratings", self.ratings),
            ("Compared products", self.products),
            ("Needs", self.needs),
            ("How they meet the needs", self.verdicts),
        )


Told = Mapping[str, tuple[str, Side]]
"""By record: the product's title, and what is said of it."""


def diff(before: Report, after: Report) -> ReportDiff:
    """Set two reports side by side, in the order of the later one."""
    prices = tuple(_shared(_cells("price", before), _cells("price", after)))
    return ReportDiff(
        before=_head(before),
        after=_head(after),
        answer=tuple(_answer(before, after)),
        picks=_lines(_picks(before), _picks(after)),
        prices=tuple(_line(title, old, new) for title, old, new in prices if _comparable(old, new)),
        uncompared=tuple(_line(title, old, new) for title, old, new in prices if not _comparable(old, new)),
        ratings=tuple(
            _line(*shared) for shared in _shared(_cells("rating", before), _cells("rating", after))
        ),
        products=_lines(_compared(before), _compared(after)),
        needs=tuple(_need_line(old, new) for old, new in paired_needs(before.needs, after.needs)),
        verdicts=tuple(_verdicts(before, after)),
    )


def paired_needs(
    before: Sequence[NeedRow], after: Sequence[NeedRow]
) -> list[tuple[NeedRow | None, NeedRow | None]]:
    """Needs that are one need in both reports, the nearest likeness first; what has none stands alone."""
    left = list(before)
    matched: dict[str, NeedRow] = {}
    likenesses: tuple[Callable[[NeedRow], object], ...] = (_whole, _bound, _limit, _attribute)
    for likeness in likenesses:
        for need in (n for n in after if n.tag not in matched):
            like = next((old for old in left if likeness(old) == likeness(need)), None)
            if like is not None:
                matched[need.tag] = like
                left.remove(like)
    return [*((matched.get(need.tag), need) for need in after), *((gone, None) for gone in left)]


def _whole(need: NeedRow) -> object:
    return need.bound, need.hard


def _bound(need: NeedRow) -> object:
    return need.bound


def _limit(need: NeedRow) -> object:
    """What is limited and from which side: `price <`, whatever the amount and whether it may be reached."""
    words = need.bound.split()
    if not need.decidable or len(words) < 2:
        return need.bound
    return words[0], words[1].rstrip("=") or words[1]


def _attribute(need: NeedRow) -> str:
    """What a need is about: the name that its bound begins with, or the person's words."""
    name, second = (*need.bound.split(), "", "")[:2]
    if not need.decidable or not name:
        return need.said
    return second if name in ("lowest", "highest", "has", "lacks") else name


def _head(report: Report) -> Head:
    question = questions(report)[-1]
    return Head(session=report.session, question=question, written=report.written, author=report.author)


def _answer(before: Report, after: Report) -> Iterator[Line]:
    yield Line(about="Found", before=Side(text=before.headline), after=Side(text=after.headline))
    old, new = _prose(before.verdict), _prose(after.verdict)
    if old or new:
        yield Line(about="Verdict", before=old, after=new)


def _prose(passage: Passage) -> Side | None:
    """The author's words; what they cite is carried beside them."""
    phrases = [phrase for sentence in passage for phrase in sentence]
    text = " ".join(_uncited(sentence) for sentence in passage)
    return Side(text=text, cites=tuple(dict.fromkeys(p.cite for p in phrases if p.cite))) if text else None


def _uncited(sentence: Sequence[Phrase]) -> str:
    """A sentence without its citations, and without the space that stood before each."""
    told = ""
    for phrase in sentence:
        told = told.rstrip() if phrase.kind == "citation" else f"{told}{phrase.text}"
    return told.strip()


def _picks(report: Report) -> Told:
    return {
        p.cite.record_id: (p.title, Side(text=ROLES[p.role].lower(), cites=(p.cite,))) for p in report.picks
    }


def _compared(report: Report) -> Told:
    return {c.cite.record_id: (c.title, Side(text=c.standing, cites=(c.cite,))) for c in report.columns}


def _lines(before: Told, after: Told) -> tuple[Line, ...]:
    both = {**after, **{record: told for record, told in before.items() if record not in after}}
    return tuple(
        Line(
            about=title,
            before=before[record][1] if record in before else None,
            after=after[record][1] if record in after else None,
        )
        for record, (title, _) in both.items()
    )


Cells = Mapping[str, tuple[str, Cell]]
"""By record: the product's title, and its cell of a row."""


def _cells(name: str, report: Report) -> Cells:
    row = next((row for row in report.rows if row.name == name), None)
    return {} if row is None else _by_record(report, row.cells)


def _by_record(report: Report, cells: Sequence[Cell]) -> Cells:
    columns = zip(report.columns, cells, strict=True)
    return {column.cite.record_id: (column.title, cell) for column, cell in columns}


def _shared(before: Cells, after: Cells) -> Iterator[tuple[str, Cell, Cell]]:
    for record, (title, cell) in after.items():
        if record in before:
            yield title, before[record][1], cell


def _comparable(old: Cell, new: Cell) -> bool:
    return not (old.known and new.known) or old.unit == new.unit


def _line(title: str, old: Cell, new: Cell) -> Line:
    return Line(about=title, before=_said(old), after=_said(new))


def _said(cell: Cell) -> Side:
    # Only amounts of money have a unit and change by the day; a rating has none.
    return Side(text=cell.text, day=cell.cite.seen if cell.unit else None, cites=(cell.cite,))


def _need_line(old: NeedRow | None, new: NeedRow | None) -> Line:
    about = next(_attribute(need) for need in (new, old) if need is not None).replace("_", " ")
    return Line(about=about, before=old and _need_side(old), after=new and _need_side(new))


def _need_side(need: NeedRow) -> Side:
    return Side(text=f"{need.bound.replace('_', ' ')} ({'hard' if need.hard else 'soft'})")


def _verdicts(before: Report, after: Report) -> Iterator[Line]:
    for old, new in paired_needs(before.needs, after.needs):
        if old and new and old.decidable and new.decidable:
            cells = _shared(_by_record(before, old.cells), _by_record(after, new.cells))
            for title, was, now in cells:
                about = f"{title}, {new.bound.replace('_', ' ')}"
                yield Line(about=about, before=_judged(was), after=_judged(now))


def _judged(cell: Cell) -> Side:
    words = {"met": "met", "unmet": "not met", "unknown": "not in the record", "": "not decided"}
    return Side(text=words[cell.verdict], cites=(cell.cite,))
