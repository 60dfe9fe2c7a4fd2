"""The eight tools through their one door: what they show, enter and refuse."""

from pathlib import Path
from typing import Any

import pytest

from agent.desk import Desk
from agent.ledger import UnknownTagError
from agent.tools import ARGUMENTS, declarations, execute
from agent.trajectory import Observation, ToolCall
from index.product import Offer, Price
from tests.agent.shop import PATH, kettle, open_shop


class Answering:
    """A person who always says the same."""

    def __init__(self, answer: str = "") -> None:
        self.said = answer

    def answer(self, question: str, options: tuple[str, ...]) -> str:  # noqa: ARG002
        return self.said


def call(desk: Desk, name: str, person: Answering | None = None, **arguments: Any) -> Observation:
    """Carry out one call."""
    made = ToolCall.model_validate({"name": name, "arguments": arguments})
    return execute(made, desk, person or Answering())


def listed(desk: Desk) -> dict[str, str]:
    """Titles that were shown, by tag."""
    return {s.tag: s.record.title for s in desk.evidence.products()}


def test_the_declared_tools_and_their_checked_arguments_agree() -> None:
    declared: Any = declarations()
    for tool in declared:
        function = tool["function"]
        schema = ARGUMENTS[function["name"]].model_json_schema()
        parameters = function["parameters"]
        assert set(parameters["properties"]) == set(schema["properties"])
        assert set(parameters["required"]) >= set(schema.get("required", ()))
    assert {t["function"]["name"] for t in declared} == set(ARGUMENTS)


def test_a_plan_says_how_each_need_was_bound_and_how_many_fit(desk: Desk) -> None:
    needs = [{"on": "price", "op": "<=", "value": "60 EUR"}, {"on": "capacity", "op": ">=", "value": "1.5 l"}]
    observation = call(desk, "plan", category="C1", needs=needs)
    assert "N1 hard: price <= 60 EUR (6 of 8 known to fit)" in observation.text
    assert "all hard needs together: 5" in observation.text


def test_a_search_applies_every_hard_need(planned: Desk) -> None:
    call(planned, "product_search", query="kettle")
    assert set(listed(planned).values()) == {"Brissa Calm 17", "Brissa Calm 15", "Tolva Rapid", "Marn Basic"}


def test_a_search_by_named_needs_relaxes_the_others(planned: Desk) -> None:
    call(planned, "product_search", query="kettle", needs=["N3"])
    assert "Ondel Mini" in listed(planned).values()
    assert "Tolva Rapid Red" not in listed(planned).values()


def test_an_empty_search_says_which_need_to_relax(desk: Desk) -> None:
    needs = [{"on": "price", "op": "<=", "value": "10"}, {"on": "capacity", "op": ">=", "value": "1 l"}]
    call(desk, "plan", category="C1", needs=needs)
    observation = call(desk, "product_search", query="kettle")
    assert "without N1: 7" in observation.text
    assert "without N2: 0" in observation.text


def test_an_empty_search_in_another_category_counts_what_there_is_in_that_one(tmp_path: Path) -> None:
    path = ("Kitchen", "Toasters")
    toaster = kettle(21, "Marn Toast", 70.0, 1.0, None, "White").model_copy(update={"category": path})
    with open_shop(tmp_path / "wider", [toaster]) as wider:
        desk = Desk(index=wider, cards=(wider.card_for(PATH), wider.card_for(path)))
        first, second = (
            card.model_copy(update={"tag": f"C{n}"}) for n, card in enumerate(desk.cards, start=1)
        )
        desk.cards = (first, second)
        call(desk, "plan", category="C1", needs=[{"on": "price", "op": "<=", "value": "10"}])
        observation = call(desk, "product_search", query="toaster", category="C2")
    assert observation.text.splitlines()[-1] == "without N1: 1"


def test_what_the_person_does_not_want_is_not_shown_again(planned: Desk) -> None:
    planned.dismissed.add("kettles:1")
    call(planned, "product_search", query="kettle")
    assert "Brissa Calm 17" not in listed(planned).values()


def test_a_tag_is_given_once_and_kept(planned: Desk) -> None:
    call(planned, "product_search", query="kettle")
    before = listed(planned)
    call(planned, "product_search", query="kettle", needs=[])
    assert before.items() <= listed(planned).items()


def test_a_product_that_was_listed_before_is_listed_again_by_its_tag_and_signs(planned: Desk) -> None:
    first = call(planned, "product_search", query="kettle", needs=["N1"]).text.splitlines()
    again = call(planned, "product_search", query="kettle", needs=[]).text.splitlines()
    short = [line for line in again if line.count("|") == 1]
    assert "P1 | N1+ N2+ N3+ (N4" in short[0]
    assert len(short) == sum(line.count("|") > 1 for line in first)
    assert len(again) > len(first)


def test_a_visit_opens_a_product_and_tells_its_price_history(planned: Desk) -> None:
    call(planned, "product_search", query="kettle")
    tag = next(t for t, title in listed(planned).items() if title == "Brissa Calm 17")
    observation = call(planned, "visit_product", id=tag)
    assert "price 49.90 EUR, seen from 45.00 to 59.00 EUR" in observation.text
    assert [s.tag for s in planned.evidence.products(opened=True)] == [tag]


