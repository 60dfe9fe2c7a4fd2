"""Records of several sources that tell of one thing: what joins them, what keeps them apart, what is seen."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index.catalog import Catalog
from index.conditions import Condition, Op, Verdict, decide
from index.errors import ConflictError, NotFoundError
from index.identity.numbers import gtin14, numbers, part_number
from index.product import Attribute, Offer, Origin, Price, Product
from index.search import Index, SearchRequest

EAN = "4006381333931"
OTHER_EAN = "5012345678900"
LAMPS = ("Home", "Lamps")


def told(source: str, name: str = "lamp", **fields: object) -> Product:
    """What a source tells of a lamp."""
    seen = date(2026, 10, 1)
    amount = fields.pop("amount", None)
    offers = (Offer(price=Price(amount=amount, currency="EUR", seen=seen)),) if amount else ()
    return Product.model_validate(
        {
            "id": f"{source}:{name}",
            "origin": Origin(source=source, file=f"{source}.csv", row=1, seen=seen),
            "title": "Orla desk lamp",
            "category": LAMPS,
            "offers": offers,
            **fields,
        }
    )


def number(name: str, value: float, unit: str = "") -> Attribute:
    """A number."""
    return Attribute(name=name, raw=f"{value} {unit}", low=value, high=value, unit=unit)


def add(home: Path, *products: Product) -> None:
    """Import each source's records as one file."""
    with Catalog.open(home / "catalog.sqlite") as catalog:
        for source in dict.fromkeys(p.origin.source for p in products):
            mine = [p for p in products if p.origin.source == source]
            with catalog.importing(
                source, f"{source}.csv", "".join(p.model_dump_json() for p in mine)
            ) as batch:
                for product in mine:
                    batch.add(product)


def things(home: Path) -> list[set[str]]:
    """The ids of the records of each thing."""
    with Catalog.open(home / "catalog.sqlite") as catalog:
        return [set(ids) for ids in catalog.same_things()]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Index]:
    """Two shops that tell of one lamp, each something of its own, and a third lamp."""
    add(
        tmp_path,
        told(
            "east",
            gtin=(EAN,),
            amount=30,
            attributes=(number("light_output", 400, "lm"), number("weight", 900, "g")),
            description="Made of brass.",
        ),
        told("west", gtin=(f"0{EAN}",), amount=25, title="ORLA lamp, brass",
             attributes=(number("weight", 1.2, "kg"), number("height", 41, "cm"))),
        told("west", "other", gtin=(OTHER_EAN,), amount=80, title="Vesper floor lamp"),
    )  # fmt: skip
    with Index.open(tmp_path, meaning=False) as index:
        yield index


def found(index: Index, *conditions: Condition, query: str = "lamp") -> list[str]:
    """The ids of the hits."""
    request = SearchRequest(query=query, category=LAMPS, conditions=conditions)
    result = index.search(request)
    assert result.total == len(result.hits)
    return [hit.product.id for hit in result.hits]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("036000291452", "00036000291452"),
        ("0036000291452", "00036000291452"),
        ("0-36000-29145-2", "00036000291452"),
        ("96385074", "00000096385074"),
        ("10036000291459", "10036000291459"),
        ("036000291453", ""),
        ("2912345678907", ""),
        ("00000000000000", ""),
        ("12345", ""),
        ("n/a", ""),
    ],
)
def test_a_gtin_is_read_in_fourteen_digits_where_it_names_a_thing_everywhere(
    written: str, number: str
) -> None:
    assert gtin14(written) == number


@pytest.mark.parametrize(
    ("mpn", "part"), [("WH-1000/XM4", "wh1000xm4"), ("a12", ""), ("0000", ""), ("unknown", "")]
)
def test_a_part_number_stands_without_case_and_punctuation(mpn: str, part: str) -> None:
    assert part_number(mpn) == part


