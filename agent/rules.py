"""A competent researcher without weights: the policy that runs while there is no model, and the baseline.

It binds the question to the catalogue card (`agent.reading`), searches, widens where too little fits, opens
the best, reads reviews and a saved page, compares, and writes (`agent.rules_report`). It looks only at the
desk and at what was done since the person last spoke.
"""

from collections.abc import Generator, Sequence
from typing import Protocol

from agent.desk import Desk
from agent.ledger import Aim, Need
from agent.plan import Plan, PlanNeed
from agent.reading.read import Reading, read
from agent.rules_report import write_report
from agent.shortlist import NAMED, candidates, worth_opening
from agent.tools import PAGE_SIZE
from agent.trajectory import (
    NOTHING_ELSE,
    OPEN_QUESTION,
    Compaction,
    Done,
    Step,
    ToolCall,
    Trajectory,
    executed,
)
from index.product import Product

REVIEWED = 4
OPTIONS = 3
"""Attributes offered where it is asked what else matters."""
ENOUGH = 4
"""Fitting products below which the search is widened for near misses."""


class Reader(Protocol):
    """Who understands what the person said so far."""

    def __call__(self, trajectory: Trajectory, desk: Desk) -> Reading:
        """The needs in force, what to search for, and what is still to be asked."""
        ...


class RulesPolicy:
    """Steps decided by rules over what a reader understood.

    By default that is what code read beside the question; `needs` stand in for those that it states, and
    another `reader` for everything said.
    """

    author = "rules"

    def __init__(self, needs: Sequence[PlanNeed] | None = None, reader: Reader | None = None) -> None:
        self._read: Reader = reader or (lambda trajectory, desk: as_read(trajectory, desk, needs))

    def compaction(self, trajectory: Trajectory, desk: Desk) -> Compaction | None:  # noqa: ARG002
        """Rules need no context."""
        return None

    def next(self, trajectory: Trajectory, desk: Desk) -> Generator[str, None, Step]:
        """Decide the next step."""
        step = self._decide(trajectory, desk)
        yield step.thought
        return step

    def _decide(self, trajectory: Trajectory, desk: Desk) -> Step:
        if not desk.stop:
            reading = self._read(trajectory, desk)
            asked = list(executed(trajectory.since_asked))
            if not asked or asked[-1].answered:
                return _plan(reading, desk)
            question = _unasked(asked, reading) or _open_question(desk)
            if question is not None:
                return question
            done = list(executed(trajectory.since_steered))
            for choose in (_search, _widen, _more, _visit, _reviews, _pages, _compare):
                step = choose(done, desk)
                if step is not None:
                    return step
        return Step(thought="There is enough to write the report.", report=write_report(desk))


def as_read(trajectory: Trajectory, desk: Desk, needs: Sequence[PlanNeed] | None = None) -> Reading:
    """What code read of everything said over what was planned; raises QuestionError where that is nothing."""
    reading = desk.reading if desk.reading.category else read(trajectory.spoken[0], desk.cards)
    return reading if needs is None or desk.plan else reading.model_copy(update={"needs": tuple(needs)})


def _plan(reading: Reading, desk: Desk) -> Step:
    plan = Plan(category=reading.category, needs=reading.needs)
    return _step(plan_thought(plan), "plan", **plan.arguments(desk.reading.needs))


def plan_thought(plan: Plan) -> str:
    """What the rules think with a plan; its needs stand in the call."""
    return f"{plan.category} is the kind of thing."


def _unasked(done: Sequence[Done], reading: Reading) -> Step | None:
    """The next question that the reading leaves open."""
    asked = {d.call.arguments.get("question") for d in done if d.call.name == "ask_user"}
    ask = next((a for a in reading.asks if a.question not in asked), None)
    if ask is None:
        return None
    return _step("One thing is better asked.", "ask_user", question=ask.question, options=list(ask.options))


def _open_question(desk: Desk) -> Step | None:
    """What else matters, where little was said: some attributes that no need is on."""
    if not desk.asks_first() or desk.category is None:
        return None
    named = {need.attribute for need in desk.needs}
    unnamed = [a.name for a in desk.category.attributes if a.name not in named][:OPTIONS]
    if not unnamed:
        return None
    options = [*unnamed, NOTHING_ELSE]
    return _step(
        "Little was said; ask what else matters.", "ask_user", question=OPEN_QUESTION, options=options
    )


def _step(thought: str, tool: str, **arguments: object) -> Step:
    return Step(thought=thought, call=ToolCall.model_validate({"name": tool, "arguments": arguments}))


