"""What lies on the researcher's desk: the card, the plan, the needs, the evidence, and the person's wishes.

The desk is the state behind a trajectory. Tools write to it, policies and checks read it, the session store
keeps it. It decides what is allowed next; it does not decide what is wise.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import get_args

from agent.ledger import Evidence, Fit, Need, Seen
from agent.plan import Plan, PlanNeed, bind
from agent.reading.read import QuestionError, Reading, read_on
from agent.standings import Standings
from agent.trajectory import ToolName
from index.card import CategoryCard
from index.conditions import Condition
from index.freshness import Freshness, shipped
from index.product import Product, Record
from index.reviews.reading import Reading as ReviewReading
from index.reviews.reading import read as read_reviews
from index.search import Index, SearchRequest

TOOLS: tuple[ToolName, ...] = get_args(ToolName)
LITTLE = 2
"""Attributes that a question may name and still be answered with a question."""
MUCH = 14
"""Products that fit beyond which so little said leaves too much: a report names no more."""


class DeskState(Record):
    """Everything of a desk but the index, as the session store keeps it."""

    cards: tuple[CategoryCard, ...] = ()
    category: str = ""
    reading: Reading = Reading()
    plan: Plan | None = None
    earlier: tuple[Plan, ...] = ()
    needs: tuple[Need, ...] = ()
    needs_given: int = 0
    heard: bool = False
    asked: bool = False
    dismissed: tuple[str, ...] = ()
    liked: tuple[str, ...] = ()
    stop: bool = False
    settled: bool = False
    searched: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    ranking: tuple[str, ...] = ()


@dataclass
class Desk:
    """The working state of one session over one index."""

    index: Index
    cards: tuple[CategoryCard, ...] = ()
    category: CategoryCard | None = None
    reading: Reading = field(default_factory=Reading)
    """What was planned so far, with what code read of everything that the person said since."""
    plan: Plan | None = None
    earlier: dict[str, Plan] = field(default_factory=dict)
    """The last plan for each kind of product that was left for another, by the tag of its category."""
    needs: list[Need] = field(default_factory=list)
    needs_given: int = 0
    """Need tags handed out so far; a removed need's tag is not given again."""
    heard: bool = False
    """Whether the person said something that no plan has taken up yet."""
    asked: bool = False
    """Whether the person was asked something, or has come back with a follow-up."""
    evidence: Evidence = field(default_factory=Evidence)
    dismissed: set[str] = field(default_factory=set)
    """Ids of products that the person does not want to see."""
    liked: list[str] = field(default_factory=list)
    """Ids of products that the person wants more of, newest last."""
    stop: bool = False
    """Whether the person asked for the report now."""
    settled: bool = False
    """Whether the plan stands: the person has said nothing new since it was taken up."""
    searched: list[str] = field(default_factory=list)
    """What was searched, for the report's coverage."""
    notes: list[str] = field(default_factory=list)
    """What search said of itself, for the report's coverage."""
    ranking: list[str] = field(default_factory=list)
    """Ids of the products last compared, best first."""
    freshness: Freshness = field(default_factory=shipped)
    """After how many days what a source said is marked as stale."""
    before_moves: list[DeskState] = field(default_factory=list)
    """The desk as it was before each move of the person, for undo."""
    _standings: Standings = field(default_factory=Standings, init=False, repr=False, compare=False)

    _read: dict[tuple[str, int], ReviewReading] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """By product and the catalogue's generation."""

    def __post_init__(self) -> None:
        """Look at products as what is asked of them at any time."""
        self.evidence.view = lambda product: self._standings.as_asked(self.needs, product)

    def reviews(self, product: Product) -> ReviewReading:
        """The reviews of a product with what they say by aspects, read once."""
        place = product.id, self.index.catalog.generation
        if place not in self._read:
            self._read[place] = read_reviews(product, self.index.catalog)
        return self._read[place]

    def hear(self, said: str) -> None:
        """Read what the person said next, over what was planned so far; a plan has to take it up.

        Whoever comes back to a kind of product comes back to what they asked of it.
        """
        self.settled, self.heard = False, True
        if self.plan is not None:
            self.reading = self.reading.over(self.plan.category, self.plan.needs)
        with suppress(QuestionError):
            heard = read_on(self.reading, said, self.cards)
            if back := self.earlier.get(heard.category) if heard.category != self.reading.category else None:
                heard = read_on(self.reading.over(back.category, back.needs), said, self.cards)
            self.reading = heard

    def adopt(self, plan: Plan) -> list[Need]:
        """Take a plan over: choose its category, bind its needs, and return them."""
        card = next((c for c in self.cards if c.tag == plan.category), None)
        if card is None:
            known = ", ".join(c.tag for c in self.cards) or "none"
            raise PlanError(f"{plan.category!r} is not on the catalogue card ({known})")
        if self.plan is not None and self.plan.category != plan.category:
            self.earlier[self.plan.category] = self.plan
        self.plan, self.category, self.heard, self.settled = plan, card, False, True
        before = {need.model_copy(update={"tag": ""}): need.tag for need in self.needs}
        self.needs = [self._bind(written, before) for written in plan.needs]
        return self.needs

    def add_need(self, written: PlanNeed) -> Need:
        """Bind one more need and enter it."""
        need = self._bind(written)
        self.needs.append(need)
        self._plan_for([*self.planned, written])
        return need

    def rebind(self, tag: str, written: PlanNeed) -> Need:
        """Bind a need anew under its old tag; raises PlanError for an unknown one."""
        if self.category is None:
            raise PlanError("there is no plan yet")
        need = bind(written, tag, self.category, self.index)
        at = self._place(tag)
        self.needs[at] = need
        self._plan_for([*self.planned[:at], written, *self.planned[at + 1 :]])
        return need

    def harden(self, tag: str, *, hard: bool) -> Need:
        """Let a need hold or give way; raises PlanError where records cannot decide it, or there is none."""
        at = self._place(tag)
        if self.needs[at].condition is None:
            raise PlanError(f"{tag} is not a need that records can decide")
        self.needs[at] = self.needs[at].model_copy(update={"hard": hard})
        written = self.planned[at].model_copy(update={"hard": hard})
        self._plan_for([*self.planned[:at], written, *self.planned[at + 1 :]])
        return self.needs[at]

    @property
    def planned(self) -> tuple[PlanNeed, ...]:
        """The needs as they were written, in the order of the ledger."""
        return self.plan.needs if self.plan else ()

    def _plan_for(self, needs: Sequence[PlanNeed]) -> None:
        """What the person changed is part of the plan: a follow-up goes on from there."""
        if self.plan is not None:
            self.plan = self.plan.model_copy(update={"needs": tuple(needs)})

    def _place(self, tag: str) -> int:
        at = next((i for i, n in enumerate(self.needs) if n.tag == tag), None)
        if at is None:
            raise PlanError(f"there is no need {tag}; there are {', '.join(n.tag for n in self.needs)}")
        return at

    def _bind(self, written: PlanNeed, before: Mapping[Need, str] = MappingProxyType({})) -> Need:
        """Bind a need; one that stood in the ledger `before` keeps its tag."""
        if self.category is None:
            raise PlanError("there is no plan yet")
        need = bind(written, "", self.category, self.index)
        if need not in before:
            self.needs_given += 1
        return need.model_copy(update={"tag": before.get(need) or f"N{self.needs_given}"})

    @property
    def kind(self) -> str:
        """The name of the category; empty before a plan."""
        return self.category.path[-1] if self.category and self.category.path else ""

    def sought(self) -> str:
        """What is searched for where a search names no words of its own.

        The title of what the person wants more of, else the kind of thing with the wishes that only words can
        find. What else stands in a question ("my requirements") finds what sellers write, not what is wanted.
        """
        liked = [s.record.title for s in self.evidence.products() if s.record.id in self.liked[-1:]]
        if liked:
            return liked[0]
        wished = [need.value for need in self.plan.needs if need.on == "other"] if self.plan else []
        return " ".join([self.kind, *wished])

    def fit(self, product: Product) -> Fit:
        """How a product stands to the needs."""
        return self._standings.fit(self.needs, product)

    def ranked(self, opened: bool = False) -> list[Product]:
        """Products seen and not dismissed, best first."""
        seen = (s.record for s in self.evidence.products(opened))
        return self._standings.ranked(self.needs, (p for p in seen if p.id not in self.dismissed))

    def eligible(self) -> list[Product]:
        """Products that may be picked: opened, wanted, and meeting every hard need; best first."""
        return [p for p in self.ranked(opened=True) if self.fit(p).fits]

    def count(self, conditions: Sequence[Condition]) -> int:
        """How many products of the category are known to meet these conditions."""
        path = self.category.path if self.category else ()
        request = SearchRequest(query="", category=path, conditions=tuple(conditions), limit=0)
        return self.index.search(request).total

    def count_after(self, said: str) -> int | None:
        """How many products an answer would leave; None where code reads no need in it."""
        standing = self.category or next(iter(self.cards), None)
        try:
            read = read_on(self.reading, said, self.cards)
        except QuestionError:
            return None
        moved = read.category != self.reading.category
        card = next((c for c in self.cards if c.tag == read.category), standing) if moved else standing
        if card is None or (card is standing and set(read.needs) == set(self.reading.needs)):
            return None
        conditions = [n.condition for w in read.needs if (n := bind(w, "", card, self.index)).hard]
        request = SearchRequest(
            query="", category=card.path, conditions=tuple(filter(None, conditions)), limit=0
        )
        return self.index.search(request).total

    def asks_first(self) -> bool:
        """Whether so little was said, and so much fits it, that one asks what else matters first."""
        if self.plan is None or self.asked or self.searched or self.heard:
            return False
        said = {need.on for need in self.plan.needs if need not in self.reading.past}
        hard = [need.condition for need in self.needs if need.hard and need.condition]
        return len(said) <= LITTLE and self.count(hard) > MUCH

    def allowed_tools(self) -> tuple[ToolName, ...]:
        """Tools that make sense now.

        A plan takes up what the person said before anything else, and then stands until they say more. What
        needs a tag waits for one, and saved pages are only looked for where there are any, after products.
        Whoever was asked is not asked again.
        """
        if self.plan is None or (self.heard and not self.stop):
            return ("plan",)
        if not self.stop and self.asks_first():
            return ("ask_user",)
        blocked: set[ToolName] = {"plan"} if self.settled else set()
        if self.asked:
            blocked.add("ask_user")
        if not self.evidence.products():
            blocked |= {"visit_product", "product_reviews"}
        if len(self.evidence.products()) < 2:
            blocked.add("compare_products")
        if not self.evidence.pages():
            blocked.add("web_visit")
        if not self.searched or not self.index.catalog.holds_pages():
            blocked.add("web_search")
        return () if self.stop else tuple(t for t in TOOLS if t not in blocked)

    def may_report(self) -> bool:
        """Whether a report may be written: after a plan and at least one search, or when told to stop."""
        return self.plan is not None and ((bool(self.searched) and not self.heard) or self.stop)

    def state(self) -> DeskState:
        """A record of the desk for the session store; the evidence is stored beside it."""
        return DeskState(
            cards=self.cards,
            category=self.category.tag if self.category else "",
            reading=self.reading,
            plan=self.plan,
            earlier=tuple(self.earlier.values()),
            needs=tuple(self.needs),
            needs_given=self.needs_given,
            heard=self.heard,
            asked=self.asked,
            dismissed=tuple(sorted(self.dismissed)),
            liked=tuple(self.liked),
            stop=self.stop,
            settled=self.settled,
            searched=tuple(self.searched),
            notes=tuple(self.notes),
            ranking=tuple(self.ranking),
        )

    @classmethod
    def restore(cls, index: Index, state: DeskState, seen: Iterable[Seen]) -> "Desk":
        """The desk of a stored session, over today's index."""
        return cls(
            index=index,
            cards=state.cards,
            category=next((c for c in state.cards if c.tag == state.category), None),
            reading=state.reading,
            plan=state.plan,
            earlier={plan.category: plan for plan in state.earlier},
            needs=list(state.needs),
            needs_given=state.needs_given,
            heard=state.heard,
            asked=state.asked,
            evidence=Evidence(seen),
            dismissed=set(state.dismissed),
            liked=list(state.liked),
            stop=state.stop,
            settled=state.settled,
            searched=list(state.searched),
            notes=list(state.notes),
            ranking=list(state.ranking),
        )


class PlanError(Exception):
    """A plan or an edit of it that the desk cannot take over; the message is for the model or the person."""