def test_an_asin_of_another_form_names_nothing() -> None:
    assert numbers((), " b0abcd1234 ", "", "").asin == "B0ABCD1234"
    assert numbers((), "see title", "", "").asin == ""


@pytest.mark.parametrize(
    ("mine", "its", "same"),
    [
        ({"gtin": ("036000291452",)}, {"gtin": ("0036000291452",)}, True),
        ({"asin": "B0ABCD1234"}, {"asin": "b0abcd1234"}, True),
        ({"brand": "Orla", "mpn": "OL-44.2"}, {"brand": "ORLA", "mpn": "ol442"}, True),
        ({"brand": "Orla", "mpn": "OL-44"}, {"brand": "Vesper", "mpn": "OL-44"}, False),
        ({"mpn": "OL-442"}, {"mpn": "OL-442"}, False),
        ({"brand": "Orla", "mpn": "OL-44", "gtin": (EAN,)},
         {"brand": "Orla", "mpn": "OL-44", "gtin": (OTHER_EAN,)}, False),
        ({"brand": "Orla", "mpn": "OL-44", "asin": "B0ABCD1234"},
         {"brand": "Orla", "mpn": "OL-44", "asin": "B0ABCD9999"}, False),
        ({"asin": "B0ABCD1234", "gtin": (EAN,)}, {"asin": "B0ABCD1234", "gtin": (OTHER_EAN,)}, False),
        ({"gtin": ("4006381333930",)}, {"gtin": ("4006381333930",)}, False),
        ({}, {}, False),
    ],
)  # fmt: skip
def test_only_numbers_that_agree_make_two_records_one_thing(
    tmp_path: Path, mine: dict[str, Any], its: dict[str, Any], same: bool
) -> None:
    add(tmp_path, told("east", **mine), told("west", **its))
    assert things(tmp_path) == ([{"east:lamp", "west:lamp"}] if same else [])


def test_records_of_one_source_are_never_joined_by_a_number(tmp_path: Path) -> None:
    add(tmp_path, told("east", "red", gtin=(EAN,)), told("east", "blue", gtin=(EAN,)))
    assert things(tmp_path) == []


def test_a_number_that_a_source_gives_to_a_family_names_no_thing(tmp_path: Path) -> None:
    add(
        tmp_path,
        told("east", "red", gtin=(EAN,)),
        told("east", "blue", gtin=(EAN,)),
        told("west", gtin=(EAN,)),
    )
    assert things(tmp_path) == []


def test_a_chain_never_joins_what_contradicts_itself_at_its_ends(tmp_path: Path) -> None:
    add(
        tmp_path,
        told("east", gtin=(EAN,), brand="Orla", mpn="OL-44"),
        told("north", brand="Orla", mpn="OL-44"),
        told("west", gtin=(OTHER_EAN,), brand="Orla", mpn="OL-44"),
    )
    assert things(tmp_path) == [{"east:lamp", "north:lamp"}]


def test_a_thing_is_one_hit_with_every_offer_and_what_only_one_source_says(opened: Index) -> None:
    result = opened.search(SearchRequest(query="orla", category=LAMPS))
    (hit,) = [h.product for h in result.hits if h.product.id != "west:other"]
    assert hit.id == "east:lamp"
    assert [(o.seller, o.price.amount) for o in hit.offers] == [("east", 30), ("west", 25)]
    assert [(a.name, a.low) for a in hit.attributes] == [
        ("light_output", 400),
        ("weight", 900),
        ("height", 41),
    ]
    assert opened.catalog.product("east:lamp") == hit


def test_a_thing_is_found_by_the_words_of_either_source(opened: Index) -> None:
    assert found(opened, query="brass")[0] == "east:lamp"
    assert found(opened, query="west:lamp")[0] == "east:lamp"
    hits = opened.search(SearchRequest(query="brass")).hits
    assert [hit.product.id for hit in hits] == ["east:lamp"]


