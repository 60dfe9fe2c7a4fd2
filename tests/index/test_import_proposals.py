"""Files without a schema: what is proposed for their columns, and how a person corrects it."""

from pathlib import Path

import pytest

from index.columns import parse_schema
from index.importers.faults import SchemaError
from index.product import Page
from tests.index.importing import imported, jsonl, opened, written

TABLE = (
    "Product Name;Sale price;Regular price;Brand;Categories;Weight (kg);"
    "battery_life_h;Width;Style;In stock?;EAN\n"
    "Tent A;99,00 €;129,00 €;Alp;Outdoor > Tents;2,5;;120 cm;dome;1;4006381333931\n"
    "Tent B;79,00 €;79,00 €;Berg;Outdoor > Tents;3;8;1.4 m;tunnel;0;4006381333930\n"
)


def proposals(tmp_path: Path, content: str, **mapping: str) -> dict[str, str]:
    report = imported(tmp_path, written(tmp_path, "goods.csv", content), schema=None, mapping=mapping)
    return {p.column: f"{p.role} {p.name} {p.unit}".strip() for p in report.proposals}


def test_columns_are_known_by_name_and_units_proposed(tmp_path: Path) -> None:
    assert proposals(tmp_path, TABLE) == {
        "Product Name": "title",
        "Sale price": "price",
        "Regular price": "was",
        "Brand": "brand",
        "Categories": "category",
        "Weight (kg)": "attribute weight kg",
        "battery_life_h": "attribute battery_life h",
        "Width": "attribute width cm",
        "Style": "attribute style",
        "In stock?": "availability",
        "EAN": "gtin",
    }


def test_the_proposed_schema_makes_the_products(tmp_path: Path) -> None:
    proposals(tmp_path, TABLE)
    with opened(tmp_path) as catalog:
        first, second = catalog.all_products()
    assert (first.title, first.brand, first.category) == ("Tent A", "Alp", ("Outdoor", "Tents"))
    assert first.gtin == ("4006381333931",)
    assert second.gtin == (), "a wrong check digit must not join two products"
    (offer,) = first.offers
    assert (offer.price.amount, offer.price.currency, offer.was, offer.availability) == (
        99,
        "EUR",
        129,
        "in stock",
    )
    widths = [product.attribute("width") for product in (first, second)]
    assert [(width.low, width.unit) for width in widths if width] == [(120, "cm"), (140, "cm")]


def test_a_proposal_can_be_saved_and_used_as_a_schema(tmp_path: Path) -> None:
    path = written(tmp_path, "goods.csv", TABLE)
    report = imported(tmp_path, path, schema=None)
    schema = parse_schema(report.proposed_schema, "goods.toml")
    again = imported(tmp_path, path, schema)
    assert (again.new, again.changed) == (0, 0)


def test_a_proposal_reads_as_one_line(tmp_path: Path) -> None:
    report = imported(tmp_path, written(tmp_path, "goods.csv", TABLE), schema=None)
    assert "Weight (kg) → attribute weight in kg (as in '2,5')" in map(str, report.proposals)


def test_mapping_puts_a_column_in_a_role(tmp_path: Path) -> None:
    table = "label,amount,shade\nLamp,9.5,red\n"
    told = proposals(tmp_path, table, title="label", price="amount", currency="EUR")
    assert told == {"label": "title", "amount": "price", "shade": "attribute shade"}
    with opened(tmp_path) as catalog:
        (lamp,) = catalog.all_products()
    assert lamp.price is not None
    assert (lamp.title, lamp.price.amount, lamp.price.currency) == ("Lamp", 9.5, "EUR")


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ({}, "No column of goods.csv is known as a product's name; say which with --map title=COLUMN"),
        ({"title": "label"}, "The prices of goods.csv name no currency"),
        ({"title": "labels"}, "There is no column labels; the file has"),
        ({"headline": "label"}, "headline is nothing that a column can be"),
    ],
)
def test_what_cannot_be_proposed_is_said(tmp_path: Path, mapping: dict[str, str], told: str) -> None:
    path = written(tmp_path, "goods.csv", "label,price\nLamp,9.5\n")
    with pytest.raises(SchemaError) as caught:
        imported(tmp_path, path, schema=None, mapping=mapping)
    assert str(caught.value).startswith(told)


def test_a_mapping_that_is_changed_is_another_import(tmp_path: Path) -> None:
    path = written(tmp_path, "goods.csv", "name,a,b\nLamp,1 €,2 €\n")
    imported(tmp_path, path, schema=None, mapping={"price": "a"})
    report = imported(tmp_path, path, schema=None, mapping={"price": "b"})
    assert not report.notes


def test_attributes_in_a_container_get_their_own_names(tmp_path: Path) -> None:
    rows = [{"id": 1, "name": "Lamp", "specs": {"Flux (lm)": 400, "brand": "Lux"}}]
    imported(tmp_path, written(tmp_path, "goods", jsonl(rows)), schema=None)
    with opened(tmp_path) as catalog:
        lamp = catalog.product("goods:1")
    assert lamp.brand == "Lux"
    assert [(a.name, a.low, a.unit) for a in lamp.attributes] == [("flux", 400, "lm")]


def test_a_header_of_nothing_but_names_imports_nothing(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="holds no row that can be read"):
        imported(tmp_path, written(tmp_path, "goods.csv", "name,price\n"), schema=None)


def test_a_feed_without_prices_becomes_pages(tmp_path: Path) -> None:
    item = (
        "<item><title>Ten tents tested</title><link>https://a.example/tents</link><guid>7</guid>"
        "<description>Short.</description>"
        "<c:encoded><![CDATA[<p>We slept in ten tents. It rained.</p>]]></c:encoded>"
        "<pubDate>Tue, 03 Mar 2026 10:00:00 GMT</pubDate></item>"
    )
    feed = f'<rss xmlns:c="http://purl.org/rss/1.0/modules/content/"><channel>{item}</channel></rss>'
    report = imported(tmp_path, written(tmp_path, "news.xml", feed), schema=None)
    assert (report.kind, report.new) == ("pages", 1)
    with opened(tmp_path) as catalog:
        ((record,),) = catalog.select("SELECT record FROM pages", [])
    page = Page.model_validate_json(record)
    assert (page.title, page.url) == ("Ten tents tested", "https://a.example/tents")
    assert page.sentences == ("We slept in ten tents.", "It rained.")


def test_products_without_a_category_stand_in_one_named_after_the_file(tmp_path: Path) -> None:
    imported(tmp_path, written(tmp_path, "lamps.csv", "name,price,currency\nOrla,45,EUR\n"), None)
    with opened(tmp_path) as catalog:
        assert [product.category for product in catalog.all_products()] == [("lamps",)]
