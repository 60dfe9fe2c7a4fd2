"""What a condition means, product by product."""

import pytest

from index.conditions import Condition, Op, Verdict, decide
from index.product import Attribute, Product
from tests.index.market import flag, number, offer, origin, text


def product(*attributes: Attribute, **fields: object) -> Product:
    return Product.model_validate(
        {"id": "x", "origin": origin(), "title": "Thing", "attributes": attributes, **fields}
    )


def test_a_missing_attribute_is_unknown_whatever_is_asked() -> None:
    conditions = [
        Condition(attribute="noise", op=Op.AT_MOST, number=3),
        Condition(attribute="noise", op=Op.IS_NOT, words=("loud",)),
        Condition(attribute="noise", op=Op.IS, flag=False),
        Condition(attribute="noise", op=Op.LACKS),
        Condition(attribute="noise", op=Op.HAS),
    ]
    assert {decide(c, product()) for c in conditions} == {Verdict.UNKNOWN}


@pytest.mark.parametrize(
    ("judged", "limit", "verdict"),
    [("all", 29, "met"), ("all", 20, "unmet"), ("low", 5, "met"), ("high", 28, "unmet"), ("high", 29, "met")],
)
def test_a_range_is_held_against_an_upper_limit_by_its_judged_end(
    judged: str, limit: float, verdict: str
) -> None:
    noise = Attribute.model_validate({"name": "noise", "raw": "", "low": 5, "high": 29, "judged": judged})
    assert decide(Condition(attribute="noise", op=Op.AT_MOST, number=limit), product(noise)) == verdict


def test_a_range_that_holds_the_number_equals_it() -> None:
    is_120 = Condition(attribute="size", op=Op.IS, number=120)
    is_not_120 = Condition(attribute="size", op=Op.IS_NOT, number=120)
    assert decide(is_120, product(number("size", 100, 140))) is Verdict.MET
    assert decide(is_not_120, product(number("size", 100, 140))) is Verdict.UNMET


def test_what_a_unit_conversion_loses_decides_nothing() -> None:
    limit = Condition(attribute="length", op=Op.AT_LEAST, number=0.1 + 0.2)
    assert decide(limit, product(number("length", 0.3))) is Verdict.MET


def test_a_limit_in_another_unit_is_converted_and_in_another_dimension_unknown() -> None:
    light = Condition(attribute="weight", op=Op.AT_MOST, number=2, unit="kg")
    assert decide(light, product(number("weight", 1900, unit="g"))) is Verdict.MET
    assert decide(light, product(number("weight", 1.9, unit="m"))) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("value", "has"),
    [
        (number("cache", 0), "unmet"),
        (number("cache", 64), "met"),
        (number("cache", 0, 64), "met"),
        (flag("cache", False), "unmet"),
        (text("cache", "None"), "unmet"),
        (text("cache", "Large"), "met"),
        (Attribute(name="cache", raw="?"), "unknown"),
    ],
)
def test_having_is_neither_no_nor_zero(value: Attribute, has: str) -> None:
    opposite = {"met": "unmet", "unmet": "met", "unknown": "unknown"}[has]
    assert decide(Condition(attribute="cache", op=Op.HAS), product(value)) == has
    assert decide(Condition(attribute="cache", op=Op.IS, flag=True), product(value)) == has
    assert decide(Condition(attribute="cache", op=Op.LACKS), product(value)) == opposite
    assert decide(Condition(attribute="cache", op=Op.IS_NOT, flag=True), product(value)) == opposite


@pytest.mark.parametrize(
    ("wanted", "stored", "found"),
    [
        ("tempered glass", "Tinted Tempered Glass", True),
        ("glass", "Fibreglass", False),
        ("m.2", "M.2-2280", True),
        ("5", "2.5", False),
        ("2.5", "2.5-inch", True),
        ("wi-fi", "Wi-Fi 6", True),
        ("검은", "검은 색", True),
    ],
)
def test_words_match_whole_words_whatever_the_punctuation(wanted: str, stored: str, found: bool) -> None:
    condition = Condition(attribute="kind", op=Op.IS, words=(wanted,))
    assert (decide(condition, product(text("kind", stored))) is Verdict.MET) == found


def test_not_white_rules_out_what_is_partly_white() -> None:
    not_white = Condition(attribute="colour", op=Op.IS_NOT, words=("white",))
    assert decide(not_white, product(text("colour", "black", "white"))) is Verdict.UNMET
    assert decide(not_white, product(text("colour", "off-black"))) is Verdict.MET


def test_a_number_or_a_no_is_surely_not_what_plain_words_ask_for() -> None:
    solid = Condition(attribute="kind", op=Op.IS, words=("solid",))
    assert decide(solid, product(number("kind", 7200))) is Verdict.UNMET
    assert decide(solid, product(flag("kind", False))) is Verdict.UNMET
    assert decide(solid, product(flag("kind", True))) is Verdict.UNKNOWN
    assert (
        decide(solid.model_copy(update={"words": ("7200",)}), product(number("kind", 7200)))
        is Verdict.UNKNOWN
    )


def test_money_of_another_currency_is_unknown() -> None:
    cheap = Condition(attribute="price", op=Op.AT_MOST, number=50, currency="EUR")
    assert decide(cheap, product(offers=(offer(10, "USD"),))) is Verdict.UNKNOWN
    assert decide(cheap, product(offers=(offer(10, "USD"), offer(60, "EUR")))) is Verdict.UNMET
    assert decide(cheap, product(offers=(offer(70, "EUR"), offer(45, "EUR")))) is Verdict.MET


def test_having_a_price_or_rating_means_that_it_is_known() -> None:
    priced, rated = Condition(attribute="price", op=Op.HAS), Condition(attribute="rating", op=Op.HAS)
    assert decide(priced, product(offers=(offer(10, "USD"),))) is Verdict.MET
    assert decide(priced, product()) is Verdict.UNKNOWN
    assert decide(rated, product(rating=4)) is Verdict.MET
    assert decide(rated, product()) is Verdict.UNKNOWN


def test_brand_title_and_category_match_by_words() -> None:
    thing = product(brand="Be Quiet!", title="Pure Loop 2", category=("Home", "Pumps & Fans"))
    for name, words in (("brand", "be quiet"), ("title", "LOOP 2"), ("category", "pumps")):
        assert decide(Condition(attribute=name, op=Op.IS, words=(words,)), thing) is Verdict.MET
    assert decide(Condition(attribute="brand", op=Op.IS_NOT, words=("acme",)), product()) is Verdict.UNKNOWN


def test_a_condition_that_gives_nothing_to_compare_is_unknown() -> None:
    empty = [
        Condition(attribute="size", op=Op.AT_MOST),
        Condition(attribute="title", op=Op.IS_NOT, words=("?",)),
        Condition(attribute="title", op=Op.AT_LEAST, words=("thing",)),
        Condition(attribute="price", op=Op.AT_MOST, number=5),
    ]
    thing = product(number("size", 3), offers=(offer(3),))
    assert {decide(c, thing) for c in empty} == {Verdict.UNKNOWN}


def test_a_strict_limit_leaves_the_limit_itself_out() -> None:
    for op, inside in ((Op.AT_MOST, 19.99), (Op.AT_LEAST, 20.01)):
        limit = Condition(attribute="size", op=op, number=20, strict=True)
        assert decide(limit, product(number("size", 20))) is Verdict.UNMET
        assert decide(limit, product(number("size", inside))) is Verdict.MET
