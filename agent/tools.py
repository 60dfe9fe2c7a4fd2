"""The eight tools: arguments checked, work done on the desk, an observation given back.

A wrong call is the model's fault and becomes an observation that says what to do instead; a fault of ours
is an exception. The tools' descriptions for the model stand in `prompts/tools.json`.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal, Protocol

from pydantic import Field, JsonValue, ValidationError

from agent import observe
from agent.card_text import reading_line
from agent.desk import Desk, PlanError
from agent.ledger import Aim, Need, UnknownTagError
from agent.plan import AS_READ, Plan
from agent.shortlist import candidates, worth_opening_lines
from agent.trajectory import ANSWERED, Observation, ToolCall, ToolName
from index.conditions import Op, in_words
from index.product import Record, first_fault
from index.search import Index, SearchRequest

PAGE_SIZE = 8
REVIEWS_SHOWN = 4


class CallError(Exception):
    """A call that cannot be carried out; the message is what the model reads."""


class Answers(Protocol):
    """Someone who can be asked a question."""

    def answer(self, question: str, options: tuple[str, ...]) -> str:
        """The chosen option or free text; empty where the person skips."""
        ...


class SearchArguments(Record):
    """Arguments of `product_search`."""

    query: str = Field(default="", max_length=300)
    """Where it is empty, the kind of thing that is sought and what only words can find of it."""
    needs: tuple[str, ...] | None = None
    sort: str = "relevance"
    category: str = ""
    page: int = Field(default=1, ge=1, le=50)


class VisitArguments(Record):
    """Arguments of `visit_product`."""

    id: str
    show: Literal["all", "offers", "prices"] = "all"


class ReviewsArguments(Record):
    """Arguments of `product_reviews`."""

    id: str
    aspect: str = ""
    page: int = Field(default=1, ge=1, le=50)


class PageSearchArguments(Record):
    """Arguments of `web_search`."""

    query: str = Field(default="", max_length=300)
    """Where it is empty, the kind of thing that is sought."""


class PageVisitArguments(Record):
    """Arguments of `web_visit`."""

    id: str
    find: str = ""


class CompareArguments(Record):
    """Arguments of `compare_products`."""

    ids: tuple[str, ...] = Field(default=(), max_length=20)
    """Where there are none, the best of what was found."""


class AskArguments(Record):
    """Arguments of `ask_user`."""

    question: str = Field(min_length=1, max_length=300)
    options: tuple[str, ...] = Field(min_length=2, max_length=4)


ARGUMENTS: dict[ToolName, type[Record]] = {
    "plan": Plan,
    "product_search": SearchArguments,
    "visit_product": VisitArguments,
    "product_reviews": ReviewsArguments,
    "web_search": PageSearchArguments,
    "web_visit": PageVisitArguments,
    "compare_products": CompareArguments,
    "ask_user": AskArguments,
}


@cache
def declarations() -> list[dict[str, JsonValue]]:
    """The tools as chat templates want them (OpenAI function declarations)."""
    text = files("agent").joinpath("prompts/tools.json").read_text(encoding="utf-8")
    declared: list[dict[str, JsonValue]] = json.loads(text)
    return declared


def read_call(call: ToolCall, desk: Desk) -> Record:
    """A call's arguments, held against the desk; raises CallError or UnknownTagError."""
    if call.name not in desk.allowed_tools():
        allowed = ", ".join(desk.allowed_tools()) or "none, write the report"
        raise CallError(f"not possible now; possible: {allowed}")
    try:
        arguments = ARGUMENTS[call.name].model_validate(call.arguments, context={AS_READ: desk.reading.needs})
    except ValidationError as error:
        raise CallError(first_fault(error)) from error
    match arguments:
        case SearchArguments():
            _filters(arguments, desk)
            _category_path(arguments.category, desk)
            _sort(arguments.sort, desk)
        case VisitArguments() | ReviewsArguments():
            desk.evidence.product(arguments.id)
        case PageVisitArguments():
            desk.evidence.page(arguments.id)
        case CompareArguments():
            for tag in arguments.ids:
                desk.evidence.product(tag)
    return arguments