def test_a_price_is_held_against_the_lowest_offer_of_the_thing(opened: Index) -> None:
    below = Condition(attribute="price", op=Op.AT_MOST, number=26, currency="EUR")
    above = Condition(attribute="price", op=Op.AT_LEAST, number=28, currency="EUR")
    assert found(opened, below) == ["east:lamp"]
    assert found(opened, above) == ["west:other"]


def test_a_fact_of_either_source_passes_a_filter_and_the_leading_word_decides_where_they_differ(
    opened: Index,
) -> None:
    both = (
        Condition(attribute="light_output", op=Op.AT_LEAST, number=300, unit="lm"),
        Condition(attribute="height", op=Op.AT_MOST, number=50, unit="cm"),
    )
    assert found(opened, *both) == ["east:lamp"]
    heavy = Condition(attribute="weight", op=Op.AT_LEAST, number=1, unit="kg")
    (hit,) = opened.search(SearchRequest(query="", conditions=(heavy,))).hits
    assert hit.product.id == "west:lamp", "the record that says so leads where the other one does not pass"
    assert decide(heavy, hit.product) is Verdict.MET


def test_what_the_sources_say_differently_is_listed_with_both(opened: Index) -> None:
    (difference,) = opened.catalog.differences("east:lamp")
    assert difference.name == "weight"
    assert [(source, a.low, a.unit) for source, a in difference.said] == [
        ("east", 900, "g"),
        ("west", 1.2, "kg"),
    ]
    assert opened.catalog.differences("west:other") == ()


def test_the_other_records_stay_whole_as_they_were_told(opened: Index) -> None:
    (other,) = opened.catalog.same_elsewhere(opened.catalog.product("east:lamp"))
    assert (other.id, [o.price.amount for o in other.offers]) == ("west:lamp", [25])
    (record,) = opened.catalog.told_products(["east:lamp"])
    assert [o.price.amount for o in record.offers] == [30]


def test_a_record_that_changes_or_goes_takes_what_followed_from_it_along(
    tmp_path: Path, opened: Index
) -> None:
    add(tmp_path, told("west", gtin=(OTHER_EAN,), amount=25))
    assert {"east:lamp", "west:lamp"} <= {*found(opened)}
    add(tmp_path, told("west", gtin=(EAN,), amount=24))
    assert opened.catalog.product("east:lamp").offers[-1].price.amount == 24
    opened.catalog.remove_source("west")
    assert things(tmp_path) == []
    assert [o.price.amount for o in opened.catalog.product("east:lamp").offers] == [30]
    assert opened.catalog.verify() == []


def rows(catalog: Catalog) -> list[list[tuple[object, ...]]]:
    """Everything that is stored, but for the count of changes."""
    tables = [
        name for (name,) in catalog.select("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE TABLE%'")
    ]
    return [catalog.select(f"SELECT * FROM {name}") for name in sorted(tables) if name != "meta"]


def test_what_a_person_joins_or_parts_can_be_undone_exactly(tmp_path: Path, opened: Index) -> None:
    catalog = opened.catalog
    before, generation = rows(catalog), catalog.generation
    catalog.say_same("west:other", "east:lamp", same=True)
    assert things(tmp_path) == [{"east:lamp", "west:lamp", "west:other"}]
    assert len(found(opened)) == 1
    catalog.unsay_same("west:other")
    assert rows(catalog) == before
    assert len(found(opened)) == 2
    catalog.say_same("west:lamp", "east:lamp", same=False)
    assert things(tmp_path) == []
    assert len(found(opened)) == 3
    catalog.unsay_same("east:lamp")
    assert rows(catalog) == before
    assert catalog.generation > generation, "readers look again"


