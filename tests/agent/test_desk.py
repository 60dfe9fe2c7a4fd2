"""What a desk allows: a plan stands once it was searched by, until the person says something new."""

from collections.abc import Mapping
from datetime import UTC, datetime

from agent.desk import Desk
from agent.opening import begin, follow_up
from agent.tools import execute
from agent.trajectory import ToolCall
from index.search import Index
from tests.agent.scripted import ScriptedPerson
from tests.agent.shop import QUESTION

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ASKED = {"question": "Which colour?", "options": ["white", "black"]}


def take(desk: Desk, name: str, arguments: Mapping[str, object], said: str = "") -> None:
    """Carry out one call at the desk, with a person who says this."""
    call = ToolCall.model_validate({"name": name, "arguments": arguments})
    assert not execute(call, desk, ScriptedPerson(said=said)).error


def test_a_plan_that_was_searched_by_stands_until_the_person_answers(planned: Desk) -> None:
    assert "plan" in planned.allowed_tools()
    take(planned, "product_search", {"query": "kettle"})
    assert "plan" not in planned.allowed_tools()
    take(planned, "ask_user", ASKED)
    assert "plan" not in planned.allowed_tools()
    take(planned, "ask_user", ASKED, said="white")
    assert "plan" in planned.allowed_tools()


def test_a_stored_desk_remembers_what_code_read(shop: Index) -> None:
    _, desk = begin(QUESTION, shop, "script", 1, NOW)
    again = Desk.restore(shop, desk.state(), ())
    take(again, "plan", {"category": "C1", "needs": "as read"})
    assert {need.attribute for need in again.needs} == {need.on for need in desk.reading.needs} != set()


def test_a_follow_up_opens_the_plan_and_a_stored_desk_remembers_that_it_stands(planned: Desk) -> None:
    take(planned, "product_search", {"query": "kettle"})
    again = Desk.restore(planned.index, planned.state(), ())
    assert "plan" not in again.allowed_tools()
    trajectory, _ = begin(QUESTION, again.index, "script", 1, NOW)
    follow_up("and in black?", trajectory, again, "script", NOW)
    assert "plan" in again.allowed_tools()