def execute(call: ToolCall, desk: Desk, person: Answers) -> Observation:
    """Carry out one call; whatever is wrong with it is said in the observation."""
    try:
        return _carry_out(read_call(call, desk), desk, person)
    except UnknownTagError as error:
        return Observation(text=f"{call.name}: {error} was never shown", error=True)
    except (CallError, PlanError) as error:
        return Observation(text=f"{call.name}: {error}", error=True)


def _carry_out(arguments: Record, desk: Desk, person: Answers) -> Observation:
    match arguments:
        case Plan():
            return _plan(arguments, desk)
        case SearchArguments():
            return _search(arguments, desk)
        case VisitArguments():
            return _visit(arguments, desk)
        case ReviewsArguments():
            return _reviews(arguments, desk)
        case PageSearchArguments():
            return _search_pages(arguments, desk)
        case PageVisitArguments():
            return _visit_page(arguments, desk)
        case CompareArguments():
            return _compare(arguments, desk)
        case AskArguments():
            desk.asked = True
            answer = person.answer(arguments.question, tuple(map(in_words, arguments.options)))
            if not answer:
                return Observation(text="The person skips this.")
            desk.hear(answer)
            return Observation(text=ANSWERED + answer, read=reading_line(desk.reading))
    raise AssertionError(arguments)


def _plan(plan: Plan, desk: Desk) -> Observation:
    needs = desk.adopt(plan)
    lines = [f"{n.tag} {'hard' if n.hard else 'soft'}: {n.bound}{_share_text(n, desk)}" for n in needs]
    hard = [n.condition for n in needs if n.hard and n.condition]
    if len(hard) > 1:
        lines.append(f"all hard needs together: {desk.count(hard)} products are known to fit")
    return Observation(text="\n".join(lines) or "No needs.")


def _share_text(need: Need, desk: Desk) -> str:
    if need.condition is None or desk.category is None:
        return ""
    return f" ({desk.count([need.condition])} of {desk.category.count} known to fit)"


def _search(arguments: SearchArguments, desk: Desk) -> Observation:
    filters = _filters(arguments, desk)
    query = arguments.query or desk.sought()
    request = SearchRequest(
        query=query,
        category=_category_path(arguments.category, desk),
        conditions=tuple(n.condition for n in filters if n.condition),
        sort=_sort(arguments.sort, desk),
        limit=PAGE_SIZE + len(desk.dismissed),
        # Nobody goes on behind what they have not seen.
        offset=(arguments.page - 1) * PAGE_SIZE if desk.evidence.products() else 0,
    )
    result = desk.index.search(request)
    desk.searched.append(query)
    desk.notes += [note for note in result.notes if note not in desk.notes]
    wanted = [h.product for h in result.hits if h.product.id not in desk.dismissed][:PAGE_SIZE]
    known = {p.id for p in wanted if desk.evidence.shown(p)}
    shown = [desk.evidence.show_product(p) for p in wanted]
    applied = " ".join(n.tag for n in filters) or "no needs"
    lines = [f"{result.total} found with {applied}; {len(shown)} shown"]
    for seen in shown:
        line = observe.known_line if seen.record.id in known else observe.product_line
        lines.append(line(seen, desk.needs, desk.fit(seen.record)))
    if not shown and arguments.page == 1:
        lines += _without_each(request, filters, desk.index)
    lines += worth_opening_lines(desk)
    return Observation(text="\n".join(lines), tags=tuple(s.tag for s in shown))


def _filters(arguments: SearchArguments, desk: Desk) -> list[Need]:
    if arguments.needs is None:
        return [n for n in desk.needs if n.hard and n.condition]
    known = {n.tag: n for n in desk.needs}
    unknown = [tag for tag in arguments.needs if tag not in known]
    if unknown:
        raise CallError(f"there is no need {unknown[0]}; there are {', '.join(known) or 'none'}")
    return [known[tag] for tag in arguments.needs if known[tag].condition]


def _category_path(tag: str, desk: Desk) -> tuple[str, ...]:
    if not tag:
        return desk.category.path if desk.category else ()
    card = next((c for c in desk.cards if c.tag == tag), None)
    if card is None:
        raise CallError(f"{tag} is not on the catalogue card")
    return card.path


