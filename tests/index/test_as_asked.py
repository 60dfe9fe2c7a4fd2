"""Needs are met by one and the same variant, or not at all."""

from datetime import date

import pytest

from index.as_asked import as_asked, meets
from index.conditions import Condition, Op, Verdict, decide
from index.identity.naming import Names
from index.product import Attribute, Offer, Origin, Price, Product

SEEN = date(2026, 11, 1)


def offer(amount: float, **options: str) -> Offer:
    """A variant."""
    return Offer(price=Price(amount=amount, currency="EUR", seen=SEEN), options=tuple(options.items()))


TENT = Product(
    id="tents:1",
    origin=Origin(source="tents", file="t.csv", row=1, seen=SEEN),
    title="Dome",
    attributes=(
        Attribute(name="poles", raw="2", low=2, high=2),
        Attribute(name="size", raw="2P, 3P", words=("2p", "3p")),
        Attribute(name="color", raw="red, blue", words=("red", "blue")),
        Attribute(name="weight", raw="1500 g, 2600 g", low=1500, high=2600, unit="g", judged="any"),
    ),
    offers=(
        offer(100, size="2P", color="red", weight="1500 g"),
        offer(110, size="2P", color="blue", weight="1500 g"),
        offer(150, size="3P", color="blue", weight="2600 g"),
    ),
)


def size(value: str) -> Condition:
    return Condition(attribute="size", op=Op.IS, words=(value,))


def color(value: str) -> Condition:
    return Condition(attribute="color", op=Op.IS, words=(value,))


def under(amount: float) -> Condition:
    return Condition(attribute="price", op=Op.AT_MOST, number=amount, currency="EUR")


def light(kilograms: float) -> Condition:
    return Condition(attribute="weight", op=Op.AT_MOST, number=kilograms, unit="kg")


@pytest.mark.parametrize(
    ("asked", "met", "price"),
    [
        ((size("3p"),), True, 150),
        ((size("3p"), under(120)), False, 150),
        ((size("2p"), under(120)), True, 100),
        ((size("2p"), color("blue")), True, 110),
        ((size("3p"), color("red")), False, 100),
        ((size("3p"), light(1.6)), False, 100),
        ((size("2p"), light(1.6)), True, 100),
        ((light(1.6),), True, 100),
        ((color("blue"), under(105)), False, 110),
        ((size("4p"),), False, 100),
    ],
)
def test_what_is_asked_is_met_by_one_variant_or_not_at_all(
    asked: tuple[Condition, ...], met: bool, price: float
) -> None:
    seen = as_asked(TENT, asked)
    assert meets(TENT, asked) is met
    assert all(decide(each, seen) is Verdict.MET for each in asked) is met
    assert seen.price is not None
    assert seen.price.amount == price
    assert as_asked(seen, asked) == seen, "looking again changes nothing"


def test_of_a_variant_its_own_values_are_told() -> None:
    seen = as_asked(TENT, (size("3p"),))
    assert [(each.name, each.raw) for each in seen.attributes] == [
        ("poles", "2"), ("size", "3P"), ("color", "blue"), ("weight", "2600 g"),
    ]  # fmt: skip
    assert [each.price.amount for each in seen.offers] == [150]


def test_variants_that_are_as_good_stay_side_by_side() -> None:
    seen = as_asked(TENT, (size("2p"), under(120)))
    assert [each.price.amount for each in seen.offers] == [100, 110]
    assert [each.raw for each in seen.attributes if each.name == "color"] == ["red, blue"]


def test_a_wish_chooses_among_what_fits_and_never_against_it() -> None:
    wished = as_asked(TENT, (under(120),), (color("blue"),))
    assert [each.price.amount for each in wished.offers] == [110]
    dear = as_asked(TENT, (under(105),), (color("blue"),))
    assert [each.price.amount for each in dear.offers] == [100]


@pytest.mark.parametrize("asked", [(), (under(120),), (Condition(attribute="poles", op=Op.HAS),)])
def test_a_product_is_itself_where_nothing_is_asked_by_which_variants_differ(
    asked: tuple[Condition, ...],
) -> None:
    assert as_asked(TENT, asked) is TENT


def test_options_bear_the_names_that_their_attributes_are_read_under() -> None:
    german = TENT.model_copy(
        update={
            "category": ("Tents",),
            "attributes": (
                Attribute(name="gewicht", raw="1500 g, 2600 g", low=1500, high=2600, judged="any"),
            ),
            "offers": (offer(100, gewicht="1500 g"), offer(150, gewicht="2600 g")),
        }
    )
    read = Names({("Tents",): {"gewicht": "weight"}}).applied(german)
    assert [each.name for each in read.attributes] == ["weight"]
    assert not meets(
        read, (light(1.6), Condition(attribute="price", op=Op.AT_LEAST, number=120, currency="EUR"))
    )
    assert as_asked(read, (light(1.6),)).offers == read.offers[:1]
