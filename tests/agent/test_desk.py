"""What a desk allows: a plan stands once it was searched by, until the person says something new."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.desk import Desk
from agent.opening import begin, follow_up
from agent.tools import execute
from agent.trajectory import ToolCall
from index.catalog import Catalog
from index.search import Index
from tests.agent.scripted import ScriptedPerson
from tests.agent.shop import KETTLES, QUESTION, kettle, open_shop

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ASKED = {"question": "Which colour?", "options": ["white", "black"]}


def take(desk: Desk, name: str, arguments: Mapping[str, object], said: str = "") -> None:
    """Carry out one call at the desk, with a person who says this."""
    call = ToolCall.model_validate({"name": name, "arguments": arguments})
    assert not execute(call, desk, ScriptedPerson(said=said)).error


@pytest.mark.parametrize(("said", "open_again"), [("", False), ("white", True)])
def test_a_plan_stands_until_the_person_answers(planned: Desk, said: str, open_again: bool) -> None:
    assert "plan" not in planned.allowed_tools()
    take(planned, "ask_user", ASKED, said)
    assert ("plan" in planned.allowed_tools()) is open_again
    assert "ask_user" not in planned.allowed_tools()


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


def test_what_the_person_says_is_planned_for_before_anything_else(planned: Desk) -> None:
    take(planned, "product_search", {})
    take(planned, "ask_user", ASKED, said="white")
    assert Desk.restore(planned.index, planned.state(), ()).allowed_tools() == ("plan",)
    assert planned.allowed_tools() == ("plan",)
    assert not planned.may_report()
    take(planned, "plan", {"category": "C1", "needs": "as read"})
    assert "product_search" in planned.allowed_tools()
    assert planned.may_report()
    assert "ask_user" not in planned.allowed_tools()
    planned.hear("black")
    planned.stop = True
    assert planned.allowed_tools() == ()
    assert planned.may_report()


def test_a_search_without_words_is_for_the_kind_of_thing_its_wishes_or_what_was_liked(planned: Desk) -> None:
    take(planned, "product_search", {})
    assert planned.searched == ["Kettles"]
    planned.hear("it is for camping")
    take(planned, "plan", {"category": "C1", "needs": "other has for camping (wish)"})
    assert planned.sought() == "Kettles for camping"
    planned.liked = [planned.evidence.product("P1").id]
    assert planned.sought() == planned.evidence.product("P1").title


def test_pages_are_looked_for_only_where_there_are_any(tmp_path: Path) -> None:
    with (
        Catalog.open(tmp_path / "catalog.sqlite") as catalog,
        catalog.importing("k", "k.jsonl", "1") as batch,
    ):
        for product in KETTLES:
            batch.add(product)
    with Index.open(tmp_path) as index:
        _, desk = begin(QUESTION, index, "script", 1, NOW)
        take(desk, "plan", {"category": "C1", "needs": "as read"})
        assert "product_search" in desk.allowed_tools()
        assert "web_search" not in desk.allowed_tools()


def test_an_answer_is_counted_before_it_is_given(shop: Index) -> None:
    _, desk = begin("a kettle under 60 EUR", shop, "rules", 0, NOW)
    white, any_colour = desk.count_after("white"), desk.count_after("hm")
    assert white == sum(
        k.price is not None and k.price.amount < 60 and "white" in str(k.attribute("colour")).casefold()
        for k in KETTLES
    )
    assert any_colour is None


def test_an_answer_that_names_another_kind_is_counted_there(tmp_path: Path) -> None:
    toaster = kettle(90, "Brissa Toast 2", 30, 1, 50, "White").model_copy(update={"category": ("Toasters",)})
    with open_shop(tmp_path / "two", [toaster]) as index:
        _, desk = begin("a kettle or a toaster under 60 EUR", index, "rules", 0, NOW)
        assert {card.path[-1] for card in desk.cards} == {"Kettles", "Toasters"}
        assert desk.count_after("a toaster") == 1


@pytest.fixture
def large_shop(tmp_path: Path) -> Iterator[Index]:
    """The shop with twenty kettles more."""
    more = [kettle(number, f"Kavo {number}", 20.0 + number, 1.7, 50, "White") for number in range(20, 40)]
    with open_shop(tmp_path / "large", more) as index:
        yield index


def planned_for(question: str, index: Index, past: Sequence[str] = ()) -> Desk:
    """A desk with the plan that code reads in a question."""
    _, desk = begin(question, index, "rules", 0, NOW, past)
    take(desk, "plan", {"category": "C1", "needs": "as read" if desk.reading.needs else ""})
    return desk


def test_where_little_is_said_and_much_fits_one_asks_first_and_once(large_shop: Index) -> None:
    desk = planned_for("a kettle under 60 EUR", large_shop)
    assert desk.allowed_tools() == ("ask_user",)
    take(desk, "ask_user", ASKED)
    assert "product_search" in desk.allowed_tools()
    assert "ask_user" not in desk.allowed_tools()
    assert "web_search" not in desk.allowed_tools(), "what pages say comes after products"
    take(desk, "product_search", {"query": "kettle"})
    assert {"web_search", "visit_product"} <= set(desk.allowed_tools())


@pytest.mark.parametrize("question", ["a white kettle of 1.7 liters under 60 EUR", "a red kettle"])
def test_nobody_is_asked_who_said_much_or_asked_for_what_is_rare(large_shop: Index, question: str) -> None:
    assert "product_search" in planned_for(question, large_shop).allowed_tools()


def test_what_a_past_shows_was_not_said(large_shop: Index) -> None:
    past = ("2026-01-01 ordered Kavo 20, 40.00 EUR", "2026-02-01 ordered Kavo 21, 41.00 EUR")
    desk = planned_for("a white kettle under 60 EUR", large_shop, past)
    assert [need.on for need in desk.reading.past] == ["brand"]
    assert desk.allowed_tools() == ("ask_user",)


def test_a_person_who_wants_the_report_now_is_not_asked(large_shop: Index) -> None:
    desk = planned_for("a kettle", large_shop)
    desk.stop = True
    assert desk.allowed_tools() == ()
    assert desk.may_report()


def test_a_follow_up_is_not_answered_with_a_question(large_shop: Index) -> None:
    trajectory, desk = begin("a kettle", large_shop, "rules", 0, NOW)
    take(desk, "plan", {"category": "C1", "needs": ""})
    follow_up("under 60 EUR", trajectory, desk, "rules", NOW)
    take(desk, "plan", {"category": "C1", "needs": "as read"})
    assert "product_search" in desk.allowed_tools()
