"""What stands before what among products that meet the same needs."""

import pytest

from agent.ledger import Need, rank
from agent.plan import PlanNeed, bind
from index.card import CardAttribute, CategoryCard
from index.conditions import Condition, Op
from index.product import Product
from tests.agent.report_desk import KETTLES, kettle

CARD = CategoryCard(
    tag="C1",
    path=KETTLES,
    count=41,
    attributes=(CardAttribute(name="noise_level", kind="number", unit="dB", coverage=1.0),),
)


class Noises:
    """A category of which one record is far quieter than all the others."""

    def numbers(self, path: tuple[str, ...], attribute: str) -> list[float]:
        known = (path, attribute) == (KETTLES, "noise_level")
        return [1.0, *map(float, range(50, 90))] if known else []


def quiet() -> Need:
    return bind(PlanNeed(on="noise_level", op="low"), "N1", CARD, Noises())


def order(need: Need, *products: Product) -> list[str]:
    return [product.title for product in rank([need], products)]


def test_of_two_that_meet_an_adjective_the_one_that_meets_it_better_comes_first() -> None:
    loud, quieter = kettle(1, "Loud", "A", 30, noise=58), kettle(1, "Quiet", "A", 30, noise=52)
    assert order(quiet(), loud, quieter) == ["Quiet", "Loud"]


def test_an_adjective_is_worth_a_star_at_most() -> None:
    quietest = kettle(40, "Quietest", "A", 30, noise=50, rating=3.5)
    assert order(quiet(), quietest, kettle(40, "Good", "A", 30, noise=59, rating=4.3)) == ["Quietest", "Good"]
    assert order(quiet(), quietest, kettle(40, "Best", "A", 30, noise=59, rating=4.9)) == ["Best", "Quietest"]


@pytest.mark.parametrize("noise", [50, 1])
def test_a_lone_record_at_the_end_is_not_what_others_are_held_against(noise: float) -> None:
    as_well_as_can_be = kettle(1, "Cheap", "A", 20, noise=50)
    assert order(quiet(), kettle(1, "Dear", "A", 30, noise=noise), as_well_as_can_be) == ["Cheap", "Dear"]


def test_going_beyond_a_number_that_was_said_is_worth_nothing() -> None:
    limit = Condition(attribute="noise_level", op=Op.AT_MOST, number=60)
    said = Need(tag="N1", said="60 dB", hard=False, attribute="noise_level", condition=limit)
    assert order(said, kettle(1, "Dear", "A", 30, noise=50), kettle(1, "Cheap", "A", 20, noise=59)) == [
        "Cheap",
        "Dear",
    ]


def test_what_nobody_rated_comes_behind_what_is_liked_and_before_what_is_not() -> None:
    liked, unrated, ill = (
        kettle(9, title, "A", 30, noise=55, rating=stars)
        for title, stars in (("Liked", 4.0), ("Unrated", None), ("Ill", 2.0))
    )
    assert order(quiet(), ill, unrated, liked) == ["Liked", "Unrated", "Ill"]
