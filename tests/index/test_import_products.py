"""Rows become products as the column schema says."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.columns import parse_schema
from index.importers.import_report import Progress
from index.ingest import ingest
from index.product import Attribute, Product
from tests.index.importing import LAMPS, imported, jsonl, opened, written

FANS = parse_schema(
    """
    source = "fans"
    currency = "USD"
    observed = 2026-02-03
    identity = ["kind", "name", "*"]
    [brand]
    first_word = true
    known = ["Blue Whale", "Blue"]
    [columns.kind]
    role = "category"
    [columns.name]
    role = "title"
    [columns.price]
    role = "price"
    [columns.price_per_watt]
    follows_price = true
    [columns.noise]
    unit = "dB"
    range = "high"
    low_words = ["quiet"]
    [columns.power]
    unit = "W"
    [columns.pair]
    parts = [{ name = "count" }, { name = "size", unit = "mm" }]
    product = { name = "total", unit = "mm" }
    [columns.grid]
    join = "x"
    [columns.finish]
    kind = "text"
    value_words = { "dark oak" = ["wood"] }
    [columns.drive]
    numbers = { name = "turns", unit = "rpm" }
    when_number = "Motor"
    [columns.remote]
    when_missing = "no"
    [columns.mode]
    kind = "text"
    when_false = "fixed"
    [categories.ceiling.columns.power]
    name = "motor_power"
    unit = "kW"
    """,
    "fans.toml",
)


def product(tmp_path: Path, **cells: object) -> Product:
    report = imported(
        tmp_path, written(tmp_path, "rows", jsonl([{"kind": "desk", "name": "Fan", **cells}])), FANS
    )
    assert report.rejects == ()
    with opened(tmp_path) as catalog:
        return next(catalog.all_products())


def attribute(tmp_path: Path, name: str, **cells: object) -> Attribute:
    found = product(tmp_path, **cells).attribute(name)
    assert found is not None
    return found


def test_a_bare_number_takes_the_columns_unit(tmp_path: Path) -> None:
    power = attribute(tmp_path, "power", power=45)
    assert (power.low, power.high, power.unit, power.raw) == (45, 45, "W", "45")


def test_a_quantity_is_converted_to_the_columns_unit(tmp_path: Path) -> None:
    power = attribute(tmp_path, "power", power="0,5 kW")
    assert (power.low, power.unit, power.raw) == (500, "W", "0,5 kW")


@pytest.mark.parametrize("written_noise", [[18, 29.5], "18-29.5 dB", "[18, 29.5]"])
def test_a_range_is_judged_by_the_end_the_schema_names(tmp_path: Path, written_noise: object) -> None:
    noise = attribute(tmp_path, "noise", noise=written_noise)
    assert (noise.low, noise.high, noise.judged, noise.at_least) == (18, 29.5, "high", 29.5)


@pytest.mark.parametrize("pair", [[2, 140], "2,140", "2 x 140"])
def test_the_places_of_a_list_become_attributes_and_their_product(tmp_path: Path, pair: object) -> None:
    made = product(tmp_path, pair=pair)
    assert {a.name: (a.low, a.unit) for a in made.attributes if a.low is not None} == {
        "count": (2, ""),
        "size": (140, "mm"),
        "total": (280, "mm"),
    }


def test_a_list_can_be_one_value(tmp_path: Path) -> None:
    assert attribute(tmp_path, "grid", grid=[2560, 1440]).words == ("2560x1440",)


def test_values_are_cut_into_words_and_get_further_ones(tmp_path: Path) -> None:
    assert attribute(tmp_path, "finish", finish="Black / Dark Oak").words == ("black", "dark oak", "wood")


def test_a_number_among_words_means_what_the_schema_says(tmp_path: Path) -> None:
    made = product(tmp_path, drive=1200)
    assert [(a.name, a.low, a.unit, a.words) for a in made.attributes if a.name != "remote"] == [
        ("drive", None, "", ("motor",)),
        ("turns", 1200, "rpm", ()),
    ]


def test_a_word_in_such_a_column_stays_a_word(tmp_path: Path) -> None:
    assert attribute(tmp_path, "drive", drive="Belt").words == ("belt",)


def test_an_empty_cell_says_no_only_where_the_schema_says_so(tmp_path: Path) -> None:
    made = product(tmp_path, remote=None, power=None)
    assert [(a.name, a.flag) for a in made.attributes] == [("remote", False)]


@pytest.mark.parametrize(("cell", "flag", "words"), [(False, False, ("fixed",)), ("Swing", True, ("swing",))])
def test_false_among_words_has_a_word_of_its_own(
    tmp_path: Path, cell: object, flag: bool, words: tuple[str]
) -> None:
    mode = attribute(tmp_path, "mode", mode=cell)
    assert (mode.flag, mode.words) == (flag, words)


@pytest.mark.parametrize(("cell", "flag"), [(True, True), (False, False), ("yes", True), ("No", False)])
def test_yes_and_no_are_flags(tmp_path: Path, cell: object, flag: bool) -> None:
    assert attribute(tmp_path, "washable", washable=cell).flag is flag


def test_a_column_can_mean_something_else_in_one_category(tmp_path: Path) -> None:
    made = product(tmp_path, kind="ceiling", power=2)
    assert [(a.name, a.unit) for a in made.attributes if a.low] == [("motor_power", "kW")]
    assert made.category == ("ceiling",)


@pytest.mark.parametrize(
    ("title", "brand"), [("Blue Whale Mini", "Blue Whale"), ("Blue 5", "Blue"), ("Bluebird X", "Bluebird")]
)
def test_the_brand_is_found_at_the_start_of_the_title(tmp_path: Path, title: str, brand: str) -> None:
    assert product(tmp_path, name=title).brand == brand


def test_nested_objects_become_attributes(tmp_path: Path) -> None:
    made = product(tmp_path, body={"frame": {"colour": "red"}}, tags=["desk", "small"])
    assert [(a.name, a.words) for a in made.attributes if a.words and a.name != "remote"] == [
        ("body_frame_colour", ("red",)),
        ("tags", ("desk", "small")),
    ]


def test_named_values_become_attributes(tmp_path: Path) -> None:
    assert attribute(tmp_path, "specs_blades", specs=[{"name": "Blades", "value": 5}]).low == 5


@pytest.mark.parametrize(
    ("cell", "amount", "currency"), [(12.5, 12.5, "USD"), ("1.299,00 €", 1299, "EUR"), ("$15", 15, "USD")]
)
def test_a_price_has_its_currency_and_day(tmp_path: Path, cell: object, amount: float, currency: str) -> None:
    price = product(tmp_path, price=cell).price
    assert price is not None
    assert (price.amount, price.currency, price.seen.isoformat()) == (amount, currency, "2026-02-03")


def test_call_us_is_no_price_and_no_fault(tmp_path: Path) -> None:
    assert product(tmp_path, price="call us").offers == ()


def test_hostile_text_becomes_inert(tmp_path: Path) -> None:
    made = product(
        tmp_path,
        name="\x1b[31mFan\x1b[0m<script>x()</script> <|im_end|>",
        finish="<b>Red</b>\u202e",
        **{"<b>evil\x1b[0m key</b>": "\x00yes"},
    )
    assert made.title == "Fan <|im_end|>"
    assert {a.name: a.raw for a in made.attributes if a.name != "remote"} == {
        "finish": "Red",
        "evil_key": "yes",
    }


def test_an_id_does_not_change_with_the_price(tmp_path: Path) -> None:
    rows = [{"price": 10, "price_per_watt": 1}, {"price": 20, "price_per_watt": 2}, {"price": 10, "power": 6}]
    ids = []
    for number, cells in enumerate(rows):
        home = tmp_path / str(number)
        home.mkdir()
        ids.append(product(home, **cells).id)
    assert ids[0] == ids[1] != ids[2]


def test_rows_that_differ_only_in_price_are_offers_of_one_product(tmp_path: Path) -> None:
    rows = [
        {"kind": "desk", "name": "Fan", "price": price, "price_per_watt": price}
        for price in (None, 20, 15, 20)
    ]
    report = imported(tmp_path, written(tmp_path, "rows", jsonl(rows)), FANS)
    assert (report.new, report.repeated, report.rejected) == (1, 3, 0)
    with opened(tmp_path) as catalog:
        made = next(catalog.all_products())
    assert sorted(offer.price.amount for offer in made.offers) == [15, 20]
    per_watt = made.attribute("price_per_watt")
    assert per_watt is not None
    assert per_watt.low == 15


def test_a_second_row_with_the_same_id_and_other_content_is_rejected(tmp_path: Path) -> None:
    rows = [{"id": 1, "name": "Lamp"}, {"id": 1, "name": "Torch"}, {"id": 1, "name": "Lamp"}]
    report = imported(tmp_path, written(tmp_path, "rows", jsonl(rows)))
    assert (report.new, report.repeated) == (1, 1)
    assert report.rejects == ("row 2: row 1 has the same id lamps:1 and says something else",)


def test_two_currencies_stay_apart(tmp_path: Path) -> None:
    rows = [{"id": 1, "name": "Lamp", "price": "9 €"}, {"id": 1, "name": "Lamp", "price": "8 USD"}]
    imported(tmp_path, written(tmp_path, "rows", jsonl(rows)))
    with opened(tmp_path) as catalog:
        offers = catalog.product("lamps:1").offers
    assert {(offer.price.amount, offer.price.currency) for offer in offers} == {(9, "EUR"), (8, "USD")}


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "rows", jsonl([{"id": 1, "name": "Lamp", "price": 9}]))
    imported(tmp_path, path)
    with opened(tmp_path) as catalog:
        before = catalog.generation
    again = imported(tmp_path, path)
    assert (again.new, again.changed, again.notes) == (
        0,
        0,
        ("rows was imported before and has not changed.",),
    )
    with opened(tmp_path) as catalog:
        assert catalog.generation == before


def test_the_same_rows_in_another_file_are_the_same(tmp_path: Path) -> None:
    rows = [{"id": 1, "name": "Lamp", "price": p} for p in (9, 8)] + [{"id": 2, "name": "Torch"}]
    imported(tmp_path, written(tmp_path, "rows", jsonl(rows)))
    report = imported(tmp_path, written(tmp_path, "rows", jsonl([*rows, {"id": 3, "name": "Candle"}])))
    assert (report.new, report.changed, report.same) == (1, 0, 2)


def test_a_dry_run_writes_nothing_and_shows_records(tmp_path: Path) -> None:
    path = written(tmp_path, "rows", jsonl([{"id": 1, "name": "Lamp"}, {"id": 2}]))
    with opened(tmp_path) as catalog:
        report = ingest(path, catalog, schema=LAMPS, dry_run=True)
        assert catalog.counts().products == 0
    assert (report.new, report.rejected, report.rejects_file) == (1, 1, None)
    assert '"title":"Lamp"' in report.examples[0]
    assert not (tmp_path / "rejects").exists()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
COLUMNS = st.sampled_from([*FANS.columns, "other", "ipsum (kg)", "", "\x1b[31m"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(COLUMNS, VALUES, max_size=6), min_size=1, max_size=4), st.booleans())
def test_no_row_makes_an_import_fail(tmp_path: Path, rows: list[dict[str, object]], described: bool) -> None:
    path = written(tmp_path, "rows", jsonl([{"name": "Fan", "kind": "desk"}, *rows]))
    with opened(tmp_path) as catalog:
        report = ingest(
            path, catalog, schema=FANS if described else None, mapping={"currency": "EUR"}, dry_run=True
        )
    assert report.read == len(rows) + 1
    assert report.new + report.repeated + report.rejected == report.read


def test_progress_says_rows_and_bytes(tmp_path: Path) -> None:
    path = written(tmp_path, "rows", jsonl({"id": n, "name": "Lamp"} for n in range(600)))
    told: list[Progress] = []
    with opened(tmp_path) as catalog:
        ingest(path, catalog, schema=LAMPS, progress=told.append)
    importing = [step for step in told if step.stage == "importing"]
    assert [step.rows for step in importing] == [256, 512, 600]
    assert importing[-1].done == importing[-1].total == path.stat().st_size


def test_vocabulary_is_stored_with_the_products(tmp_path: Path) -> None:
    product(tmp_path, noise=20)
    with opened(tmp_path) as catalog:
        assert catalog.meanings(("desk",))["noise"].low_words == ("quiet",)
