"""What supervision is worth: every setting on the same tasks, with a driver of our own over the real loop."""

from dataclasses import replace

import pytest

from agent.plan import PlanNeed
from agent.rules import RulesPolicy
from distill.errors import EvaluationError
from distill.evaluate.ablate import Ablation, HoldWith, ablate, paper, settings
from distill.evaluate.page import ablation_page
from distill.evaluate.run import Run
from distill.evaluate.table import ablation_table
from distill.seats.rules_user import RulesUser
from distill.task import Task
from index.search import Index
from tests.distill.evaluated import QUIET, QUIET_TASK, RIDDLE_TASK, run_of

FORGETFUL = (PlanNeed(on="capacity", op=">=", value="1 L"),)
"""What a researcher plans whom nobody holds to the question."""


def mended_by(*states: str, shop: Index) -> HoldWith:
    """A driver whose researcher forgets the needs unless one of these states is supervised."""

    def hold(task: Task, supervision: str, rounds: int) -> Run:  # noqa: ARG001
        mended = supervision in states
        needs = [n.need for n in QUIET] if mended else FORGETFUL
        return run_of(task, shop, RulesPolicy(needs))

    return hold


def ablated(shop: Index) -> Ablation:
    hold = mended_by("plan", "all", shop=shop)
    tasks = [QUIET_TASK, RIDDLE_TASK]
    return ablate(tasks, hold, lambda world: shop, RulesUser, simulated=True)  # noqa: ARG005


def test_every_supervision_and_every_number_of_rounds_is_a_cell_once() -> None:
    names = [cell.name for cell in settings()]
    assert names[:5] == [
        "none, 2 rounds",
        "plan, 2 rounds",
        "calls, 2 rounds",
        "report, 2 rounds",
        "all, 2 rounds",
    ]
    assert names[5:] == ["all, 1 round", "all, 3 rounds", "all, 4 rounds"]


@pytest.mark.longer
def test_a_supervision_that_mends_the_plan_shows_in_success_and_race(shop: Index) -> None:
    cells = {c.cell.name: c for c in ablated(shop).cells}
    none, plan, calls = (cells[f"{name}, 2 rounds"] for name in ("none", "plan", "calls"))
    for figure in ("success", "needs_f1", "race", "race_instruction_following"):
        low, high, same = none.figures[figure], plan.figures[figure], calls.figures[figure]
        assert low is not None
        assert high is not None
        assert low.mean < high.mean
        assert same == low
    gain = plan.against["success"]
    assert gain is not None
    assert (gain.mean, gain.n) == (1.0, 2)
    assert (plan.n, plan.finished) == (2, 2)


def test_a_run_that_failed_counts_as_nothing_and_as_unfinished(shop: Index) -> None:
    def failing(task: Task, supervision: str, rounds: int) -> Run:
        run = mended_by("all", shop=shop)(task, supervision, rounds)
        return replace(run, report=None, stop="unapproved") if supervision == "report" else run

    found = ablate([QUIET_TASK], failing, lambda world: shop, RulesUser, simulated=True)  # noqa: ARG005
    report = next(c for c in found.cells if c.cell.supervision == "report")
    success, race = report.figures["success"], report.figures["race"]
    assert success is not None
    assert race is not None
    assert (success.mean, race.mean, report.finished) == (0.0, 0.0, 0)


def test_the_paper_stands_apart_under_its_own_heading(shop: Index) -> None:
    found = ablated(shop)
    text, page = ablation_table(found), ablation_page(found)
    assert text.startswith("(simulation: rules sit in the seats)")
    assert "other judge, not comparable" in text
    assert "other judge, not comparable" in page
    assert "0.43 in round 1, 0.50 in round 6" in text
    assert [row.race for row in paper().table] == [31.78, 45.40, 45.56]


def test_models_in_the_seats_are_no_simulation(shop: Index) -> None:
    hold = mended_by("all", shop=shop)
    found = ablate([QUIET_TASK], hold, lambda world: shop, RulesUser, simulated=False)  # noqa: ARG005
    assert found.heading == "models sit in the seats"


@pytest.mark.longer
def test_an_ablation_survives_json(shop: Index) -> None:
    found = ablated(shop)
    assert Ablation.model_validate_json(found.model_dump_json()) == found


def test_an_ablation_of_nothing_is_refused(shop: Index) -> None:
    hold = mended_by(shop=shop)
    with pytest.raises(EvaluationError, match="at least one task"):
        ablate([], hold, lambda world: shop, RulesUser, simulated=True)  # noqa: ARG005
