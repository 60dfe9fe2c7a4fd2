"""A finished report as measures and checks of citations read it: what the author wrote, and what was done.

Only the report, the desk and the trajectory are seen, never the task, so that a supervisor may look as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from agent.desk import Desk
from agent.ledger import Need, SeenProduct, judge
from agent.plan import PlanNeed, bind
from agent.report.draft import Polarity, Section
from agent.report.record import Passage, Report, ReportPick, Sentence
from agent.trajectory import Done, Move, Question, Trajectory, executed
from distill.judging.needs_matched import matches
from index.conditions import spaced
from index.product import Product


class Own(NamedTuple):
    """A sentence that the author wrote, and its place."""

    section: Section
    about: str
    """Tag of the product under which it stands; empty where it stands under none."""
    polarity: Polarity | None
    """Set for review findings."""
    sentence: Sentence

    @property
    def text(self) -> str:
        """The sentence as people read it, without its citations."""
        return "".join(p.text for p in self.sentence if p.kind != "citation").strip()

    @property
    def words(self) -> list[str]:
        """Its words as they are compared."""
        return spaced(self.text).split()

    @property
    def products(self) -> list[str]:
        """Tags of the products whose records it shows or cites, in order."""
        tags = (p.cite.tag for p in self.sentence if p.cite is not None and p.cite.kind == "product")
        return list(dict.fromkeys(tags))


@dataclass(frozen=True)
class View:
    """A report with the desk that it was written on and the way that led there."""

    report: Report
    desk: Desk
    trajectory: Trajectory
    facets: tuple[PlanNeed, ...] = ()
    """Hard needs that the question states, as a perfect plan writes them, where a rubric knows them."""

    @cached_property
    def own(self) -> tuple[Own, ...]:
        """Every sentence of the author's own sections; what code wrote in their place is left out."""
        return tuple(_own(self.report))

    @cached_property
    def picks(self) -> tuple[ReportPick, ...]:
        """The picks that the author chose."""
        return tuple(p for p in self.report.picks if p.by == "policy")

    @cached_property
    def done(self) -> tuple[Done, ...]:
        """The calls carried out, in order."""
        return tuple(executed(self.trajectory.entries))

    @cached_property
    def seen(self) -> dict[str, SeenProduct]:
        """Products by tag."""
        return {s.tag: s for s in self.desk.evidence.products()}

    @cached_property
    def hard(self) -> tuple[Need, ...]:
        """The hard needs to hold the report against.

        Those of the ledger where it holds every facet, and may know more; else the facets, so that a plan
        that asks for the impossible is no excuse for finding nothing.
        """
        facets = [need for facet in self.facets if (need := self.bound(facet)) is not None]
        wanted = facets if len(matches(facets, self.desk.needs)) < len(facets) else self.desk.needs
        return tuple(n for n in wanted if n.hard and n.condition is not None)

    @cached_property
    def fitting(self) -> int:
        """Products of the category that are known to meet every hard need."""
        return self.desk.count([n.condition for n in self.hard if n.condition is not None])

    def fits(self, product: Product) -> bool:
        """Whether a product meets every hard need."""
        return judge(self.hard, product).fits

    def bound(self, written: PlanNeed) -> Need | None:
        """A need, as the person last set it where they changed it on the way; None without a plan."""
        if self.desk.category is None:
            return None
        moved = {e.target for e in self.trajectory.entries if isinstance(e, Move)}
        later = self.questions > 1
        changed = (n for n in self.desk.needs if n.attribute == written.on and (later or n.tag in moved))
        return next(changed, None) or bind(written, "", self.desk.category, self.desk.index)

    @cached_property
    def discussed(self) -> tuple[str, ...]:
        """Tags of the products that the author's own sections pick, show or cite, in order."""
        tags = [p.tag for p in self.picks]
        tags += [tag for own in self.own for tag in (*own.products, own.about) if tag in self.seen]
        return tuple(dict.fromkeys(tags))

    def called(self, name: str, tag: str) -> bool:
        """Whether a tool was used on a product without an error."""
        return any(
            d.call.name == name and d.call.arguments.get("id") == tag and not d.observation.error
            for d in self.done
        )

    def record(self, tag: str) -> Product:
        """The product under a tag."""
        return self.seen[tag].record

    @property
    def questions(self) -> int:
        """How often the person asked."""
        return sum(isinstance(e, Question) for e in self.trajectory.entries)


def _own(report: Report) -> Iterator[Own]:
    by_policy = [p for p in report.picks if p.by == "policy"]
    best = by_policy[0].tag if by_policy else ""
    if report.verdict_by == "policy":
        yield from _each("verdict", best, None, report.verdict)
    for pick in by_policy:
        yield from _each("picks", pick.tag, None, pick.reason)
    for passage in report.trade_offs:
        yield from _each("trade_offs", "", None, passage)
    for pick in report.picks:
        for remark in pick.opinions.remarks if pick.opinions else ():
            yield from _each("reviews", pick.tag, remark.polarity, remark.passage)


def _each(section: Section, about: str, polarity: Polarity | None, passage: Passage) -> Iterator[Own]:
    """A sentence of a trade-off that names no product goes on about the one before, where it was one."""
    for sentence in passage:
        own = Own(section, about, polarity, sentence)
        yield own
        if section == "trade_offs" and own.products:
            about = own.products[0] if len(own.products) == 1 else ""


def share(part: float, whole: float) -> float:
    """A part of a whole from 0 to 1; 1 where there is nothing to have a part of."""
    return 1.0 if whole <= 0 else min(1.0, part / whole)


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0