def test_a_word_that_an_earlier_one_forbids_is_refused_and_changes_nothing(opened: Index) -> None:
    catalog = opened.catalog
    catalog.say_same("west:other", "west:lamp", same=False)
    before = rows(catalog)
    with pytest.raises(ConflictError, match="was said to differ"):
        catalog.say_same("west:other", "east:lamp", same=True)
    with pytest.raises(ConflictError, match="name two"):
        catalog.say_same("east:lamp", "east:lamp", same=True)
    with pytest.raises(NotFoundError, match="There is no product east:none"):
        catalog.say_same("east:none", "east:lamp", same=True)
    with pytest.raises(NotFoundError, match="Nothing was said of east:lamp"):
        catalog.unsay_same("east:lamp")
    assert rows(catalog) == before


def test_the_persons_word_outlives_a_new_import_of_either_file(tmp_path: Path, opened: Index) -> None:
    opened.catalog.say_same("west:other", "east:lamp", same=True)
    add(tmp_path, told("west", "other", amount=75, title="Vesper lamp"))
    assert things(tmp_path) == [{"east:lamp", "west:lamp", "west:other"}]


def test_an_import_that_joins_nothing_counts_no_change_of_its_own(tmp_path: Path) -> None:
    add(tmp_path, told("east"))
    with Catalog.open(tmp_path / "catalog.sqlite") as catalog:
        before = catalog.generation
        assert before == 1, "one chunk was written, and nothing follows from it"


def test_a_catalogue_made_before_opens_and_joins_what_it_holds_at_the_next_import(tmp_path: Path) -> None:
    add(tmp_path, told("east", gtin=(EAN,)), told("west", gtin=(EAN,)))
    path = tmp_path / "catalog.sqlite"
    with Catalog.open(path) as catalog:
        for name in ("said", "products", "offers", "attributes"):
            catalog.select(f"DROP TABLE same_{name}")
        for name in ("names_said", "attribute_names"):
            catalog.select(f"DROP TABLE {name}")
        catalog.select("DELETE FROM meta WHERE key = 'same'")
    with Catalog.open(path) as catalog:
        assert catalog.product("east:lamp").id == "east:lamp"
        assert catalog.same_things() == []
    add(tmp_path, told("north", brand="Vesper"))
    assert things(tmp_path) == [{"east:lamp", "west:lamp"}]


def sorted_by(index: Index, field: str) -> Iterable[str]:
    """Ids in the order of a field."""
    return [hit.product.id for hit in index.search(SearchRequest(query="", sort=(field, False))).hits]


def test_orders_go_by_the_whole_thing(opened: Index) -> None:
    assert sorted_by(opened, "price") == ["east:lamp", "west:other"]
    assert sorted_by(opened, "height") == ["east:lamp", "west:other"]


def joined(catalog: Catalog) -> list[list[tuple[object, ...]]]:
    """What was worked out of the records."""
    tables = ("same_products", "same_offers", "same_attributes")
    return [catalog.select(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables]


def test_a_rebuild_makes_what_was_worked_out_anew(tmp_path: Path) -> None:
    add(tmp_path, told("east", gtin=(EAN,), amount=30), told("west", gtin=(EAN,), amount=25))
    with Catalog.open(tmp_path / "catalog.sqlite") as catalog:
        made = joined(catalog)
        catalog.select("DELETE FROM same_products WHERE place = 1")
        catalog.select("DELETE FROM same_offers")
        catalog.rebuild_texts()
        assert joined(catalog) == made


def killed(catalog: Catalog) -> None:
    """An import that ends after its first chunk."""
    with catalog.importing("west", "west.csv", "west") as batch:
        batch.add(told("west", gtin=(EAN,)))
        batch.write()
        raise KeyboardInterrupt


def test_what_a_killed_import_left_unjoined_the_next_one_joins(tmp_path: Path) -> None:
    add(tmp_path, told("east", gtin=(EAN,)))
    with Catalog.open(tmp_path / "catalog.sqlite") as catalog, pytest.raises(KeyboardInterrupt):
        killed(catalog)
    assert things(tmp_path) == []
    add(tmp_path, told("north", brand="Vesper"))
    assert things(tmp_path) == [{"east:lamp", "west:lamp"}]
