"""Measures of the answer: whether it holds what was asked for, and whether it reads well."""

from collections import Counter
from collections.abc import Sequence

from agent.ledger import Aim, Need, rank
from agent.plan import PlanNeed
from agent.report.lines import many
from agent.report.record import ReportPick
from distill.judging.measures_research import Measure, Measured
from distill.judging.report_view import View, mean, share
from index.conditions import Verdict, decide
from index.product import Product

VERDICT_WORDS = (6, 70)
SENTENCE_WORDS = 28
FEW_PICKS = 5
"""Picks beyond which advice becomes a list, unless what follows is brief."""
BRIEF_WORDS = 24


def need_held(view: View, about: str) -> Measured:
    """One need, held by every pick; `about` is the need as a perfect plan writes it."""
    need = view.bound(PlanNeed.model_validate_json(about))
    if need is None:
        return Measured(0.0, "no plan was made")
    picks = _picked(view)
    if not picks:
        honest = view.fitting == 0
        return Measured(
            float(honest), "nothing fits" if honest else "nothing is picked though something fits"
        )
    if need.condition is None:
        return Measured(1.0, "no record decides it")
    verdicts = Counter(decide(need.condition, p) for p in picks)
    told = ", ".join(f"{verdicts[v]} {v.value}" for v in Verdict if verdicts[v])
    return Measured(_worst(verdicts), f"{need.bound}: {told}")


def _worst(verdicts: Counter[Verdict]) -> float:
    if verdicts[Verdict.UNMET]:
        return 0.0
    return 0.5 if verdicts[Verdict.UNKNOWN] else 1.0


def wish_met(view: View, about: str) -> Measured:
    """One wish, met by the best pick, or as far as anything that fits meets it."""
    need = view.bound(PlanNeed.model_validate_json(about))
    if need is None:
        return Measured(0.0, "no plan was made")
    picks = _picked(view)
    if not picks:
        return Measured(float(view.fitting == 0), "nothing is picked")
    if need.aim is not Aim.LIMIT:
        return _ordered(need, picks)
    if need.condition is None:
        return Measured(1.0, "no record decides it")
    met = [decide(need.condition, p) is Verdict.MET for p in picks]
    hard = [n.condition for n in view.hard if n.condition]
    if met[0] or not view.desk.count([*hard, need.condition]):
        return Measured(1.0, f"the best pick meets {need.bound}, or nothing that fits could")
    return Measured(0.5 * any(met), f"{sum(met)} of {many(len(met), 'pick')} meet {need.bound}")


def _ordered(need: Need, picks: Sequence[Product]) -> Measured:
    first = rank([need], picks)[0]
    at = 1 + picks.index(first)
    return Measured(
        1.0 if at == 1 else 0.5, f"the {need.aim.value} on {need.attribute} is number {at} of the picks"
    )


def _picked(view: View) -> list[Product]:
    return [view.record(p.tag) for p in view.report.picks]


def outcome(view: View, about: str) -> Measured:  # noqa: ARG001
    """A pick of the author where something fits, else an honest nothing with what to relax."""
    if view.fitting:
        if view.picks:
            return Measured(1.0, f"{many(len(view.picks), 'pick')} of the author")
        return Measured(0.5 * bool(view.report.picks), "only code picked, or nobody")
    if view.report.picks:
        return Measured(0.0, "something is picked though nothing fits")
    honest = view.report.verdict_by == "policy" and bool(view.report.verdict)
    helpful = bool(view.report.relaxations or view.report.nearest or view.report.might_fit)
    return Measured(0.5 * honest + 0.5 * helpful, "nothing fits, and the report says so")


def ranked(view: View, about: str) -> Measured:  # noqa: ARG001
    """The pick named best is what the needs and wishes put first among those opened."""
    eligible = [p.id for p in view.desk.eligible()]
    if not eligible or not view.picks:
        return Measured(float(not eligible), "nothing is ranked")
    best = view.record(view.picks[0].tag).id
    place = eligible.index(best) if best in eligible else len(eligible)
    return Measured(max(0.0, 1 - place / 3), f"the best pick is number {place + 1} by the needs")


def verdict_length(view: View, about: str) -> Measured:  # noqa: ARG001
    """A verdict of one to three sentences."""
    count = sum(len(own.words) for own in view.own if own.section == "verdict")
    low, high = VERDICT_WORDS
    if not count:
        return Measured(0.0, "the author wrote no verdict that stands")
    return Measured(1.0 if low <= count <= high else 0.5, f"the verdict has {many(count, 'word')}")


def reasons(view: View, about: str) -> Measured:  # noqa: ARG001
    """Picks that the author gives a reason for."""
    if not view.report.picks:
        return Measured(float(view.fitting == 0), "nothing is picked")
    told = sum(bool(p.reason) for p in view.picks)
    count = len(view.report.picks)
    return Measured(share(told, count), f"{told} of {many(count, 'pick')} have a reason")


def sentence_length(view: View, about: str) -> Measured:  # noqa: ARG001
    """Sentences that can be read in one breath."""
    lengths = [len(own.words) for own in view.own if own.section != "reviews"]
    if not lengths:
        return Measured(0.0, "the author wrote nothing that stands")
    short = mean([float(n <= SENTENCE_WORDS) for n in lengths])
    return Measured(short, f"{short:.0%} of the sentences have at most {SENTENCE_WORDS} words")


def no_repeats(view: View, about: str) -> Measured:  # noqa: ARG001
    """No sentence said twice."""
    said = Counter(" ".join(own.words) for own in view.own)
    repeated = sum(count - 1 for count in said.values())
    if not said:
        return Measured(0.0, "the author wrote nothing that stands")
    return Measured(1 - share(3 * repeated, said.total()), f"{many(repeated, 'sentence')} repeated")


def sections(view: View, about: str) -> Measured:  # noqa: ARG001
    """The sections that this answer calls for, written by the author."""
    due = ["verdict"]
    due += ["picks"] if view.fitting else []
    due += ["trade_offs"] if len(view.report.picks) > 1 else []
    due += ["reviews"] if any(p.opinions for p in view.report.picks) else []
    written = {own.section for own in view.own}
    missing = [section.replace("_", "-") for section in due if section not in written]
    told = f"missing: {', '.join(missing)}" if missing else "every section is there"
    return Measured(1 - share(len(missing), len(due)), told)


def few_picks(view: View, about: str) -> Measured:  # noqa: ARG001
    """A choice and no list: what comes after the first few is told in a clause each."""
    picks = view.report.picks
    if not picks and view.fitting:
        return Measured(0.0, "nothing is picked though something fits")
    over = sum(not _brief(pick) for pick in picks[FEW_PICKS:])
    told = f"{many(len(picks), 'pick')}, {over} of them at length after the first {FEW_PICKS}"
    return Measured(max(0.0, 1 - over / FEW_PICKS), told)


def _brief(pick: ReportPick) -> bool:
    words = "".join(phrase.text for sentence in pick.reason for phrase in sentence).split()
    return len(pick.reason) <= 1 and len(words) <= BRIEF_WORDS


ANSWER: dict[str, Measure] = {
    "need_held": need_held,
    "wish_met": wish_met,
    "outcome": outcome,
    "ranked": ranked,
    "verdict_length": verdict_length,
    "reasons": reasons,
    "sentence_length": sentence_length,
    "no_repeats": no_repeats,
    "sections": sections,
    "few_picks": few_picks,
}
