"""Rows that are variants of one product become that product, with an offer for each of them."""

from pathlib import Path

import pytest

from index.columns import ColumnSchema, parse_schema
from index.importers import families
from index.importers.faults import SchemaError
from index.importers.rows import Row
from index.product import Offer, Price, Product
from index.store.rows import digest
from tests.index.importing import LAMPS, imported, jsonl, opened, written
from tests.index.market import DAY, origin

SHADES = parse_schema(
    """
    source = "shades"
    currency = "EUR"
    observed = 2026-03-01
    [variants]
    group = ["model"]
    [columns.id]
    role = "id"
    [columns.model]
    role = "ignore"
    [columns.name]
    role = "title"
    [columns.text]
    role = "description"
    [columns.price]
    role = "price"
    [columns.ean]
    role = "gtin"
    [columns.picture]
    role = "image"
    [columns.colour]
    option = true
    [columns.size]
    option = true
    unit = "cm"
    """,
    "shades.toml",
)
HEADER = "id,model,name,text,price,ean,picture,colour,size,weight\n"
TOGETHER = [
    "1,M1,Shade,Of glass,20,4006381333931,https://a.example/1.jpg,Red,30,2 kg",
    "2,M1,,,22,96385074,,Blue,30,",
    "3,M1,,,24,,https://a.example/3.jpg,Blue,40,",
    ",M1,,,,,https://a.example/4.jpg,,,",
    "5,,Shade alone,,9,,,Green,20,",
]


def shades(tmp_path: Path, rows: list[str], schema: ColumnSchema = SHADES) -> dict[str, Product]:
    """The products that these rows become."""
    imported(tmp_path, written(tmp_path, "shades.csv", HEADER + "\n".join(rows) + "\n"), schema)
    with opened(tmp_path) as catalog:
        return {product.id: product for product in catalog.all_products()}


def asked(product: Product) -> list[tuple[float, tuple[tuple[str, str], ...]]]:
    """What is asked for each variant of a product."""
    return [(offer.price.amount, offer.options) for offer in product.offers]


def test_rows_of_one_group_are_one_product_with_an_offer_for_each_variant(tmp_path: Path) -> None:
    made = shades(tmp_path, TOGETHER)
    assert sorted(made) == ["shades:5", "shades:M1"]
    shade = made["shades:M1"]
    assert (shade.title, shade.description, shade.origin.row) == ("Shade", "Of glass", 2)
    assert asked(shade) == [
        (20, (("colour", "Red"), ("size", "30"))),
        (22, (("colour", "Blue"), ("size", "30"))),
        (24, (("colour", "Blue"), ("size", "40"))),
    ]
    assert shade.gtin == ("4006381333931", "96385074")
    assert shade.images == tuple(f"https://a.example/{n}.jpg" for n in (1, 3, 4))
    assert [(a.name, a.raw, a.words) for a in shade.attributes] == [
        ("colour", "Red, Blue", ("red", "blue")),
        ("size", "30, 40", ("30", "40")),
        ("weight", "2 kg", ()),
    ]
    assert asked(made["shades:5"]) == [(9, ())]


def test_every_row_of_the_file_is_accounted_for(tmp_path: Path) -> None:
    bad = "6,M1,,,-3,,,Black,30,"
    path = written(tmp_path, "shades.csv", HEADER + "\n".join([*TOGETHER, bad]) + "\n")
    report = imported(tmp_path, path, SHADES)
    assert (report.read, report.new, report.repeated, report.rejected) == (6, 2, 3, 1)
    assert report.rejects == ("row 7: its price -3 is below zero",)


def test_scattered_rows_make_the_same_products(tmp_path: Path) -> None:
    other = ["7,M2,Globe,,50,,,White,10,", "8,M2,,,60,,,Black,10,"]
    apart = [TOGETHER[0], other[0], TOGETHER[1], TOGETHER[4], other[1], TOGETHER[2], TOGETHER[3]]
    here, there = tmp_path / "a", tmp_path / "b"
    here.mkdir()
    there.mkdir()
    made = [shades(here, [*TOGETHER, *other]), shades(there, apart)]
    told = [{name: product.model_dump(exclude={"origin"}) for name, product in each.items()} for each in made]
    assert told[0] == told[1]


def test_rows_that_wait_for_others_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "MAX_HELD", 2)
    rows = [f"{n},M{n % 3},Shade {n % 3},,{n},,,Red {n},30," for n in range(1, 10)]
    path = written(tmp_path, "shades.csv", HEADER + "\n".join(rows) + "\n")
    report = imported(tmp_path, path, SHADES)
    assert report.rejected > 0
    assert "too many rows stand apart from others of M" in report.rejects[0]


