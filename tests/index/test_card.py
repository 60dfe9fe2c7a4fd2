"""The catalogue card: which categories a question means, and what stands on a card."""

from pathlib import Path

import pytest

from index.errors import UnknownNameError
from index.meanings import Meaning
from index.product import Product
from index.search import Index
from tests.index.market import LAMPS, PEGS, STOVES, TENTS, goods, number, open_market, origin

SHELF = (
    ("Fans",),
    ("Fan cases",),
    ("Phone cases",),
    ("Phones",),
    ("Phone chargers",),
    ("Home", "Batteries & Torches"),
)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return open_market(tmp_path, also=[(STOVES, Meaning(also=("cooker", "burner")))])


@pytest.fixture
def shelf(tmp_path: Path) -> Index:
    """Categories whose names share words, each with one product that says nothing."""
    return open_market(
        tmp_path,
        [
            Product(id=f"{place}", origin=origin(), title="Item", category=path)
            for place, path in enumerate(SHELF)
        ],
    )


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("a light tent for two under 100 €", TENTS),
        ("tent pegs, at least eight", PEGS),
        ("pegs for my tent", PEGS),
        ("a cooker that burns wood", STOVES),
        ("the best lantern", LAMPS),
        ("something that burns spirit", STOVES),
        ("looking for a tent with strong pegs", TENTS),
    ],
)
def test_the_category_that_a_question_means_comes_first(
    index: Index, question: str, path: tuple[str, ...]
) -> None:
    assert index.card(question)[0].path == path


@pytest.mark.parametrize(
    ("question", "leaf"),
    [
        ("a quiet fan", "Fans"),
        ("a fan case in red", "Fan cases"),
        ("a phone with a case", "Phones"),
        ("a case for my phone", "Phone cases"),
        ("phonecase", "Phone cases"),
        ("which phone charger is the fastest?", "Phone chargers"),
        ("torches", "Batteries & Torches"),
        ("a battery", "Batteries & Torches"),
        ("a bateery for my phone", "Batteries & Torches"),
    ],
)
def test_names_that_share_words_are_told_apart(shelf: Index, question: str, leaf: str) -> None:
    assert shelf.card(question)[0].path[-1] == leaf


def test_a_parent_category_is_a_candidate_where_the_question_names_it(index: Index) -> None:
    card = index.card("outdoor things")[0]
    assert (card.path, card.count) == (("Outdoor",), 54)


def test_cards_are_tagged_best_first_and_no_more_than_asked(index: Index) -> None:
    cards = index.card("a tent, pegs and a stove", limit=2)
    assert [card.tag for card in cards] == ["C1", "C2"]


@pytest.mark.longer
@pytest.mark.parametrize("question", ["", "???", "비행선", "x" * 50_000])
def test_a_question_that_says_nothing_gets_the_largest_categories(index: Index, question: str) -> None:
    assert index.card(question)[0].path == TENTS


def test_an_empty_catalogue_has_no_cards(tmp_path: Path) -> None:
    with open_market(tmp_path, []) as index:
        assert index.card("a tent") == ()


def test_a_card_counts_prices_ratings_and_brands(index: Index) -> None:
    card = index.card_for(TENTS)
    assert (card.count, card.currency, card.price_low, card.price_high) == (40, "EUR", 65, 255)
    assert (card.priced, card.rated) == (0.75, 0.5)
    assert card.brands == ("Alder & Sons", "Birch")


def test_attributes_are_numbers_flags_or_texts_most_covered_first(index: Index) -> None:
    attributes = index.card_for(TENTS).attributes
    assert [(a.name, a.kind, a.coverage) for a in attributes] == [
        ("colour", "text", 1.0),
        ("freestanding", "flag", 1.0),
        ("sleeps", "number", 1.0),
        ("weight", "number", 1.0),
    ]
    assert attributes[0].values == ("green", "grey", "red", "sand")
    assert (attributes[2].low, attributes[2].high) == (1, 5)
    assert (attributes[3].unit, attributes[3].low, attributes[3].high) == ("g", 1000, 2950)


def test_values_are_shown_as_their_records_write_them(index: Index) -> None:
    fuel = next(a for a in index.card_for(STOVES).attributes if a.name == "fuel")
    assert fuel.values == ("gas", "wood", "spirit")


def test_numbers_of_two_units_stand_on_the_card_in_one(index: Index) -> None:
    time = next(a for a in index.card_for(STOVES).attributes if a.name == "boiling_time")
    seconds = time.unit == "s"
    assert (time.low, time.high) == pytest.approx((200, 600) if seconds else (200 / 60, 10))
    assert index.numbers(STOVES, "boiling_time") == sorted(index.numbers(STOVES, "boiling_time"))
    assert len(index.numbers(STOVES, "boiling_time")) == 8


def test_numbers_are_ascending_for_attributes_and_built_in_fields(index: Index) -> None:
    assert index.numbers(STOVES, "price") == [33, 34, 35, 36, 37, 38, 39, 40]
    assert len(index.numbers(TENTS, "rating")) == 20
    assert list(index.numbers(TENTS, "weight")) == [1000 + 50 * n for n in range(40)]
    assert index.numbers(TENTS, "nothing") == []


@pytest.mark.parametrize("name", ["tents", "Tent", "outdoor > tents", "OUTDOOR>TENT"])
def test_a_card_is_found_by_name_as_people_write_it(index: Index, name: str) -> None:
    assert index.card_for(name).path == TENTS


def test_a_category_is_found_by_its_other_names(index: Index) -> None:
    assert index.card_for("burners").path == STOVES
    assert index.card_for(STOVES).also == ("cooker", "burner")


def test_an_unknown_name_is_refused_with_the_nearest(index: Index) -> None:
    with pytest.raises(UnknownNameError, match=r"no category 'stoves for camps'.*Camp stoves"):
        index.card_for("stoves for camps")


def test_a_name_of_two_categories_is_refused_with_both_paths(tmp_path: Path) -> None:
    shoes = [
        Product(
            id=who, origin=origin(), title="Shoe", category=(who, "Shoes"), attributes=(number("size", 40),)
        )
        for who in ("Men", "Women")
    ]
    with open_market(tmp_path, shoes) as index:
        with pytest.raises(UnknownNameError, match="Men > Shoes; Women > Shoes"):
            index.card_for("shoes")
        assert index.card_for("women > shoes").path == ("Women", "Shoes")


def test_a_card_changes_with_the_catalogue(tmp_path: Path) -> None:
    with open_market(tmp_path, goods()[:10]) as index:
        assert index.card_for("tents").count == 10
        open_market(tmp_path).close()
        assert index.card_for("tents").count == 40
