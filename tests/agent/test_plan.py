"""What a written need becomes, and what it says of itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.desk import Desk, PlanError
from agent.ledger import Aim, Need
from agent.plan import Plan, PlanNeed, bind, needs_line, number_text, read_needs, read_plan
from index.card import CardAttribute, CategoryCard
from index.conditions import Op, Verdict, decide
from tests.agent.shop import KETTLES


def bound(desk: Desk, **written: object) -> Need:
    """One need, bound by the desk."""
    return desk.adopt(Plan(category="C1", needs=(PlanNeed.model_validate(written),)))[0]


def test_a_limit_in_another_unit_is_converted_to_the_cards(desk: Desk) -> None:
    need = bound(desk, on="capacity", op=">=", value="1500 ml")
    assert need.condition is not None
    assert need.condition.number == pytest.approx(1.5)
    assert need.hard


def test_a_bare_price_takes_the_categorys_currency(desk: Desk) -> None:
    need = bound(desk, on="price", op="<=", value="60")
    assert need.condition is not None
    assert (need.condition.number, need.condition.currency) == (60.0, "EUR")


def test_an_adjective_becomes_a_soft_limit_at_the_best_quarter(desk: Desk) -> None:
    need = bound(desk, on="noise_level", op="low")
    assert need.condition is not None
    assert not need.hard
    assert (need.condition.op, need.condition.number) == (Op.AT_MOST, 58.0)
    assert "lowest quarter of 7" in need.bound


def test_the_cheapest_is_an_ordering_and_excludes_nothing(desk: Desk) -> None:
    need = bound(desk, on="price", op="lowest")
    assert (need.aim, need.condition, need.hard) == (Aim.LOWEST, None, False)


@pytest.mark.parametrize(
    ("said", "number", "tolerance"),
    [("1.7 l", 1.7, 0.0425), ("2 l", 2.0, 0.05), ("1700 ml", 1.7, 0.0005), ("1.5", 1.5, 0.0375)],
)
def test_equality_takes_what_rounds_to_the_number_said_and_never_strays_far(
    desk: Desk, said: str, number: float, tolerance: float
) -> None:
    condition = bound(desk, on="capacity", op="=", value=said).condition
    assert condition is not None
    assert condition.number == pytest.approx(number)
    assert condition.tolerance == pytest.approx(tolerance)


@pytest.mark.parametrize(
    ("said", "unit", "taken", "left"),
    [
        ("15 inch", "inch", (14.7, 15, 15.6), (14.3, 15.8, 16)),
        ("24 inch", "inch", (23.8, 24.5), (23, 25)),
        ("15.6 inch", "inch", (15.6, 15.69), (15.5, 15.7)),
        ("1 l", "l", (1.0, 1.05), (0.9, 1.1, 1.7)),
        ("2 TB", "GB", (2000, 2048), (1900, 2200)),
        ("1 kW", "W", (1000,), (950, 1050)),
    ],
)
def test_a_size_is_also_called_by_what_it_begins_with(
    desk: Desk, said: str, unit: str, taken: tuple[float, ...], left: tuple[float, ...]
) -> None:
    size = CardAttribute(name="size", kind="number", unit=unit, coverage=1.0)
    card = CategoryCard(tag="C1", path=("Things",), count=9, attributes=(size,))
    need = bind(PlanNeed(on="size", op="=", value=said), "N1", card, desk.index)
    assert need.condition is not None
    low, high = need.condition.span
    assert all(low <= number <= high for number in taken)
    assert not any(low <= number <= high for number in left)
    assert need.bound.endswith(f"({number_text(low)} to {number_text(high)})")


def test_alternatives_of_a_text_value_are_parted_by_a_bar(desk: Desk) -> None:
    need = bound(desk, on="colour", op="=", value="White | black")
    assert need.condition is not None
    assert need.condition.words == ("white", "black")


@pytest.mark.parametrize(
    "written",
    [
        {"on": "wattage", "op": "<=", "value": "5 W"},
        {"on": "capacity", "op": "<=", "value": "large"},
        {"on": "capacity", "op": "<=", "value": "5 dB"},
        {"on": "cordless", "op": "=", "value": "maybe"},
        {"on": "price", "op": "<=", "value": "call us"},
    ],
)
def test_what_cannot_be_bound_stays_as_a_soft_wish_that_says_why(
    desk: Desk, written: dict[str, object]
) -> None:
    need = bound(desk, **written)
    assert (need.attribute, need.condition, need.hard) == ("other", None, False)
    assert "no record decides it" in need.bound


def test_a_category_off_the_card_is_refused(desk: Desk) -> None:
    with pytest.raises(PlanError, match="C9"):
        desk.adopt(Plan(category="C9"))


def test_need_tags_are_never_given_twice(desk: Desk) -> None:
    first = bound(desk, on="price", op="<=", value="60")
    second = bound(desk, on="price", op="<=", value="70")
    assert (first.tag, second.tag) == ("N1", "N2")


@pytest.mark.parametrize(("op", "fits"), [("<", False), ("<=", True)])
def test_under_leaves_the_amount_out_and_at_most_takes_it(desk: Desk, op: str, fits: bool) -> None:
    condition = bound(desk, on="price", op=op, value="49.90").condition
    assert condition is not None
    assert (decide(condition, KETTLES[0]) is Verdict.MET) == fits


def test_a_plan_is_written_without_what_would_be_so_anyway() -> None:
    needs = (PlanNeed(on="price", op="<=", value="60"), PlanNeed(on="noise_level", op="low", hard=False))
    plan = Plan(category="C1", needs=needs, steps=("search",))
    assert plan.arguments() == {
        "category": "C1",
        "needs": "price <= 60; noise_level low (wish)",
        "steps": ["search"],
    }
    assert Plan.model_validate(plan.arguments()) == plan
    assert Plan(category="C1").arguments() == {"category": "C1", "needs": ""}


@pytest.mark.parametrize(
    "need",
    [
        PlanNeed(on="price", op="<", value="60 EUR"),
        PlanNeed(on="noise_level", op="lowest", hard=False),
        PlanNeed(on="colour", op="!=", value="red|dark = blue", hard=False),
        PlanNeed(on="other", op="has", value="low (for me)", hard=False),
        PlanNeed(on="other", op="has", value="lasts long > a year"),
        PlanNeed(on="lid colour", op="has"),
    ],
)
def test_a_need_is_read_as_it_was_written(need: PlanNeed) -> None:
    beside = PlanNeed(on="brand", op="=", value="Brewell")
    assert read_needs(needs_line([need, beside])) == [need, beside]


READ = (
    PlanNeed(on="noise_level", op="low", hard=False),
    PlanNeed(on="price", op=">=", value="20"),
    PlanNeed(on="price", op="<=", value="60"),
    PlanNeed(on="lid colour", op="=", value="red; blue"),
)
BLUE = PlanNeed(on="colour", op="=", value="blue")


@pytest.mark.parametrize(
    ("needs", "line"),
    [
        (READ, "as read"),
        (tuple(reversed(READ)), "as read"),
        ((*READ, BLUE), "as read; colour = blue"),
        (READ[1:], "as read; not noise_level"),
        ((READ[0], READ[3], BLUE), "as read; not price; colour = blue"),
        ((READ[0], READ[1], READ[3]), "as read; price >= 20"),
        ((READ[0].model_copy(update={"hard": True}), READ[3]), "as read; not price; noise_level low"),
        ((BLUE,), "colour = blue"),
        ((), ""),
    ],
)
def test_a_plan_amends_what_was_read(needs: tuple[PlanNeed, ...], line: str) -> None:
    plan = Plan(category="C1", needs=needs)
    assert plan.arguments(READ)["needs"] == line
    assert set(read_plan(plan.arguments(READ), READ).needs) == set(needs)


@given(needs=st.sets(st.sampled_from((*READ[:3], BLUE))), read=st.sets(st.sampled_from((*READ[:3], BLUE))))
def test_an_amended_line_gives_the_needs_it_was_made_of(needs: set[PlanNeed], read: set[PlanNeed]) -> None:
    assert set(read_needs(needs_line([*needs], [*read]), [*read])) == needs


@pytest.mark.parametrize("line", ["as read; not colour", "not price", "colour = blue; as read"])
def test_what_was_not_read_cannot_be_left_out(line: str) -> None:
    with pytest.raises(ValidationError, match="is no need"):
        read_plan({"category": "C1", "needs": line}, READ)


def test_a_need_that_is_written_twice_is_one_need() -> None:
    plan = Plan.model_validate(
        {"category": "C1", "needs": "price < 60 EUR; rating high (wish); price < 60 EUR"}
    )
    assert plan.arguments()["needs"] == "price < 60 EUR; rating high (wish)"


def test_a_value_cannot_begin_another_need() -> None:
    (read,) = read_needs(needs_line([PlanNeed(on="other", op="has", value="small; price < 1")]))
    assert read.value == "small, price < 1"


@pytest.mark.parametrize("line", ["cheap", "as read", "price 60", "<= 60", "price <=60"])
def test_what_is_no_need_is_refused_with_the_form_that_is_wanted(line: str) -> None:
    with pytest.raises(ValidationError, match="write it as `attribute operator value`"):
        Plan.model_validate({"category": "C1", "needs": line})
