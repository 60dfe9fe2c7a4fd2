"""What code says first in a report: whether it is what was asked for, what came of it, what was left out."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from agent.desk import Desk
from agent.reading.read import QuestionError, names_kind
from agent.report import misses
from agent.report.facts import seen_product
from agent.report.lines import many
from agent.report.misses import PassedOver
from agent.report.record import Coverage, ReportPick
from agent.report.unweighed import unweighed
from agent.report.wishes import of_all


def headlines(
    picks: Sequence[ReportPick], passed: PassedOver, coverage: Coverage, asked: Sequence[str], desk: Desk
) -> Iterator[str]:
    """What code says first, a sentence each: whether it is what was asked for, what came of it, what not."""
    with suppress(QuestionError):
        kind = desk.category
        if kind is not None and not any(names_kind(question, kind) for question in asked):
            yield (
                f"No word of the question names {kind.path[-1]}, the kind of product that came nearest: "
                "what you look for may not be in this catalogue."
            )
    yield _headline(picks, passed, coverage, must=has_must(desk))
    if not picks and (other := misses.currency_advice(desk)):
        yield other
    yield from of_all([seen_product(desk.evidence, pick.tag) for pick in picks], desk)
    told = {heard.wish for pick in picks if pick.opinions for heard in pick.opinions.heard}
    if told:
        yield f"No record decides {_quoted(sorted(told))}; what reviews say of it stands with the picks."
    if left := [wish for wish in unweighed(asked, desk) if wish not in told]:
        yield f"Not weighed: {_quoted(left)}."


def _quoted(wishes: Sequence[str]) -> str:
    return ", ".join(f"“{wish}”" for wish in wishes)


def has_must(desk: Desk) -> bool:
    """Whether anything that was asked is a hard need, which excludes products."""
    return any(need.hard for need in desk.needs)


def _headline(picks: Sequence[ReportPick], passed: PassedOver, coverage: Coverage, *, must: bool) -> str:
    """The outcome in one sentence that no policy writes."""
    if picks:
        count = many(len(picks), "product")
        known = ", known to meet every hard need" if must else "; nothing that was asked is a hard need"
        if picks[0].by == "policy":
            return f"{count} picked{known}."
        return f"{count} picked by code{known}; no pick of the author may stand."
    if not coverage.seen:
        return "Nothing was found."
    if coverage.known_to_fit:
        known = many(coverage.known_to_fit, "product")
        return f"Nothing was opened that meets every hard need, though {known} would."
    hope = f"; {many(len(passed.might_fit), 'product')} might" if passed.might_fit else ""
    return f"None of {many(coverage.in_category, 'product')} is known to meet every hard need{hope}."