def test_one_product_may_have_only_so_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "MAX_ROWS", 3)
    path = written(tmp_path, "shades.csv", HEADER + "\n".join(TOGETHER) + "\n")
    assert imported(tmp_path, path, SHADES).rejects == ("row 5: M1 has more than 3 rows",)


def test_a_lasting_product_keeps_its_id_when_a_variant_comes(tmp_path: Path) -> None:
    first = shades(tmp_path, TOGETHER[:1])
    assert list(first) == ["shades:M1"]
    assert asked(shades(tmp_path, TOGETHER)["shades:M1"])[0] == asked(first["shades:M1"])[0]


def test_the_values_of_an_option_can_be_filtered_on(tmp_path: Path) -> None:
    shades(tmp_path, TOGETHER)
    with opened(tmp_path) as catalog:
        found = catalog.select(
            "SELECT id FROM products JOIN attributes ON product = key "
            "WHERE name = 'colour' AND instr(words, ' blue ')",
            [],
        )
    assert [name for (name,) in found] == ["shades:M1"]


def test_an_offer_without_options_is_stored_and_hashed_as_before(tmp_path: Path) -> None:
    offer = Offer(price=Price(amount=1, currency="EUR", seen=DAY))
    assert "options" not in offer.model_dump_json()
    plain = Product(id="a", origin=origin(), title="A", offers=(offer,))
    optional = plain.model_copy(update={"offers": (offer.model_copy(update={"options": (("size", "S"),)}),)})
    assert digest(plain) != digest(optional)
    assert Product.model_validate_json(optional.model_dump_json()) == optional
    assert imported(tmp_path, written(tmp_path, "lamps", '{"id": 1, "name": "Lamp"}\n'), LAMPS).new == 1


@pytest.mark.parametrize(
    "pair", ['{ name = "Option", value = "Value #" }', '{ name = "O # #", value = "V #" }']
)
def test_a_pair_of_columns_without_a_number_is_refused(pair: str) -> None:
    with pytest.raises(SchemaError, match="a pair of columns has one # in both names"):
        parse_schema(f'source = "a"\npairs = [{pair}]\n', "a.toml")


def test_a_family_of_the_same_rows_is_gathered_in_both_passes() -> None:
    variants = SHADES.variants
    assert variants is not None
    rows = [Row(n, {"model": f"M{n % 2}"}) for n in range(6)]
    learned = families.Families(variants)
    learned.learn(lambda: iter(rows))
    for _ in range(2):
        made = [unit for unit in learned.gathered(rows) if isinstance(unit, families.Family)]
        assert [[row.number for row in family.rows] for family in made] == [[0, 2, 4], [1, 3, 5]]


@pytest.mark.parametrize("by_key", [False, True])
def test_variants_that_a_record_holds_are_its_offers(tmp_path: Path, by_key: bool) -> None:
    held = [
        {"item_id": "a", "options": {"colour": "blue", "size": "M"}, "available": True, "price": 20.5},
        {"item_id": "b", "options": {"colour": "red", "size": "M"}, "available": False, "price": 21},
        {"item_id": "c", "options": {"colour": "sand", "size": "M"}, "available": False, "price": -1},
    ]
    variants = {str(each["item_id"]): each for each in held} if by_key else held
    rows = [{"product_id": 7, "name": "Shirt", "variants": variants}, {"product_id": 8, "name": "Tie"}]
    path = written(tmp_path, "shirts.jsonl", jsonl(rows))
    report = imported(tmp_path, path, schema=None, mapping={"currency": "EUR"})
    assert (report.read, report.new, report.repeated, report.rejected) == (5, 2, 2, 1)
    with opened(tmp_path) as catalog:
        shirt = catalog.product("shirts:7")
    assert asked(shirt) == [
        (20.5, (("colour", "blue"), ("size", "M"))),
        (21, (("colour", "red"), ("size", "M"))),
    ]
    assert [offer.availability for offer in shirt.offers] == ["in stock", "out of stock"]
    assert [(a.name, a.words) for a in shirt.attributes] == [("colour", ("blue", "red")), ("size", ("m",))]
    again = parse_schema(report.proposed_schema, "shirts.toml")
    assert imported(tmp_path, path, again).changed == 0


def test_variants_without_options_of_their_own_differ_by_their_attributes(tmp_path: Path) -> None:
    rows = [
        {
            "sku": "S",
            "name": "Sock",
            "price": 5,
            "currency": "EUR",
            "variants": [{"sku": f"S-{size}", "size": size} for size in ("S", "XL")],
        }
    ]
    imported(tmp_path, written(tmp_path, "socks.jsonl", jsonl(rows)), schema=None)
    with opened(tmp_path) as catalog:
        sock = catalog.product("socks:S")
    assert asked(sock) == [(5, ())]
    assert [(a.name, a.words) for a in sock.attributes] == [("size", ("s", "xl"))]
