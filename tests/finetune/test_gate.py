"""The gate: who is shown to be better passes, and everyone else leaves the model in use where it is."""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from agent.policy import Policy
from agent.rules import RulesPolicy
from distill.evaluate.compare import Row
from distill.evaluate.run import Contestant
from distill.seats.oracle import oracle
from distill.task import Task
from finetune.errors import GateError
from finetune.gate.compare import TIMED, compare
from finetune.gate.comparison import Comparison, Pair, judged
from finetune.gate.kept import Kept
from finetune.gate.looks import (
    ERROR,
    FEWEST,
    MOST,
    chance_at_the_end,
    looks,
    score_interval,
    smallest_success,
    success_interval,
)
from finetune.gate.report import read_comparison, write_comparison
from index.search import Index
from tests.distill.evaluated import CHEAP_TASK, QUIET_TASK
from tests.slow import slow

Make = Callable[[Task, int], Policy]

IN_USE, CANDIDATE = "model in use", "candidate"
TASKS = tuple(QUIET_TASK.model_copy(update={"id": f"quiet-{n}", "seed": n}) for n in range(FEWEST))
NOTHING = tuple(
    CHEAP_TASK.model_copy(update={"id": f"cheap-{n}", "seed": n, "answer": "none"}) for n in range(FEWEST)
)


def reads(task: Task, seed: int) -> Policy:  # noqa: ARG001
    """The rules that read for themselves."""
    return RulesPolicy()


def mistakes(task: Task, seed: int) -> Policy:  # noqa: ARG001
    """The rules that take every task for one that nothing fits."""
    return oracle(CHEAP_TASK)


def knows(task: Task, seed: int) -> Policy:  # noqa: ARG001
    """The rules that know what is needed."""
    return oracle(task)


def finds_something(task: Task, seed: int) -> Policy:  # noqa: ARG001
    """The rules that take every task for one that something fits."""
    return oracle(QUIET_TASK)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the runs of these tests are kept, so that who did a task in one has done it in the next."""
    return tmp_path_factory.mktemp("runs")


def kept(folder: Path, in_use: str = "reads", candidate: str = "knows") -> Kept:
    """Runs in a folder, of contestants that are marked by their makers' names."""
    return Kept(folder / "runs.jsonl", {IN_USE: in_use, CANDIDATE: candidate}, "the shop")


def compared(
    shop: Index,
    folder: Path,
    in_use: Make,
    candidate: Make,
    tasks: Sequence[Task] = TASKS,
    **other: object,
) -> Comparison:
    """A comparison over the tiny shop."""
    makers = {IN_USE: in_use, CANDIDATE: candidate}
    present, new = (Contestant(name, make) for name, make in makers.items())
    past = kept(folder, in_use.__name__, candidate.__name__)
    return compare(tasks, present, new, lambda _: shop, past, **other)  # type: ignore[arg-type]


# -- who passes -----------------------------------------------------------------------------------------


@pytest.mark.longer
def test_who_understands_more_of_the_same_tasks_passes(shop: Index, runs: Path) -> None:
    comparison = compared(shop, runs, mistakes, knows)
    assert comparison.passed
    assert comparison.success.mean == 1
    assert comparison.success.low > 0
    assert comparison.sentence.startswith("The candidate is better: predicate success")
    assert f"over {FEWEST} of {FEWEST} held-out tasks" in comparison.sentence


@pytest.mark.longer
def test_a_tie_keeps_the_model_in_use_and_says_what_could_have_been_seen(shop: Index, runs: Path) -> None:
    comparison = compared(shop, runs, reads, reads)
    assert not comparison.passed
    assert (comparison.success.mean, comparison.score.mean) == (0, 0)
    assert "not shown to be better, so the model in use stays" in comparison.sentence
    # 7 wins without a loss: 2 ** -7 is the first below an error of 0.0125.
    assert "show a gain of 35.0 points in predicate success" in comparison.sentence


def test_who_succeeds_less_often_does_not_pass(shop: Index, runs: Path) -> None:
    comparison = compared(shop, runs, knows, mistakes)
    assert not comparison.passed
    assert comparison.success.mean == -1


