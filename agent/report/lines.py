"""Sentences of the report that every form shows alike, as plain text."""

from collections.abc import Container, Iterator

from agent.observe import shorten
from agent.report.record import Heard, NeedRow, Opinions, Relaxation, Report, ReportPick

LONGEST_QUESTION = 300
"""Characters of a question that head a report; it is stored whole."""
_TOGETHER = 3
"""Picks of which the same is told once."""


def questions(report: Report) -> list[str]:
    """What was asked, first and in follow-ups, cut where someone pasted a novel."""
    return [shorten(question, LONGEST_QUESTION) for question in report.questions] or ["Report"]


def written_by(report: Report) -> str:
    """Who wrote it and what code did."""
    who = "the rules, without a model," if report.author == "rules" else report.author
    return f"Written by {who} on {report.written}; facts, tables and counts are copied by code."


def need_text(need: NeedRow) -> str:
    """A need with its strength: "N1 hard: price <= 20 USD"."""
    bound = need.bound.replace("_", " ")
    return f"{need.tag} {'hard' if need.hard else 'soft'}: {bound}"


def pick_facts(pick: ReportPick) -> list[str]:
    """What stands beside a pick's title: its price with the day on which that was seen, and its rating."""
    said = {fact.name: fact for fact in pick.facts}
    price = [f"{said['price'].text} seen {said['price'].cite.seen}"] if "price" in said else []
    return [*price, *([said["rating"].text] if "rating" in said else [])]


def pick_notes(pick: ReportPick, told: Container[str] = ()) -> list[str]:
    """What code says beneath a pick: what buyers say of wishes, how its price stands, what of it is stale.

    What is `told` of several picks at once is left out.
    """
    history = [f"Price: {pick.history.sentence}"] if pick.history else []
    stale = [each for each in pick.stale if each not in told]
    heard = heard_lines(pick.opinions) if pick.opinions else []
    return [*heard, *history, *([f"Stale: {'; '.join(stale)}"] if stale else [])]


def stale_together(report: Report) -> dict[str, list[ReportPick]]:
    """What is stale alike of several picks, so that it is told once beneath them all."""
    alike: dict[str, list[ReportPick]] = {}
    for pick in report.picks:
        for each in pick.stale:
            alike.setdefault(each, []).append(pick)
    return {each: picks for each, picks in alike.items() if len(picks) >= _TOGETHER}


def heard_lines(opinions: Opinions) -> list[str]:
    """A clause on each wish that reviews alone speak of: how many say so, and how many the contrary."""
    return [
        f"Buyers on “{heard.wish}”: {_sides(heard)} (of {many(opinions.reviews, 'review')})"
        for heard in opinions.heard
    ]


def _sides(heard: Heard) -> str:
    told = ((heard.praised, "praise"), (heard.criticised, "fault"), (heard.mixed, "praise and fault"))
    return ", ".join(f"{count} {_agreeing(said, count)} it" for count, said in told if count)


def _agreeing(verbs: str, count: int) -> str:
    return " and ".join(f"{verb}s" if count == 1 else verb for verb in verbs.split(" and "))


def stars_line(opinions: Opinions) -> str:
    """How many reviews there are and how they are spread."""
    spread = ", ".join(f"{count} × {star} stars" for star, count in opinions.stars if count)
    return (
        f"{many(opinions.reviews, 'review')}, {opinions.verified} verified{f'; {spread}' if spread else ''}"
    )


def note_line(note: str) -> str:
    """What is odd about the reviews, as a sentence of its own."""
    return f"Note: {note}."


def relaxation_line(relaxation: Relaxation) -> str:
    """What giving way on a need brings."""
    brings = f"{many(relaxation.products, 'product')} would meet the rest"
    nearest = f", the nearest at {relaxation.nearest}" if relaxation.nearest else ""
    return f"Without {relaxation.need} ({relaxation.bound}): {brings}{nearest}."


def coverage_lines(report: Report) -> Iterator[str]:
    """What the report rests on, and what is missing."""
    c = report.coverage
    searched = "; ".join(f"“{query}”" for query in c.searches) or "nothing"
    where = c.category or "the catalogue"
    yield f"Searched for {searched} among {many(c.in_category, 'product')} of {where}."
    yield (
        f"{c.known_to_fit} of them are known to meet every hard need; {c.seen} were seen, {c.opened} "
        f"opened, {many(c.reviews_read, 'review')} and {many(c.pages_read, 'saved page')} read "
        f"in {many(c.steps, 'step')}."
    )
    if c.oldest and c.newest:
        when = f"on {c.oldest}" if c.oldest == c.newest else f"between {c.oldest} and {c.newest}"
        age = (report.written - c.newest).days
        old = f", the newest {many(age, 'day')} before this report" if age > 0 else ""
        yield f"The sources said this {when}{old}; the catalogue stands at generation {report.generation}."
    if c.stale_prices:
        yield (
            f"{c.stale_prices:,} of the {many(c.prices, 'price')} seen "
            f"{'is' if c.stale_prices == 1 else 'are'} stale: more than {many(c.price_days, 'day')} old."
        )
    if c.unpriced_share > 0:
        yield f"{c.unpriced_share:.0%} of the category has no price."
    yield from c.notes
    if c.dropped:
        yield f"Of what the author wrote, {many(len(c.dropped), 'part')} could not stand:"


def many(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
