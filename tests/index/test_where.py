"""Conditions as people type them after `--where`."""

import pytest

from index.card import CardAttribute, CategoryCard
from index.conditions import Condition, Op
from index.errors import UnknownNameError, WhereError
from index.where import parse_where

CARD = CategoryCard(
    tag="C1",
    path=("Outdoor", "Tents"),
    count=9,
    currency="EUR",
    attributes=(
        CardAttribute(name="weight", kind="number", unit="g", coverage=1, also=("heaviness",)),
        CardAttribute(name="sleeps", kind="number", coverage=1),
        CardAttribute(name="freestanding", kind="flag", coverage=1),
        CardAttribute(name="pole_material", kind="text", coverage=1, aliases=(("alu", "aluminium"),)),
    ),
)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("weight<=2 kg", Condition(attribute="weight", op=Op.AT_MOST, number=2000, unit="g")),
        ("weight ≥ 900", Condition(attribute="weight", op=Op.AT_LEAST, number=900, unit="g")),
        ("Heaviness<=900g", Condition(attribute="weight", op=Op.AT_MOST, number=900, unit="g")),
        ("Gewicht<=2 kg", Condition(attribute="weight", op=Op.AT_MOST, number=2000, unit="g")),
        ("weight<2 kg", Condition(attribute="weight", op=Op.AT_MOST, number=2000, unit="g", strict=True)),
        ("sleeps=2", Condition(attribute="sleeps", op=Op.IS, number=2)),
        ("sleeps!=2", Condition(attribute="sleeps", op=Op.IS_NOT, number=2)),
        ("weight=2kg", Condition(attribute="weight", op=Op.IS, number=2000, tolerance=50, unit="g")),
        ("freestanding", Condition(attribute="freestanding", op=Op.HAS)),
        ("has freestanding", Condition(attribute="freestanding", op=Op.HAS)),
        ("no freestanding", Condition(attribute="freestanding", op=Op.LACKS)),
        ("freestanding=no", Condition(attribute="freestanding", op=Op.IS, flag=False)),
        ("pole material", Condition(attribute="pole_material", op=Op.HAS)),
        (
            "pole_material=Alu|Steel",
            Condition(attribute="pole_material", op=Op.IS, words=("aluminium", "steel")),
        ),
        ("brand!=Acme", Condition(attribute="brand", op=Op.IS_NOT, words=("acme",))),
        ("price<=20", Condition(attribute="price", op=Op.AT_MOST, number=20, currency="EUR")),
        ("price<=$20", Condition(attribute="price", op=Op.AT_MOST, number=20, currency="USD")),
        ("rating>=4.5", Condition(attribute="rating", op=Op.AT_LEAST, number=4.5)),
    ],
)
def test_what_people_type_becomes_a_condition_in_the_cards_unit(text: str, condition: Condition) -> None:
    assert parse_where(text, CARD) == condition


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("weight<=", "gives no value"),
        ("weight<=2 m", "weight is a number in g"),
        ("weight<=light", "weight is a number in g"),
        ("pole_material<=alu", "text, which has no order"),
        ("pole_material=?", "no word or number"),
        ("freestanding=perhaps", "write freestanding=yes or freestanding=no"),
        ("price<=call us", "cannot be read"),
        ("", "is no condition"),
    ],
)
def test_what_cannot_be_understood_is_said_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(WhereError, match=sentence):
        parse_where(text, CARD)


def test_an_unknown_attribute_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"Outdoor > Tents has no attribute 'wait'; .*weight"):
        parse_where("wait<=2", CARD)
