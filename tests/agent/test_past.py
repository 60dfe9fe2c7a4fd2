"""What a person's past shows of things that they bought alike."""

import pytest

from agent.past import shown_wishes, worth_telling
from agent.plan import PlanNeed
from index.card import CardAttribute, CategoryCard

SHIRTS = CategoryCard(
    tag="C1",
    path=("Clothes", "t-shirts"),
    count=40,
    attributes=(
        CardAttribute(name="color", kind="text", coverage=1, values=("white", "off white", "black", "blue")),
        CardAttribute(name="neck", kind="text", coverage=1, values=("v-neck", "crew neck")),
    ),
)
WHITE = "2025-03-01 ordered Plain T-Shirt, white, crew neck, 9.00 EUR"


def shown(*past: str) -> list[tuple[str, str]]:
    """The values that a past wishes for."""
    return [(w.on, w.value) for w in shown_wishes(SHIRTS, past, (), thrifty=False)]


def test_what_most_things_of_the_kind_had_in_common_is_wished_for_softly() -> None:
    past = (WHITE, "2025-04-01 ordered T-shirt (white, V neck)", "2025-05-01 ordered White T-Shirt V-Neck")
    assert shown_wishes(SHIRTS, past, (), thrifty=False) == [
        PlanNeed(on="color", op="=", value="white", hard=False),
        PlanNeed(on="neck", op="=", value="v-neck", hard=False),
    ]


@pytest.mark.parametrize(
    "past",
    [
        (WHITE,),
        (WHITE, "2025-04-01 ordered Mug, white, 4.00 EUR"),
        (WHITE, "2025-04-01 viewed T-Shirt, white, crew neck"),
        (WHITE, "2025-04-01 ordered T-Shirt, blue, V-neck"),
        (WHITE, "2025-04-01 ordered T-Shirt whitewashed"),
    ],
    ids=["one", "another kind", "only viewed", "nothing in common", "part of a word"],
)
def test_one_purchase_is_no_taste(past: tuple[str, ...]) -> None:
    assert shown(*past) == []


def test_what_came_back_is_no_taste() -> None:
    back = "2025-04-08 returned T-Shirt, white, V-neck: too thin"
    assert shown(WHITE, "2025-04-01 ordered T-Shirt, white, V-neck", back) == []


def test_two_values_as_often_as_each_other_are_no_taste_and_less_than_half_is_none() -> None:
    blue, black = "2025-05-01 ordered T-Shirt, {}, blue", "2025-06-01 ordered T-Shirt, {}, black"
    whites = (WHITE.replace(", crew neck", ""), WHITE.replace(", crew neck", "").replace("03", "04"))
    assert shown(*whites, blue.format("striped"), black.format("striped")) == [("color", "white")]
    assert shown(*whites, blue.format("striped"), blue.format("plain")) == []
    assert shown(*whites, blue.format("a"), black.format("a"), "2025-07-01 ordered T-Shirt, green") == []


def test_of_a_value_within_another_the_longer_one_counts() -> None:
    assert shown("2025-05-01 ordered T-Shirt, off white", "2025-06-01 ordered Off-White T-Shirt") == [
        ("color", "off white")
    ]


def test_of_a_long_past_the_kind_that_is_asked_about_is_told_before_what_is_newest() -> None:
    orders = [f"2024-{month:02}-01 ordered Mug number {month}" for month in range(1, 13)]
    past = (WHITE, *orders, "2025-01-01 searched for lamps", "2025-01-02 returned Lamp: too bright")
    told = worth_telling(past, [SHIRTS])
    assert told == (WHITE, *orders[-6:], past[-1])


def test_a_short_past_is_told_whole_and_in_its_order() -> None:
    past = ("2025-01-01 searched for lamps", WHITE)
    assert worth_telling(past, [SHIRTS]) == past
