"""One run becomes one row of figures."""

from distill.evaluate.metrics import (
    clarification,
    conduct,
    effective_products,
    need_scores,
    opened_share,
    personalization,
    succeeds,
)
from distill.evaluate.race import Race, RaceJudge, race
from distill.evaluate.run import Run
from distill.evaluate.support import Cited, cited
from distill.evaluate.weighed import Support
from distill.judging.report_view import View, share
from distill.rubric import DIMENSIONS, JudgeError
from distill.seats.roles import SeatError
from distill.told import in_force
from distill.truth import truth
from index.product import Record
from index.search import Index


class Scores(Record):
    """Figures of one run; None where there is nothing to measure, such as citations that nobody made."""

    success: float
    """Predicate success, 0 or 1: of the report as the person reads it."""
    own_success: float
    """The same of the picks that the policy itself made."""
    needs_precision: float
    needs_recall: float
    needs_f1: float
    opened: float | None
    """Share of the satisfying set opened, of at most eight."""
    products: float
    """E.Prod."""
    products_fit: float
    citation_accuracy: float | None
    """Supported citations of all; those that code cannot tell count as not supported."""
    citations: float
    """Effective citations: those supported."""
    citations_unsupported: float
    citations_unknown: float
    race: float | None
    """S_target / (S_target + S_ref), 0 to 1; None where the judge failed."""
    race_comprehensiveness: float | None
    race_depth: float | None
    race_instruction_following: float | None
    race_readability: float | None
    quality: float | None
    """S_target alone, 0 to 10."""
    learnt: float | None
    """Needs told only when asked that entered the ledger."""
    needless: float
    """Needless questions."""
    personal: float | None
    """Hidden needs that entered the ledger or that every pick meets."""
    errors: float
    repeats: float
    rejections: float
    steps: float
    tokens: float | None
    seconds: float


def score(run: Run, index: Index, reference: Run, judge: RaceJudge) -> Scores:
    """Measure one run against its task's hidden truth and beside the reference."""
    true = truth(run.task.category, in_force(run.task, run.trajectory), index)
    needs = need_scores(true.needs, run.desk.needs)
    view = View(run.report, run.desk, run.trajectory) if run.report is not None else None
    citations = cited(view) if view is not None else []
    products = effective_products(view, citations, true) if view is not None else None
    picks = [p.cite.record_id for p in run.report.picks] if run.report is not None else []
    own = [p.cite.record_id for p in view.picks] if view is not None else []
    beside = _race(run, reference, judge)
    asked, went = clarification(run, true), conduct(run)
    return Scores(
        success=float(run.report is not None and succeeds(picks, true)),
        own_success=float(run.report is not None and succeeds(own, true) and _wrote(view)),
        needs_precision=needs.precision,
        needs_recall=needs.recall,
        needs_f1=needs.f1,
        opened=opened_share(run, true),
        products=products.effective if products else 0,
        products_fit=products.fitting if products else 0,
        citation_accuracy=share(_count(citations, "supported"), len(citations)) if citations else None,
        citations=_count(citations, "supported"),
        citations_unsupported=_count(citations, "unsupported"),
        citations_unknown=_count(citations, "unknown"),
        race=beside.overall if beside else None,
        **{f"race_{d}": beside.dimensions.get(d) if beside else None for d in DIMENSIONS},
        quality=beside.quality if beside else None,
        learnt=asked.learnt,
        needless=asked.needless,
        personal=personalization(run, true),
        errors=went.errors,
        repeats=went.repeats,
        rejections=went.rejections,
        steps=went.steps,
        tokens=run.tokens,
        seconds=run.seconds,
    )


def _wrote(view: View | None) -> bool:
    """Whether the policy wrote anything that stands: silence is no honest "nothing fits"."""
    return view is not None and bool(view.own)


def _count(citations: list[Cited], support: Support) -> int:
    return sum(c.support == support for c in citations)


def _race(run: Run, reference: Run, judge: RaceJudge) -> Race | None:
    """A run without a report has earned nothing; a judge's failure is no score."""
    if reference.report is None:
        return None
    if run.report is None:
        return Race(dimensions=dict.fromkeys(DIMENSIONS, 0.0), overall=0.0, quality=0.0)
    try:
        scored = judge.score(run, reference)
    except (JudgeError, SeatError):
        return None
    return race(scored.rubric, scored.target, scored.reference)
