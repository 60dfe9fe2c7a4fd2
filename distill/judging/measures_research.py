"""Measures of how broad and how deep the research behind a report is."""

from collections.abc import Callable
from typing import NamedTuple

from agent.report.lines import many
from agent.report.record import Sentence
from distill.judging.report_view import View, mean, share
from distill.judging.report_words import words
from index.conditions import spaced

ENOUGH_OPENED = 8
"""Products beyond which opening more is no merit."""
ENOUGH_DISCUSSED = 5
REVIEWED = 4
"""Picks whose reviews are worth reading."""


class Measured(NamedTuple):
    """How far something is the case, and the reason in a few words."""

    share: float
    """0 to 1."""
    reason: str


NO_PICK = Measured(0.0, "nothing is picked though something fits")

Measure = Callable[[View, str], Measured]
"""Takes the view and what the criterion is about."""


def opened(view: View, about: str) -> Measured:  # noqa: ARG001
    """Fitting products opened, of those known to fit; where nothing fits, near ones opened."""
    looked_at = view.desk.evidence.products(opened=True)
    if view.fitting:
        fit = sum(view.fits(s.record) for s in looked_at)
        wanted = min(view.fitting, ENOUGH_OPENED)
        return Measured(share(fit, wanted), f"{many(fit, 'fitting product')} opened of {view.fitting}")
    wanted = min(3, len(view.seen))
    return Measured(share(len(looked_at), wanted), f"{many(len(looked_at), 'product')} opened")


def discussed(view: View, about: str) -> Measured:  # noqa: ARG001
    """Products that the author discusses, beside how many fit."""
    wanted = min(view.fitting, ENOUGH_DISCUSSED) or 1
    count = len(view.discussed)
    if not view.fitting and not count and view.report.verdict_by == "policy":
        return Measured(0.5, "nothing fits, and the author names no near miss")
    return Measured(share(count, wanted), f"{many(count, 'product')} discussed; {view.fitting} fit")


def passed_over(view: View, about: str) -> Measured:  # noqa: ARG001
    """What was ruled out and why: listed, and weighed in the author's own words."""
    others = {c.tag for c in (*view.report.ruled_out, *view.report.might_fit, *view.report.nearest)}
    if not others:
        return Measured(1.0, "nothing was ruled out")
    weighed = others & set(view.discussed)
    if weighed:
        return Measured(1.0, f"the author weighs {len(weighed)} that were passed over")
    return Measured(0.5, "what was passed over is only listed")


def facets(view: View, about: str) -> Measured:  # noqa: ARG001
    """Needs of the ledger that the author's own words take up."""
    needs = (*view.hard, *view.desk.needs)
    asked = list(dict.fromkeys(n.attribute for n in needs if n.attribute != "other"))
    if not asked:
        return Measured(1.0, "no need names a field")
    told = [name for name in asked if _taken_up(view, name)]
    return Measured(
        share(len(told), len(asked)), f"{len(told)} of {len(asked)} fields asked for are taken up"
    )


def _taken_up(view: View, attribute: str) -> bool:
    spoken = f" {spaced(attribute.replace('_', ' '))} "
    return any(
        spoken in f" {spaced(own.text)} " or (attribute == "price" and _shows_price(view, own.sentence))
        for own in view.own
    )


def _shows_price(view: View, sentence: Sentence) -> bool:
    """Whether a sentence shows a price: the one field that is written without its name."""
    return any(
        p.kind == "field" and p.cite and (price := view.record(p.cite.tag).price) and price.currency in p.text
        for p in sentence
    )


def advice(view: View, about: str) -> Measured:  # noqa: ARG001
    """Saved pages on this kind of thing read, where there are some."""
    kind = view.desk.category.path[-1] if view.desk.category and view.desk.category.path else ""
    named = [word.rstrip("s") for word in spaced(kind).split()]
    pages = view.desk.index.pages(kind, limit=5) if kind else ()
    about_it = [h for h in pages if all(word in h.page.title.casefold() for word in named)]
    read = len(view.desk.evidence.pages(opened=True))
    if not about_it:
        return Measured(1.0, "no saved page is about this")
    return Measured(float(bool(read)), f"{many(read, 'saved page')} read")