def _sort(sort: str, desk: Desk) -> tuple[str, bool] | None:
    """What a search is sorted by; an order that the person asked for stands before relevance."""
    if sort == "relevance":
        asked = next((n for n in desk.needs if n.aim is not Aim.LIMIT and n.attribute != "other"), None)
        return (asked.attribute, asked.aim is Aim.HIGHEST) if asked else None
    if sort in ("price", "rating"):
        return sort, sort == "rating"
    need = next((n for n in desk.needs if n.tag == sort), None)
    if need is None or need.attribute == "other":
        raise CallError(
            f"sort is relevance, price, rating or the tag of a need on an attribute, not {sort!r}"
        )
    wants_more = need.condition is not None and need.condition.op is Op.AT_LEAST
    return need.attribute, need.aim is Aim.HIGHEST or wants_more


def _without_each(request: SearchRequest, filters: Sequence[Need], index: Index) -> Iterator[str]:
    """How many there would be without each need: which one to relax."""
    for left_out in filters:
        rest = tuple(n.condition for n in filters if n is not left_out and n.condition)
        wider = SearchRequest(query="", category=request.category, conditions=rest, limit=0)
        yield f"without {left_out.tag}: {index.search(wider).total}"


def _visit(arguments: VisitArguments, desk: Desk) -> Observation:
    product = desk.evidence.whole_product(arguments.id)
    history = desk.index.catalog.prices(product.id)
    seen = desk.evidence.show_product(product, opened=True)
    if arguments.show == "offers":
        text = observe.offers_sheet(seen)
    elif arguments.show == "prices":
        text = observe.history_sheet(seen, history)
    else:
        text = observe.product_sheet(seen, desk.needs, desk.fit(product), history)
        if differing := observe.differences_text(desk.index.catalog.differences(product.id)):
            text = f"{text}\n{differing}"
    return Observation(text="\n".join([text, *worth_opening_lines(desk)]), tags=(seen.tag,))


def _reviews(arguments: ReviewsArguments, desk: Desk) -> Observation:
    product = desk.evidence.whole_product(arguments.id)
    reading = desk.reviews(product)
    if not reading.reviews:
        return Observation(text=f"{arguments.id} has no reviews here.")
    about = arguments.aspect.strip().casefold()
    lines = [observe.review_summary(arguments.id, reading)]
    if about:
        spoken = reading.of(about)
        lines.append(observe.spoken_line(about, spoken, reading))
    else:
        spoken = [(review, ()) for review in observe.telling(reading.reviews)]
        lines += observe.trust_lines(reading)
    start = (arguments.page - 1) * REVIEWS_SHOWN
    tags = []
    for review, aspects in spoken[start : start + REVIEWS_SHOWN]:
        seen = desk.evidence.show_review(reading.original(review))
        tags.append(seen.tag)
        lines.append(observe.review_lines(seen, () if reading.labelled else aspects))
    return Observation(text="\n".join(lines), tags=tuple(tags))


def _search_pages(arguments: PageSearchArguments, desk: Desk) -> Observation:
    pages = desk.index.pages(arguments.query or desk.kind, limit=5)
    if not pages:
        return Observation(text="No saved page speaks of that.")
    shown = [desk.evidence.show_page(hit.page) for hit in pages]
    lines = [f"{s.tag} {s.record.title}" for s in shown]
    return Observation(text="\n".join(lines), tags=tuple(s.tag for s in shown))


def _visit_page(arguments: PageVisitArguments, desk: Desk) -> Observation:
    seen = desk.evidence.show_page(desk.evidence.page(arguments.id), opened=True)
    return Observation(text=observe.page_lines(seen, arguments.find), tags=(seen.tag,))


def _compare(arguments: CompareArguments, desk: Desk) -> Observation:
    wanted = {desk.evidence.product(tag).id for tag in arguments.ids} or {p.id for p in candidates(desk)}
    ordered = [p for p in desk.ranked() if p.id in wanted]
    desk.ranking = [p.id for p in ordered]
    lines, tags = [], []
    for place, product in enumerate(ordered, start=1):
        fit = desk.fit(product)
        state = "fits" if fit.fits else "might fit" if fit.might_fit else "misses"
        tag = desk.evidence.tag_of(product)
        tags.append(tag)
        lines.append(f"{place}. {tag} {state} {observe.fit_text(desk.needs, fit)}".rstrip())
    return Observation(text="\n".join(lines), tags=tuple(tags))
