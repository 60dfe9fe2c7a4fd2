"""Names of attributes across sources: which are read as one, on the card, in filters and in records."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index.catalog import Catalog
from index.conditions import Condition, Op, Verdict, decide
from index.errors import NotFoundError
from index.identity.name_suggestions import name_suggestions
from index.identity.naming import concept
from index.identity.said import NameSaid
from index.product import Attribute, Product
from index.search import Index, SearchRequest
from index.where import parse_where
from tests.index.hash_embedder import embed
from tests.index.test_identity import add, number, rows, told

HOME = ("Home", "Lamps")
SHELF = "Home > Lamps"


def text(name: str, *words: str) -> Attribute:
    """A text value."""
    return Attribute(name=name, raw=", ".join(words), words=words)


def lamps(
    source: str, name: str, unit: str, amounts: Sequence[float], colour: str = "colour"
) -> list[Product]:
    """Lamps that last so long by a source's own names."""
    return [
        told(
            source,
            str(place),
            attributes=(number(name, amount, unit), text(colour, ("red", "green")[place % 2])),
        )
        for place, amount in enumerate(amounts)
    ]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Index]:
    """Five lamps of an English shop, three of a German one that counts in minutes."""
    add(
        tmp_path,
        *lamps("east", "battery_life", "h", [5, 10, 20, 30, 40]),
        *lamps("west", "akkulaufzeit_min", "min", [300, 1500, 2700], "farbe"),
    )
    with Index.open(tmp_path, meaning=False) as index:
        yield index


def found(index: Index, where: str) -> set[str]:
    """Ids of what a condition as people type it leaves."""
    card = index.card_for(HOME)
    conditions = (parse_where(where, card),)
    result = index.search(SearchRequest(query="", category=HOME, conditions=conditions, limit=50))
    assert result.total == len(result.hits)
    assert {decide(c, hit.product) for c in conditions for hit in result.hits} <= {Verdict.MET}
    return {hit.product.id for hit in result.hits}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("battery_life", "akkulaufzeit_h"),
        ("battery_life_hours", "배터리_수명"),
        ("weight_kg", "poids"),
        ("Item Weight", "gewicht"),
        ("colour", "color"),
        ("farbe", "couleur"),
        ("länge", "longitud_cm"),
        ("potencia", "leistung_w"),
        ("material", "소재"),
    ],
)
def test_names_of_five_languages_mean_one_thing(one: str, other: str) -> None:
    assert concept(one)
    assert concept(one) == concept(other)


@pytest.mark.parametrize("name", ["weight_class", "noise_cancelling", "length_of_stay", "", "m"])
def test_a_name_that_only_begins_so_means_nothing_in_the_table(name: str) -> None:
    assert concept(name) == ""


def test_the_card_shows_one_attribute_in_one_unit_with_its_other_names(opened: Index) -> None:
    card = opened.card_for(HOME)
    assert [a.name for a in card.attributes] == ["battery_life", "colour"]
    life = card.attributes[0]
    assert (life.unit, life.low, life.high, life.coverage) == ("h", 5, 45, 1.0)
    assert "akkulaufzeit min" in life.also
    assert card.attributes[1].values == ("red", "green")


def test_a_filter_reaches_both_shops_by_either_name(opened: Index) -> None:
    assert found(opened, "battery_life>=24 h") == {"east:3", "east:4", "west:1", "west:2"}
    assert found(opened, "akkulaufzeit min<=5 h") == {"east:0", "west:0"}
    assert found(opened, "farbe=red") == {"east:0", "east:2", "east:4", "west:0", "west:2"}


def test_records_are_read_under_the_one_name_and_kept_under_their_own(opened: Index) -> None:
    assert [a.name for a in opened.catalog.product("west:1").attributes] == ["battery_life", "colour"]
    (record,) = opened.catalog.told_products(["west:1"])
    assert [a.name for a in record.attributes] == ["akkulaufzeit_min", "farbe"]


def test_orders_and_ranks_count_both_shops(opened: Index) -> None:
    request = SearchRequest(query="", category=HOME, sort=("battery_life", True), limit=3)
    assert [hit.product.id for hit in opened.search(request).hits] == ["west:2", "east:4", "east:3"]
    assert list(opened.numbers(HOME, "battery_life")) == pytest.approx([5, 5, 10, 20, 25, 30, 40, 45])


def test_names_that_measure_different_things_stay_two(tmp_path: Path) -> None:
    add(tmp_path, *lamps("east", "weight", "kg", [1, 2]), *lamps("west", "gewicht", "", [1, 2]))
    with Index.open(tmp_path, meaning=False) as index:
        assert {"weight", "gewicht"} <= {a.name for a in index.card_for(HOME).attributes}