def _picked_nothing(view: View) -> bool:
    """Whether nothing is picked though something fits: then there is nothing that could be deep."""
    return bool(view.fitting) and not view.report.picks


def reviews_read(view: View, about: str) -> Measured:  # noqa: ARG001
    """Picks whose reviews were read, of those that have any."""
    if _picked_nothing(view):
        return NO_PICK
    reviewed = [p for p in view.report.picks if p.opinions][:REVIEWED]
    read = sum(view.called("product_reviews", p.tag) for p in reviewed)
    if not reviewed:
        return Measured(1.0, "no pick has reviews")
    return Measured(share(read, len(reviewed)), f"reviews of {read} of {many(len(reviewed), 'pick')} read")


def both_sides(view: View, about: str) -> Measured:  # noqa: ARG001
    """Praise and complaint both told of the picks whose reviews hold both."""
    if _picked_nothing(view):
        return NO_PICK
    due: list[float] = []
    for opinions in [p.opinions for p in view.report.picks if p.opinions][:REVIEWED]:
        held = {"praise": bool(opinions.praised), "complaint": bool(opinions.criticised)}
        told = {r.polarity for r in opinions.remarks}
        sides = [side for side, there in held.items() if there]
        due += [share(sum(side in told for side in sides), len(sides))] if sides else []
    if not due:
        return Measured(1.0, "no reviews to tell of")
    return Measured(mean(due), f"{mean(due):.0%} of what reviews praise and fault is told")


def price_history(view: View, about: str) -> Measured:  # noqa: ARG001
    """Prices over time: looked at, and spoken of, where there is a history."""
    if _picked_nothing(view):
        return NO_PICK
    with_history = [p for p in view.report.picks if p.history]
    if not with_history:
        return Measured(1.0, "no pick has a price history")
    tags = {p.tag for p in with_history}
    spoken = any(
        tags & {own.about, *own.products}
        and not words("price_over_time").isdisjoint(own.words)
        and _shows_price(view, own.sentence)
        for own in view.own
    )
    if spoken:
        return Measured(1.0, "the author says how the price stands")
    looked = any(view.called("visit_product", tag) for tag in tags)
    return Measured(0.5 if looked else 0.0, "the history stands beside the pick, unspoken of")


def trade_offs(view: View, about: str) -> Measured:  # noqa: ARG001
    """Trade-offs that name two products and show what each gives."""
    if _picked_nothing(view):
        return NO_PICK
    weighed = [own for own in view.own if own.section == "trade_offs" and len(own.products) > 1]
    shown = [own for own in weighed if sum(p.kind == "field" for p in own.sentence) > 1]
    if len(view.report.picks) < 2:
        return Measured(1.0, "fewer than two picks to weigh")
    return Measured(
        share(len(shown) + 0.5 * (len(weighed) - len(shown)), 2),
        f"{many(len(shown), 'trade-off')} with values",
    )


def grounded(view: View, about: str) -> Measured:  # noqa: ARG001
    """Sentences of the author that rest on a record."""
    resting = [any(p.kind != "text" for p in own.sentence) for own in view.own]
    if not resting:
        return Measured(0.0, "the author wrote nothing that stands")
    return Measured(
        mean([float(r) for r in resting]), f"{sum(resting)} of {len(resting)} sentences cite a record"
    )


RESEARCH: dict[str, Measure] = {
    "opened": opened,
    "discussed": discussed,
    "passed_over": passed_over,
    "facets": facets,
    "advice": advice,
    "reviews_read": reviews_read,
    "both_sides": both_sides,
    "price_history": price_history,
    "trade_offs": trade_offs,
    "grounded": grounded,
}