@pytest.mark.longer
def test_few_tasks_tell_nothing_however_well_they_go(shop: Index, runs: Path) -> None:
    comparison = compared(shop, runs, mistakes, knows, TASKS[: FEWEST - 1])
    assert comparison.success.low > 0
    assert not comparison.passed
    assert f"at least {FEWEST} are needed" in comparison.sentence


@pytest.mark.longer
def test_a_gain_does_not_buy_a_loss_of_honesty(shop: Index, runs: Path) -> None:
    mixed = [task for pair in zip(TASKS, NOTHING[:5], strict=False) for task in pair] + list(TASKS[5:])
    comparison = compared(shop, runs, mistakes, finds_something, mixed)
    assert comparison.better
    assert not comparison.passed
    assert "honest “nothing fits” is worse (0.0 in place of 100.0)" in comparison.sentence


@pytest.mark.longer
@pytest.mark.parametrize(
    ("seconds", "met", "lost"), [(9.0, 6, True), *slow((5.5, 6, False), (9.0, 4, False))]
)
def test_a_candidate_that_takes_noticeably_longer_for_what_was_met_before_does_not_pass(
    shop: Index, runs: Path, seconds: float, met: int, lost: bool
) -> None:
    comparison = compared(shop, runs, mistakes, knows)
    sides = list(zip(TASKS, comparison.rows[::2], comparison.rows[1::2], strict=True))
    pairs = [
        Pair(task, taking(old, 5.0, success=float(place < met)), taking(new, seconds), timed=True)
        for place, (task, old, new) in enumerate(sides)
    ]
    again = judged(pairs, comparison.look, comparison.planned, comparison.end)
    assert again.better
    assert again.passed is not lost
    assert ("it is slower (9.0 in place of 5.0 seconds a run)" in again.sentence) is lost


def taking(row: Row, seconds: float, **scores: float) -> Row:
    """A run that took so long."""
    return row.model_copy(update={"scores": row.scores.model_copy(update={"seconds": seconds, **scores})})


# -- when it ends ---------------------------------------------------------------------------------------


@pytest.mark.longer
def test_it_ends_as_soon_as_a_gain_is_shown(shop: Index, runs: Path) -> None:
    many = [task.model_copy(update={"id": f"again-{n}"}) for n, task in enumerate(TASKS * 3)]
    comparison = compared(shop, runs, mistakes, knows, many)
    assert comparison.passed
    assert comparison.end == "shown"
    assert (comparison.look.tasks, comparison.planned) == (20, 60)


@pytest.mark.longer
def test_it_ends_where_no_gain_is_to_be_expected(shop: Index, runs: Path) -> None:
    many = [task.model_copy(update={"id": f"again-{n}"}) for n, task in enumerate(TASKS * 3)]
    comparison = compared(shop, runs, reads, reads, many)
    assert comparison.end == "hopeless"
    assert comparison.look.tasks == 40


@pytest.mark.longer
def test_whoever_hears_of_it_may_stop_it_and_what_was_run_is_kept(shop: Index, tmp_path: Path) -> None:
    def enough(done: int, total: int) -> None:  # noqa: ARG001
        if done == 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compared(shop, tmp_path, reads, knows, tell=enough)
    assert kept(tmp_path).row(CANDIDATE, TASKS[11]) is not None
    assert kept(tmp_path).row(IN_USE, TASKS[12]) is None


# -- how sure it is -------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [FEWEST, 40, 100, MOST])
def test_the_looks_share_the_error_between_them(most: int) -> None:
    planned = looks(most)
    assert planned[-1].tasks == most
    assert sum(2 * look.error for look in planned) == pytest.approx(ERROR)


@pytest.mark.slow
def test_a_candidate_that_is_no_better_passes_no_oftener_than_promised() -> None:
    rng = Random(5)
    rounds = 1500
    passed = sum(_passes(rng, gain=0.0) for _ in range(rounds))
    # 2.5 % of 1,500 are 38 ± 6.
    assert passed <= 38 + 2 * 6