def test_names_that_one_source_says_both_stay_two(tmp_path: Path) -> None:
    both = (
        told("north", attributes=(number("weight", 1, "kg"),), category=("Home", "Rugs")),
        told("north", "other", attributes=(number("gewicht", 2, "kg"),)),
    )
    add(tmp_path, *lamps("east", "weight", "kg", [1, 2]), *lamps("west", "gewicht", "kg", [1]), *both)
    with Index.open(tmp_path, meaning=False) as index:
        assert {"weight", "gewicht"} <= {a.name for a in index.card_for(HOME).attributes}


def test_what_a_person_joins_is_one_and_can_be_undone_exactly(tmp_path: Path) -> None:
    add(tmp_path, *lamps("east", "burning", "h", [5, 10]), *lamps("west", "glow", "min", [600]))
    with Index.open(tmp_path, meaning=False) as index:
        before = rows(index.catalog)
        index.catalog.say_name(NameSaid("Home", "glow", "burning"))
        assert found(index, "burning>=10 h") == {"east:1", "west:0"}
        assert [(j.alias, j.name, j.said) for j in index.catalog.names_joined(HOME)] == [
            ("glow", "burning", True)
        ]
        index.catalog.unsay_name("Home", "glow")
        assert rows(index.catalog) == before
        assert found(index, "burning>=10 h") == {"east:1"}
        with pytest.raises(NotFoundError, match="Nothing was said of the name glow in Home"):
            index.catalog.unsay_name("Home", "glow")


@pytest.mark.parametrize("name", ["akkulaufzeit_min", "battery_life"])
def test_what_a_person_splits_stays_apart_until_it_is_undone(opened: Index, name: str) -> None:
    opened.catalog.say_name(NameSaid(SHELF, name, name))
    assert {"akkulaufzeit_min", "battery_life"} <= {a.name for a in opened.card_for(HOME).attributes}
    assert found(opened, "battery_life>=24 h") == {"east:3", "east:4"}
    opened.catalog.unsay_name(SHELF, name)
    assert len(found(opened, "battery_life>=24 h")) == 4


def test_names_that_lead_back_to_themselves_are_left_as_they_are(tmp_path: Path) -> None:
    add(tmp_path, *lamps("east", "burning", "h", [5]), *lamps("west", "glow", "h", [6]))
    with Index.open(tmp_path, meaning=False) as index:
        index.catalog.say_name(NameSaid("", "glow", "burning"))
        index.catalog.say_name(NameSaid("", "burning", "glow"))
        assert {"burning", "glow"} <= {a.name for a in index.card_for(HOME).attributes}


def test_a_thing_of_two_sources_is_compared_under_the_one_name(tmp_path: Path) -> None:
    ean = ("4006381333931",)
    add(
        tmp_path,
        told("east", attributes=(number("weight", 1, "kg"), number("height", 40, "cm")), gtin=ean),
        told("west", attributes=(number("gewicht", 1500, "g"),), gtin=ean),
    )
    with Index.open(tmp_path, meaning=False) as index:
        (difference,) = index.catalog.differences("east:lamp")
        assert (difference.name, [a.low for _, a in difference.said]) == ("weight", [1, 1500])
        heavy = Condition(attribute="weight", op=Op.AT_LEAST, number=1.2, unit="kg")
        assert [
            hit.product.id for hit in index.search(SearchRequest(query="", conditions=(heavy,))).hits
        ] == ["west:lamp"]


def test_suggestions_need_one_dimension_values_in_common_and_names_near_each_other(tmp_path: Path) -> None:
    add(
        tmp_path,
        *lamps("east", "glow_time", "h", [5, 10, 20]),
        *lamps("west", "time_of_glow", "min", [400, 900], "shade"),
        *lamps("north", "glow_time_price", "", [7, 9], "hue"),
    )
    with Catalog.open(tmp_path / "catalog.sqlite"), Index.open(tmp_path, meaning=False) as index:
        card = index.card_for(HOME)
        connection = index._connection
        found = name_suggestions(connection, [1], card.attributes, lambda texts: embed(texts), at_least=0.3)
        pairs = {(each.alias.name, each.name.name) for each in found}
        assert ("time_of_glow", "glow_time") in pairs
        assert not any("glow_time_price" in pair for pair in pairs)
        assert index.name_suggestions(HOME) == [], "without meaning nothing is suggested"
