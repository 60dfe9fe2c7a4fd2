"""The report as it is stored, shown and exported: records only, every fact with the evidence behind it.

`assemble` makes it, `markdown` and `tui.export` show it. All texts are plain: whoever
shows them escapes them.
"""

from datetime import date
from typing import Literal

from agent.report.draft import Polarity, Role
from agent.report.facts import Cite, Fact
from agent.report.verify import Dropped
from index.product import Record

Outcome = Literal["picks", "might_fit", "nothing_fits", "nothing_found"]
Standing = Literal["fits", "might fit", "misses"]
Author = Literal["policy", "code"]


class Phrase(Record):
    """A stretch of a sentence: the policy's words, or what code copied from a record."""

    kind: Literal["text", "field", "quote", "citation"]
    text: str
    cite: Cite | None = None
    """Set for all but text."""


Sentence = tuple[Phrase, ...]
Passage = tuple[Sentence, ...]


class PricePoint(Record):
    """One day's price."""

    day: date
    amount: float


class PriceHistory(Record):
    """A price among the stored observations."""

    currency: str
    points: tuple[PricePoint, ...]
    """The lowest of each day, oldest first."""
    sentence: str
    """"12.99 USD, the lowest seen since 2024-03-27"."""
    cite: Cite


class Aspect(Record):
    """One side of a product on which reviewers speak."""

    name: str
    reviews: int
    """How many reviews say so."""
    quote: Phrase | None = None


class Remark(Record):
    """A review finding that the policy wrote."""

    polarity: Polarity
    passage: Passage


class Heard(Record):
    """What reviews say of a wish that no record decides."""

    wish: str
    """In the person's words."""
    praised: int
    """Reviews that say it is so."""
    criticised: int
    mixed: int


class Opinions(Record):
    """What the reviews of one product say, counted over all that the catalogue holds."""

    reviews: int
    verified: int
    stars: tuple[tuple[int, int], ...]
    """Stars from 5 to 1 and how many reviews gave them."""
    praised: tuple[Aspect, ...]
    criticised: tuple[Aspect, ...]
    heard: tuple[Heard, ...] = ()
    remarks: tuple[Remark, ...] = ()
    notes: tuple[str, ...] = ()
    """What is odd about the reviews as a whole, a clause each."""


class ReportPick(Record):
    """A recommended product with everything that its record says."""

    role: Role
    by: Author
    """Who chose it: the policy, or code where the policy chose nothing that may stand."""
    tag: str
    title: str
    cite: Cite
    facts: tuple[Fact, ...]
    reason: Passage = ()
    history: PriceHistory | None = None
    stale: tuple[str, ...] = ()
    """What was seen too long ago: "price seen 2024-03-02, 634 days ago"."""
    opinions: Opinions | None = None
    """None where the catalogue has no reviews of it."""


class Column(Record):
    """A product of the comparison."""

    tag: str
    title: str
    cite: Cite
    standing: Standing
    role: Role | None = None


class Cell(Record):
    """What one record says on one row; its text is `unknown` where it says nothing."""

    text: str
    number: float | None = None
    unit: str = ""
    known: bool = True
    verdict: Literal["met", "unmet", "unknown", ""] = ""
    """Against the need on this row; empty where no need decides it."""
    cite: Cite


class Row(Record):
    """One fact of all compared products."""

    name: str
    cells: tuple[Cell, ...]
    differs: bool


class NeedRow(Record):
    """How the compared products stand to one need."""

    tag: str
    said: str
    bound: str
    hard: bool
    decidable: bool
    """Whether records can decide it; what they cannot is judged by reading."""
    cells: tuple[Cell, ...]


class Candidate(Record):
    """A product that is no pick, and why."""

    tag: str
    title: str
    price: str
    cite: Cite
    reasons: tuple[str, ...]


class Relaxation(Record):
    """What giving way on one hard need would bring."""

    need: str
    bound: str
    products: int
    """Products known to meet all other hard needs."""
    nearest: str = ""
    """The value at which the first of them would come in; empty where no number decides."""


class Coverage(Record):
    """What the report rests on, and what it does not."""

    searches: tuple[str, ...]
    category: str
    in_category: int
    known_to_fit: int
    """Products of the whole category whose records meet every hard need."""
    seen: int
    opened: int
    reviews_read: int
    pages_read: int
    steps: int
    oldest: date | None
    newest: date | None
    """When the sources said what was seen; None where nothing was."""
    unpriced_share: float
    """Share of the category without a price."""
    notes: tuple[str, ...] = ()
    """What search said of itself, such as that it went by words alone."""
    prices: int = 0
    """Products seen that have a price."""
    stale_prices: int = 0
    """Those whose price was older on the report's day than `price_days`."""
    price_days: int = 0
    dropped: tuple[Dropped, ...] = ()


class Source(Record):
    """One record that the report rests on."""

    cite: Cite
    title: str


class Report(Record):
    """A verified answer to a shopping question."""

    session: str
    questions: tuple[str, ...]
    author: str
    written: date
    generation: int
    outcome: Outcome
    headline: str
    """What was found, said by code."""
    verdict: Passage
    verdict_by: Author
    picks: tuple[ReportPick, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    needs: tuple[NeedRow, ...]
    trade_offs: tuple[Passage, ...]
    might_fit: tuple[Candidate, ...]
    ruled_out: tuple[Candidate, ...]
    ruled_out_count: int
    """All that were ruled out; only the best of them are listed."""
    nearest: tuple[Candidate, ...]
    """Nearest misses, where nothing fits."""
    relaxations: tuple[Relaxation, ...]
    coverage: Coverage
    sources: tuple[Source, ...]
