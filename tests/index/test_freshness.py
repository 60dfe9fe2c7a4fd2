"""Which of a product's fields are stale on a day."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from index.freshness import Freshness, shipped, stale, stale_lines
from index.product import Offer
from tests.index.shelf import FIRST, lamp, price

POLICY = Freshness(price=30, availability=7, rating=180)


def fields_after(days: int) -> list[str]:
    offers = (Offer(price=price(10), availability="in stock"), Offer(price=price(12)))
    product = lamp(1).model_copy(update={"offers": offers})
    return [each.field for each in stale(product, FIRST + timedelta(days=days), POLICY)]


def test_each_field_has_days_of_its_own_and_the_last_of_them_is_not_stale() -> None:
    assert fields_after(7) == []
    assert fields_after(8) == fields_after(30) == ["availability"]
    assert fields_after(31) == fields_after(180) == ["price", "availability"]
    assert fields_after(181) == ["price", "availability", "rating"]


def test_a_stale_field_says_when_it_was_seen() -> None:
    late = FIRST + timedelta(days=31)
    assert stale_lines(lamp(1), late, POLICY) == ("price seen 2026-03-01, 31 days ago",)


def test_fields_of_one_day_are_told_together() -> None:
    late = FIRST + timedelta(days=181)
    older = lamp(1).model_copy(update={"offers": (Offer(price=price(10, FIRST - timedelta(days=9))),)})
    assert stale_lines(lamp(1), late, POLICY) == ("price and rating seen 2026-03-01, 181 days ago",)
    assert stale_lines(older, late, POLICY) == (
        "price seen 2026-02-20, 190 days ago",
        "rating seen 2026-03-01, 181 days ago",
    )


def test_what_a_source_did_not_say_is_not_stale() -> None:
    bare = lamp(1).model_copy(update={"offers": (), "rating": None})
    assert stale(bare, FIRST + timedelta(days=4000), POLICY) == ()


def test_a_day_to_come_is_not_stale() -> None:
    assert fields_after(-5) == []


def test_the_shipped_days_stand_in_a_file_and_none_is_below_a_day() -> None:
    assert shipped() == POLICY
    with pytest.raises(ValidationError):
        Freshness(price=0, availability=7, rating=180)
