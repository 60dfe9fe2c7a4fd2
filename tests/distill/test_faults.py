"""Planted faults: each is made, labelled, caught by the supervisor, and mended after feedback."""

from pathlib import Path

import pytest

from agent.rules import RulesPolicy
from distill.dialogue import Dialogue
from distill.faults import FAULTS, Fault, Faulty, draw_faults
from distill.seats.oracle import oracle
from distill.seats.rules_critic import RulesCritic
from distill.stage import Cast, hold
from distill.supervisor import Supervision
from index.search import Index
from tests.agent.shop import QUESTION
from tests.distill.kettle_task import ListedUser, kettle_task, rules_cast

FLOOR = Path(__file__).parents[2]


def held_with(shop: Index, fault: Fault, supervision: Supervision | None = None) -> tuple[Dialogue, Faulty]:
    """A dialogue in which one fault is planted."""
    task = kettle_task(question=QUESTION.replace("1.5 liters", "1500 ml"))
    faulty = Faulty(oracle(task), [fault], "seed")
    cast = Cast(
        user=ListedUser(),
        research=faulty,
        critic=RulesCritic(task),
        supervision=supervision or Supervision(),
    )
    return hold(task, shop, cast).dialogue, faulty


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_planted_caught_at_its_step_and_mended(shop: Index, fault: Fault) -> None:
    dialogue, faulty = held_with(shop, fault)
    assert [label.fault for label in faulty.labels] == [fault]
    assert dialogue.rejected(faulty.labels[0].at)
    assert dialogue.stop == "reported"
    assert sum(not r.approved for r in dialogue.rulings) == 1
    assert dialogue.picks == hold(kettle_task(), shop, rules_cast(kettle_task())).dialogue.picks


def test_without_supervision_a_forgotten_budget_costs_the_picks(shop: Index) -> None:
    unseen = Supervision(states=frozenset())
    dialogue, faulty = held_with(shop, "forget_budget", unseen)
    assert faulty.labels
    assert "kettles:6" in dialogue.picks


def test_faults_are_drawn_from_the_seed() -> None:
    drawn = [draw_faults(0.5, 3, f"task {n}") for n in range(200)]
    assert drawn == [draw_faults(0.5, 3, f"task {n}") for n in range(200)]
    assert 60 < sum(bool(d) for d in drawn) < 140
    assert {fault for some in drawn for fault in some} == set(FAULTS)
    assert draw_faults(0.0, 3, "task") == ()


def test_no_check_knows_the_injector() -> None:
    paths = [*(FLOOR / "agent").rglob("*.py"), FLOOR / "distill/supervisor.py"]
    paths += [FLOOR / "distill/seats/rules_critic.py", FLOOR / "distill/seats/model_critic.py"]
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert "distill.faults" not in text, path
        assert "distill.spoiling" not in text, path


def test_a_sound_policy_without_faults_is_left_alone(shop: Index) -> None:
    task = kettle_task()
    plain = hold(task, shop, Cast(ListedUser(), oracle(task), RulesCritic(task))).dialogue
    wrapped = hold(task, shop, Cast(ListedUser(), Faulty(oracle(task), [], "s"), RulesCritic(task))).dialogue
    assert plain == wrapped
    assert isinstance(oracle(task), RulesPolicy)
