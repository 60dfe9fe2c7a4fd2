"""The critic by rules: a plan is held against what the person said, whatever the unit it is written in."""

import pytest

from agent.desk import Desk
from agent.opening import begin
from agent.plan import PlanNeed
from agent.trajectory import ToolCall, Trajectory
from distill.seats.rules_critic import RulesCritic
from index.search import Index
from tests.distill.evaluated import NOW, QUIET, QUIET_TASK


@pytest.fixture
def opened(shop: Index) -> tuple[Trajectory, Desk]:
    """The question, before anything was done."""
    return begin(QUIET_TASK.question, shop, "x", 1, NOW)


def codes(opened: tuple[Trajectory, Desk], **changed: PlanNeed) -> list[str]:
    """What the critic finds in the right plan with some needs changed."""
    needs = [changed.get(true.need.on, true.need).model_dump() for true in QUIET]
    call = ToolCall.model_validate({"name": "plan", "arguments": {"category": "C1", "needs": needs}})
    return [f.code for f in RulesCritic(QUIET_TASK).plan(call, *opened).findings]


def test_the_right_plan_is_right_in_other_units_too(opened: tuple[Trajectory, Desk]) -> None:
    assert codes(opened) == []
    assert codes(opened, capacity=PlanNeed(on="capacity", op=">=", value="1500 ml")) == []


@pytest.mark.parametrize("value", ["70 EUR", "60 USD"])
def test_another_amount_or_another_currency_is_misread(opened: tuple[Trajectory, Desk], value: str) -> None:
    assert codes(opened, price=PlanNeed(on="price", op="<=", value=value)) == ["facet_misread"]