def test_a_visit_to_what_two_sources_sell_tells_both_offers_and_where_they_differ(planned: Desk) -> None:
    catalog = planned.index.catalog
    call(planned, "product_search", query="kettle")
    tag = next(t for t, title in listed(planned).items() if title == "Brissa Calm 17")
    alone = call(planned, "visit_product", id=tag).text
    record = planned.evidence.product(tag)
    noise = next(a for a in record.attributes if a.name == "noise_level")
    other = record.model_copy(
        update={
            "id": "market:1",
            "origin": record.origin.model_copy(update={"source": "market"}),
            "offers": (Offer(price=Price(amount=12.5, currency="EUR", seen=record.origin.seen)),),
            "attributes": (noise.model_copy(update={"low": 70.0, "high": 70.0, "raw": "70"}),),
        }
    )
    with catalog.importing("market", "market.jsonl", "one") as batch:
        batch.add(other)
    catalog.say_same(record.id, "market:1", same=True)
    call(planned, "product_search", query="kettle", needs=[])
    told = call(planned, "visit_product", id=tag).text
    assert [s.record.id for s in planned.evidence.products()].count("market:1") == 0
    assert "offers: market 12.50 EUR; Shop" in told
    assert f"sources differ: noise_level {noise.low:g} dB (kettles), 70 dB (market)" in told
    assert "sources differ" not in alone


def test_reviews_come_with_counts_of_what_is_praised_and_criticised(planned: Desk) -> None:
    call(planned, "product_search", query="kettle")
    tag = next(t for t, title in listed(planned).items() if title == "Brissa Calm 17")
    observation = call(planned, "product_reviews", id=tag)
    assert "praised: noise 2" in observation.text
    assert observation.tags == ("R1", "R2")


def test_reviews_can_be_asked_for_one_aspect(planned: Desk) -> None:
    call(planned, "product_search", query="kettle")
    tag = next(t for t, title in listed(planned).items() if title == "Brissa Calm 17")
    assert "2 speak of lid" in call(planned, "product_reviews", id=tag, aspect="Lid").text
    assert "0 speak of spout" in call(planned, "product_reviews", id=tag, aspect="spout").text


def test_an_order_that_was_asked_for_stands_before_relevance(desk: Desk) -> None:
    call(desk, "plan", category="C1", needs=[{"on": "price", "op": "lowest", "hard": False}])
    first = call(desk, "product_search", query="kettle", page=2)
    prices = [desk.evidence.product(tag).price for tag in first.tags]
    amounts = [price.amount for price in prices if price]
    assert amounts == sorted(amounts)
    assert len(first.tags) > 1, "nobody goes on behind what they have not seen"
    assert call(desk, "product_search", query="kettle", page=2).tags == ()


def test_saved_pages_are_found_and_opened(planned: Desk) -> None:
    call(planned, "product_search", query="kettle")
    assert call(planned, "web_search", query="choose a kettle").tags == ("W1",)
    assert "s1 A kettle under 60 decibel is quiet." in call(planned, "web_visit", id="W1").text


def test_a_comparison_is_ordered_by_code(planned: Desk) -> None:
    call(planned, "product_search", query="kettle", needs=[])
    call(planned, "product_search", query="kettle")
    observation = call(planned, "compare_products", ids=list(listed(planned)))
    first = observation.text.splitlines()[0]
    assert first.endswith("fits N1+ N2+ N3+ (N4+)")
    assert "misses" in observation.text


@pytest.mark.parametrize(("said", "read"), [("white", "The person answers: white"), ("", "skips")])
def test_a_question_brings_back_the_answer_or_the_skip(planned: Desk, said: str, read: str) -> None:
    observation = call(
        planned, "ask_user", Answering(said), question="Which colour?", options=["white", "black"]
    )
    assert read in observation.text


class Offered(Answering):
    """Somebody who remembers what there was to choose from."""

    options: tuple[str, ...] = ()

    def answer(self, question: str, options: tuple[str, ...]) -> str:
        """Keep the options."""
        self.options = options
        return super().answer(question, options)


def test_the_person_reads_attributes_in_words(planned: Desk) -> None:
    person = Offered("")
    call(planned, "ask_user", person, question="What else matters?", options=["keep_warm", "nothing else"])
    assert person.options == ("keep warm", "nothing else")


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("visit_product", {"id": "P99"}, "never shown"),
        ("visit_product", {}, "id: Field required"),
        ("visit_product", {"id": "P1", "colour": "red"}, "colour"),
        ("product_search", {"query": "x", "needs": ["N9"]}, "there is no need N9"),
        ("product_search", {"query": "x", "sort": "N9"}, "sort is relevance"),
        ("product_search", {"query": "x", "category": "C7"}, "not on the catalogue card"),
        ("web_visit", {"id": "W1"}, "not possible now"),
        ("ask_user", {"question": "?", "options": ["one"]}, "options"),
    ],
)
def test_a_wrong_call_becomes_an_observation_that_says_why(
    planned: Desk, name: str, arguments: dict[str, Any], reason: str
) -> None:
    call(planned, "product_search", query="kettle")
    observation = call(planned, name, **arguments)
    assert observation.error
    assert reason in observation.text


def test_nothing_but_a_plan_is_possible_first(desk: Desk) -> None:
    assert call(desk, "product_search", query="kettle").error
    with pytest.raises(UnknownTagError):
        desk.evidence.product("P1")
