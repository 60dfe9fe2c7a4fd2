"""RACE: a report against a reference by dimension, as S_target / (S_target + S_ref); 0.5 is parity.

The reference is written by the oracle rules in another setting than the training targets: how many picks it
keeps is drawn from a seed of its own. Who judges is named: the code rubric, or a model that sees each pair in
both orders. A judge that fails gives no score.
"""

from collections.abc import Generator, Mapping
from random import Random
from typing import NamedTuple, Protocol

from agent.desk import Desk
from agent.policy import Policy
from agent.report.markdown import markdown
from agent.trajectory import Compaction, Step, Trajectory
from distill.evaluate.run import Contestant, Run, research
from distill.judging.rubric_rules import decided_by_code, judge_by_code
from distill.rubric import DIMENSIONS, Dimension, Rubric, Verdict, dimension_scores, overall
from distill.seats.oracle import oracle
from distill.seats.roles import Judge, UserSeat
from distill.task import Task
from index.product import Record
from index.search import Index

REFERENCE = "oracle rules that keep three to six picks"
PARITY_NOTE = (
    "The reference is the oracle rules under another seed, so the oracle rules stand near 50 by construction."
)
"""What every table and page says below its figures."""
REFERENCE_SEED = 7_001
"""Apart from the seeds of tasks and dialogues."""


class Race(Record):
    """One report beside its reference; the four dimensions that were judged, and the whole."""

    dimensions: dict[Dimension, float]
    """S_target / (S_target + S_ref), 0 to 1."""
    overall: float
    quality: float
    """S_target alone, 0 to 10."""


def relative(target: float, reference: float) -> float:
    """S_target / (S_target + S_ref); parity where both are nothing."""
    return target / (target + reference) if target + reference else 0.5


def race(rubric: Rubric, target: Mapping[Dimension, float], reference: Mapping[Dimension, float]) -> Race:
    """Hold the dimensions' scores of two reports against each other."""
    judged = [d for d in DIMENSIONS if d in target and d in reference]
    whole = overall(rubric, {d: target[d] for d in judged})
    beside = overall(rubric, {d: reference[d] for d in judged})
    return Race(
        dimensions={d: relative(target[d], reference[d]) for d in judged},
        overall=relative(whole, beside),
        quality=whole,
    )


class Scored(NamedTuple):
    """The dimensions' scores of a report and of its reference, from one judge."""

    rubric: Rubric
    target: dict[Dimension, float]
    reference: dict[Dimension, float]


class RaceJudge(Protocol):
    """Whoever scores a pair of reports; raises JudgeError or SeatError where it fails."""

    @property
    def name(self) -> str:
        """What the tables say."""
        ...

    def score(self, target: Run, reference: Run) -> Scored:
        """Both runs have reports."""
        ...


class CodeRubric:
    """The criteria that code decides; each report is measured by itself."""

    name = "code rubric"

    def score(self, target: Run, reference: Run) -> Scored:
        """Measure both."""
        rubric = decided_by_code(target.task.rubric)
        return Scored(rubric, self._measured(rubric, target), self._measured(rubric, reference))

    def _measured(self, rubric: Rubric, run: Run) -> dict[Dimension, float]:
        assert run.report is not None
        return dimension_scores(rubric, judge_by_code(rubric, run.report, run.desk, run.trajectory))


class ModelRubric:
    """A model judges every criterion, each report once as the first of the pair and once as the second."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    @property
    def name(self) -> str:
        """The model, and how it judges."""
        return f"{self._judge.name}, in both orders"

    def score(self, target: Run, reference: Run) -> Scored:
        """Four readings: either report, in either place."""
        rubric = target.task.rubric
        one, two = _shown(target), _shown(reference)
        return Scored(rubric, self._mean(target.task, one, two), self._mean(target.task, two, one))

    def _mean(self, task: Task, judged: str, beside: str) -> dict[Dimension, float]:
        first = f"# The report to judge\n\n{judged}\n\n# Another report, for comparison\n\n{beside}"
        second = f"# Another report, for comparison\n\n{beside}\n\n# The report to judge\n\n{judged}"
        scores = [dimension_scores(task.rubric, self._verdicts(task, shown)) for shown in (first, second)]
        return {d: (scores[0][d] + scores[1][d]) / 2 for d in scores[0]}

    def _verdicts(self, task: Task, shown: str) -> list[Verdict]:
        return self._judge.judge(task.question, shown, task.rubric.criteria)


def _shown(run: Run) -> str:
    assert run.report is not None
    return markdown(run.report)


class ReferenceRules:
    """The oracle rules, but for the number of picks that the report keeps."""

    author = "reference"

    def __init__(self, policy: Policy, picks: int) -> None:
        self._policy = policy
        self._picks = picks

    def compaction(self, trajectory: Trajectory, desk: Desk) -> Compaction | None:
        """As the oracle has it."""
        return self._policy.compaction(trajectory, desk)

    def next(self, trajectory: Trajectory, desk: Desk) -> Generator[str, None, Step]:
        """The oracle's step, its report cut to the picks kept."""
        step = yield from self._policy.next(trajectory, desk)
        return step if step.report is None else step.model_copy(update={"report": self._kept(step.report)})

    def _kept(self, report: str) -> str:
        lines = report.splitlines(keepends=True)
        also = [at for at, line in enumerate(lines) if line.startswith("- also:")]
        named = sum(line.startswith(("- best:", "- budget:", "- upgrade:")) for line in lines)
        gone = set(also[max(0, self._picks - named) :])
        return "".join(line for at, line in enumerate(lines) if at not in gone)


def reference_run(task: Task, index: Index, user: UserSeat) -> Run:
    """The run whose report is the reference of a task."""
    return research(task, index, Contestant("reference", _reference_policy), user, REFERENCE_SEED)


def _reference_policy(task: Task, seed: int) -> Policy:
    picks = Random(f"{seed}:{task.id}").randint(3, 6)
    return ReferenceRules(oracle(task), picks)
