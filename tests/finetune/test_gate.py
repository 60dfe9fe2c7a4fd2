"""The gate: who is measurably better passes, and everyone else leaves the model in use where it is."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.policy import Policy
from agent.rules import RulesPolicy
from distill.evaluate.intervals import Interval
from distill.evaluate.run import Contestant
from distill.seats.oracle import oracle
from distill.task import Task
from finetune.errors import GateError
from finetune.gate import CANDIDATE, IN_USE, Comparison, compare, read_comparison, write_comparison
from index.search import Index
from tests.distill.evaluated import CHEAP_TASK, QUIET_TASK

FEW = 6
TASKS = tuple(QUIET_TASK.model_copy(update={"id": f"quiet-{n}", "seed": n}) for n in range(FEW))


def reads(task: Task, seed: int) -> Policy:  # noqa: ARG001
    """The rules that read for themselves."""
    return RulesPolicy()


def mistakes(task: Task, seed: int) -> Policy:  # noqa: ARG001
    """The rules that take every task for one that nothing fits."""
    return oracle(CHEAP_TASK)


def knows(task: Task, seed: int) -> Policy:  # noqa: ARG001
    """The rules that know what is needed."""
    return oracle(task)


def compared(shop: Index, in_use: object, candidate: object, tasks: Sequence[Task] = TASKS) -> Comparison:
    """A comparison over the tiny shop."""
    makers = {IN_USE: in_use, CANDIDATE: candidate}
    present, new = (Contestant(name, make) for name, make in makers.items())  # type: ignore[arg-type]
    return compare(tasks, present, new, lambda _: shop, fewest=FEW)


def test_who_understands_more_of_the_same_tasks_passes(shop: Index) -> None:
    comparison = compared(shop, mistakes, knows)
    assert comparison.passed
    assert comparison.success.mean == 1
    assert comparison.score.low > 0
    assert comparison.sentence.startswith("The candidate is better: predicate success")
    assert f"over {FEW} held-out tasks" in comparison.sentence


def test_a_tie_keeps_the_model_in_use(shop: Index) -> None:
    comparison = compared(shop, reads, reads)
    assert not comparison.passed
    assert (comparison.success.mean, comparison.score.mean) == (0, 0)
    assert "not measurably better and the model in use stays" in comparison.sentence


def test_who_succeeds_less_often_does_not_pass(shop: Index) -> None:
    comparison = compared(shop, knows, mistakes)
    assert not comparison.passed
    assert "succeeds less often and the model in use stays" in comparison.sentence


def test_few_tasks_tell_nothing_however_well_they_go(shop: Index) -> None:
    comparison = compared(shop, mistakes, knows, TASKS[: FEW - 1])
    assert comparison.score.low > 0
    assert not comparison.passed
    assert f"at least {FEW} are needed" in comparison.sentence


@pytest.mark.parametrize(
    ("success", "low", "passes"),
    [(0.0, 0.01, True), (0.0, 0.0, False), (-0.01, 0.2, False), (0.3, -0.01, False)],
)
def test_the_rule_is_success_not_lower_and_the_score_surely_higher(
    shop: Index, success: float, low: float, passes: bool
) -> None:
    measured = compared(shop, reads, reads, TASKS[:1])
    differences = {
        "success": Interval(mean=success, low=-1, high=1, n=FEW),
        "score": Interval(mean=low + 0.1, low=low, high=1, n=FEW),
    }
    assert measured.model_copy(update=differences).passed is passes


def test_the_table_for_people_names_both_and_the_outcome(shop: Index, tmp_path: Path) -> None:
    comparison = compared(shop, reads, knows)
    write_comparison(comparison, tmp_path)
    text = (tmp_path / "gate.txt").read_text(encoding="utf-8")
    assert text.startswith(comparison.sentence)
    for name in (IN_USE, CANDIDATE, "oracle rules"):
        assert name in text
    assert read_comparison(tmp_path) == comparison


def test_a_damaged_report_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "gate.json").write_text("{", encoding="utf-8")
    with pytest.raises(GateError, match=r"gate\.json cannot be read .*compare again") as told:
        read_comparison(tmp_path)
    assert "\n" not in str(told.value)
