"""What carries a session over when its context is written anew."""

from datetime import UTC, datetime

import pytest

from agent.compaction import PRODUCTS_KEPT, compact
from agent.desk import Desk
from agent.opening import begin
from agent.shortlist import worth_opening
from agent.tools import execute
from agent.trajectory import Trajectory
from index.search import Index
from tests.agent.scripted import ScriptedPerson, call
from tests.agent.shop import kettle

NOW = datetime(2026, 10, 2, tzinfo=UTC)


@pytest.fixture
def searched(shop: Index) -> tuple[Trajectory, Desk]:
    """A session that has planned and searched."""
    trajectory, desk = begin("a kettle under 100 EUR", shop, "rules", 0, NOW)
    plan = call("", "plan", category="C1", needs="as read")
    search = call("", "product_search", query="kettle")
    for step in (plan, search):
        assert step.call is not None
        trajectory = trajectory.and_then(step, execute(step.call, desk, ScriptedPerson()))
    return trajectory, desk


def test_a_compaction_says_what_was_found_and_what_to_open_next(searched: tuple[Trajectory, Desk]) -> None:
    trajectory, desk = searched
    text = compact(trajectory, desk).text
    found = len(desk.evidence.products())
    assert f"kettle: {found} " in text
    best = [desk.evidence.tag_of(product) for product in worth_opening(desk)]
    assert f"worth opening: {', '.join(best[:4])}" in text


def test_a_compaction_keeps_every_product_that_a_report_could_name(
    searched: tuple[Trajectory, Desk],
) -> None:
    trajectory, desk = searched
    for number in range(20, 40):
        desk.evidence.show_product(kettle(number, f"Kavo {number}", 20.0 + number, 1.7, 50, "White"))
    lines = compact(trajectory, desk).text.splitlines()
    kept = [line for line in lines if line.endswith(("| listed", "| opened"))]
    assert len(kept) == PRODUCTS_KEPT == 14
