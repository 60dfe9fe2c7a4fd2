"""What a run is measured by: the task's hidden true needs, never the run's own plan."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from agent.ledger import Aim, Need, SeenReview
from agent.trajectory import Entry, Feedback, Move, Observation, Question, Step, ToolCall, executed
from distill.evaluate.run import Run
from distill.evaluate.support import Cited
from distill.judging.measures_research import ENOUGH_OPENED
from distill.judging.needs_matched import matches
from distill.judging.report_view import View, share
from distill.task import TrueNeed
from distill.told import in_force
from distill.truth import Truth
from index.conditions import Verdict, decide
from index.product import Product


class NeedScores(NamedTuple):
    """How the ledger stands to the true needs, 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def need_scores(true: Sequence[Need], ledger: Sequence[Need]) -> NeedScores:
    """Needs that records can decide, matched one to one; what only reading can judge is left out."""
    wanted, held = _countable(true), _countable(ledger)
    matched = len(matches(wanted, held))
    precision = share(matched, len(held)) if held else float(not wanted)
    return NeedScores(precision, share(matched, len(wanted)))


def _countable(needs: Iterable[Need]) -> list[Need]:
    return [n for n in needs if n.attribute != "other" and (n.condition or n.aim is not Aim.LIMIT)]


def succeeds(picks: Sequence[str], truth: Truth) -> bool:
    """Every pick meets every hard true need, something is picked where something fits, and nothing else."""
    if not truth.fitting:
        return not picks
    return bool(picks) and truth.fitting.issuperset(picks)


def opened_share(run: Run, truth: Truth) -> float | None:
    """Share of the satisfying set that was opened, of at most eight; None where nothing fits."""
    if not truth.fitting:
        return None
    opened = {s.record.id for s in run.desk.evidence.products(opened=True)}
    return share(len(opened & truth.fitting), min(len(truth.fitting), ENOUGH_OPENED))


class Products(NamedTuple):
    """Products that the author's own sections discuss, in counts."""

    effective: int
    """Opened, in the catalogue, and with no citation that fails (E.Prod)."""
    fitting: int
    """Of those, how many truly fit."""


def effective_products(view: View, cited: Sequence[Cited], truth: Truth) -> Products:
    """E.Prod, and how many of them fit."""
    broken = {_owner(c.tag, view) for c in cited if c.support == "unsupported"}
    discussed = [view.seen[tag] for tag in view.discussed if view.seen[tag].opened]
    ids = list(dict.fromkeys(s.record.id for s in discussed))
    existing = {p.id for p in view.desk.index.catalog.known_products(ids)}
    effective = [i for i in ids if i in existing and i not in broken]
    return Products(len(effective), sum(i in truth.fitting for i in effective))


def _owner(tag: str, view: View) -> str:
    """The product that a cited record is about; empty where there is none."""
    if tag in view.seen:
        return view.seen[tag].record.id
    seen = next((s for s in view.desk.evidence if s.tag == tag), None)
    return seen.record.product_id if isinstance(seen, SeenReview) else ""


class Clarification(NamedTuple):
    """What came of asking the person."""

    learnt: float | None
    """Share of the needs told only when asked that entered the ledger; None where there are none."""
    needless: int
    """Questions that the person skipped, or asked where there was nothing to learn."""


def clarification(run: Run, truth: Truth) -> Clarification:
    """Whether the run asked where it had to, and no more."""
    asked = [d.observation for d in executed(run.trajectory.entries) if d.call.name == "ask_user"]
    due = _tagged(run, truth, "asked")
    needless = sum(not o.answer for o in asked) if due else len(asked)
    if not due:
        return Clarification(None, needless)
    return Clarification(share(len(matches(due, run.desk.needs)), len(due)), needless)


def personalization(run: Run, truth: Truth) -> float | None:
    """Share of the needs hidden in the history that the ledger holds or every pick meets."""
    hidden = _tagged(run, truth, "hidden")
    if not hidden:
        return None
    held = matches(hidden, run.desk.needs)
    picks = run.report.picks if run.report else ()
    records = [run.desk.evidence.product(p.tag) for p in picks]
    return share(sum(n in held or _all_meet(n, records) for n in hidden), len(hidden))


def _all_meet(need: Need, picks: Sequence[Product]) -> bool:
    condition = need.condition
    return bool(picks) and condition is not None and all(decide(condition, p) is Verdict.MET for p in picks)


def _tagged(run: Run, truth: Truth, reveal: str) -> list[Need]:
    """The bound true needs of one kind of telling."""
    forced: Sequence[TrueNeed] = in_force(run.task, run.trajectory)
    pairs = zip(forced, truth.needs, strict=True)
    return _countable(bound for true, bound in pairs if true.reveal == reveal)


class Conduct(NamedTuple):
    """How a run went about its work, in counts."""

    steps: int
    errors: int
    """Calls that could not be carried out, and writings that were no step."""
    repeats: int
    """Calls made again word for word since the person last spoke or moved."""
    rejections: int
    """Steps sent back, by the live checks or by a supervisor."""


def conduct(run: Run) -> Conduct:
    """Steps, errors and repetitions."""
    steps = errors = repeats = rejections = 0
    made: list[ToolCall] = []
    before: Entry | None = None
    for entry in run.trajectory.entries:
        if isinstance(entry, (Question, Move)):
            made.clear()
        elif isinstance(entry, Step):
            steps += 1
            repeats += entry.call is not None and entry.call in made
            made += [entry.call] if entry.call is not None else []
        elif isinstance(entry, Observation):
            errors += entry.error
        elif isinstance(entry, Feedback):
            rejections += isinstance(before, Step)
            errors += not isinstance(before, Step)
        before = entry
    return Conduct(steps, errors, repeats, rejections)