def _search(done: Sequence[Done], desk: Desk) -> Step | None:
    """First what meets every wish too, then what meets the hard needs."""
    searches = sum(d.call.name == "product_search" for d in done)
    every = [n.tag for n in desk.needs if n.condition]
    wishes = any(not n.hard and n.condition for n in desk.needs)
    if searches == 0 and wishes:
        return _step("Search with every need and wish.", "product_search", needs=every, **_sorted_by(desk))
    if searches < 1 + wishes:
        return _step("Search with every hard need.", "product_search", **_sorted_by(desk))
    return None


def _sorted_by(desk: Desk) -> dict[str, str]:
    """The ordering that the person asked for, else that of the first wish, else relevance."""
    ordering = [n for n in desk.needs if n.aim is not Aim.LIMIT]
    wished = [n for n in desk.needs if not n.hard and n.condition and n.condition.number is not None]
    return {"sort": (ordering + wished)[0].tag} if ordering or wished else {}


def _widen(done: Sequence[Done], desk: Desk) -> Step | None:
    """Where too little fits, look for what might: drop the needs that fewest records speak of, in turn."""
    wishes = [n for n in desk.needs if not n.hard and n.condition]
    widened = sum(d.call.name == "product_search" for d in done) - 1 - bool(wishes)
    hard = [n for n in desk.needs if n.hard and n.condition]
    if len(_fitting(desk)) >= ENOUGH or not hard or widened >= min(len(hard), 3):
        return None
    dropped = _scarcest(hard, desk)[widened]
    kept = [n.tag for n in hard if n is not dropped]
    thought = f"Too little fits; look at what there is without {dropped.tag}."
    return _step(thought, "product_search", needs=kept)


def _fitting(desk: Desk) -> list[Product]:
    """What was seen and meets every hard need, best first."""
    return [p for p in desk.ranked() if desk.fit(p).fits]


def _more(done: Sequence[Done], desk: Desk) -> Step | None:
    """The second page of what meets every hard need, where the first did not hold them all."""
    pages = [d for d in done if d.call.name == "product_search" and "needs" not in d.call.arguments]
    full = len(pages) == 1 and len(pages[0].observation.tags) == PAGE_SIZE
    if not full or len(_fitting(desk)) >= NAMED:
        return None
    if desk.count([n.condition for n in desk.needs if n.hard and n.condition]) <= PAGE_SIZE:
        return None
    return _step("There is more that fits.", "product_search", **_sorted_by(desk), page=2)


def _scarcest(hard: Sequence[Need], desk: Desk) -> list[Need]:
    """Needs by how few products are known to meet them."""

    def known(need: Need) -> int:
        return desk.count([need.condition]) if need.condition else 0

    return sorted(hard, key=known)


def _visit(done: Sequence[Done], desk: Desk) -> Step | None:  # noqa: ARG001
    worth = worth_opening(desk)
    if not worth:
        return None
    tag = desk.evidence.tag_of(worth[0])
    return _step(f"Open {tag}.", "visit_product", id=tag)


def _reviews(done: Sequence[Done], desk: Desk) -> Step | None:
    asked = [d for d in done if d.call.name == "product_reviews"]
    if len(asked) >= 2 and not any(d.observation.tags for d in asked):
        return None  # this catalogue seems to hold no reviews of them
    read_of = {d.call.arguments.get("id") for d in asked}
    for product in desk.eligible()[:REVIEWED]:
        tag = desk.evidence.tag_of(product)
        if tag not in read_of:
            return _step(f"Read what buyers of {tag} say.", "product_reviews", id=tag)
    return None


def _pages(done: Sequence[Done], desk: Desk) -> Step | None:
    """Read one saved page that is about this kind of product."""
    if not desk.kind or "web_search" not in desk.allowed_tools():
        return None
    if not any(d.call.name == "web_search" for d in done):
        return _step("Look for saved advice.", "web_search")
    about = next((s for s in desk.evidence.pages() if _speaks_of(desk.kind, s.record.title)), None)
    if about is None or about.opened or any(d.call.name == "web_visit" for d in done):
        return None
    return _step("Read the saved page.", "web_visit", id=about.tag)


def _speaks_of(kind: str, title: str) -> bool:
    """Whether a title bears the category's name, give or take a plural."""
    words = title.casefold()
    return all(word.rstrip("s") in words for word in kind.casefold().replace("-", " ").split())


def _compare(done: Sequence[Done], desk: Desk) -> Step | None:
    if len(candidates(desk)) < 2 or any(d.call.name == "compare_products" for d in done):
        return None
    return _step("Hold them against the needs.", "compare_products")