def test_a_candidate_that_is_much_better_nearly_always_passes() -> None:
    rng = Random(6)
    assert sum(_passes(rng, gain=0.12) for _ in range(200)) > 180


def _passes(rng: Random, gain: float) -> bool:
    """One comparison of 300 tasks on which one in five differs, and a score with outliers."""
    wins = 0.1 + gain / 2, 0.1 - gain / 2
    success = rng.choices((1.0, -1.0, 0.0), (*wins, 0.8), k=MOST)
    outliers = rng.choices((0.4, -0.4, 0.0), (0.015, 0.015, 0.97), k=MOST)
    score = [rng.gauss(gain / 10, 0.03) + outlier for outlier in outliers]
    return any(
        max(
            success_interval(success[: look.tasks], look.error).low,
            score_interval(score[: look.tasks], look.error).low,
        )
        > 0
        for look in looks(MOST)
    )


def test_who_wins_some_and_loses_none_has_won_only_with_enough_of_them() -> None:
    assert success_interval([1.0] * 6 + [0.0] * 14, 0.0125).low < 0
    assert success_interval([1.0] * 7 + [0.0] * 13, 0.0125).low > 0
    assert smallest_success([0.0] * 20, 0.0125) == 7 / 20


def test_a_clear_lead_has_a_good_chance_and_a_clear_lag_has_none() -> None:
    end = looks(MOST)[-1]
    assert chance_at_the_end([1.0, 0.0] * 20, end) > 0.99
    assert chance_at_the_end([-1.0, 0.0] * 20, end) < 0.01


# -- what is kept ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_no_run_is_made_twice_but_those_that_are_timed(shop: Index, tmp_path: Path) -> None:
    ran: list[str] = []

    def counted(task: Task, seed: int) -> Policy:
        ran.append(task.id)
        return knows(task, seed)

    first = compared(shop, tmp_path, reads, counted)
    ran.clear()
    again = compared(shop, tmp_path, reads, counted)
    assert ran == [task.id for task in TASKS[:TIMED]]
    assert (again.success, again.score) == (first.success, first.score)


@pytest.mark.longer
def test_another_model_or_catalogue_or_task_is_run_for_itself(shop: Index, runs: Path) -> None:
    compared(shop, runs, reads, knows)
    path, task = runs / "runs.jsonl", TASKS[-1]
    assert kept(runs).row(IN_USE, task) is not None
    for models, catalogue in (({IN_USE: "another"}, "the shop"), ({IN_USE: "reads"}, "another shop")):
        assert Kept(path, models, catalogue).row(IN_USE, task) is None
    assert kept(runs).row(IN_USE, task.model_copy(update={"question": "another"})) is None


@pytest.mark.slow
def test_a_line_that_a_kill_has_cut_is_passed_over_and_written_anew(shop: Index, tmp_path: Path) -> None:
    first = compared(shop, tmp_path, reads, knows)
    path = tmp_path / "runs.jsonl"
    path.write_bytes(path.read_bytes()[:-100])
    again = compared(shop, tmp_path, reads, knows)
    assert again.score == first.score
    assert kept(tmp_path).row(CANDIDATE, TASKS[-1]) is not None


@pytest.mark.longer
def test_the_table_for_people_names_both_and_the_outcome(shop: Index, runs: Path, tmp_path: Path) -> None:
    comparison = compared(shop, runs, reads, knows)
    write_comparison(comparison, tmp_path)
    text = (tmp_path / "gate.txt").read_text(encoding="utf-8")
    assert text.startswith(comparison.sentence)
    for said in (IN_USE, CANDIDATE, "All tasks were run.", "at most 2.5 %"):
        assert said in text
    assert read_comparison(tmp_path) == comparison


def test_a_damaged_report_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "gate.json").write_text("{", encoding="utf-8")
    with pytest.raises(GateError, match=r"gate\.json cannot be read .*compare again") as told:
        read_comparison(tmp_path)
    assert "\n" not in str(told.value)
