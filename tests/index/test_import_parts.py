"""The real parts: 62,200 rows of 20 categories whose units stand in a schema and not in code."""

import gzip
import json
import os
from itertools import islice
from pathlib import Path

import pytest

from index.product import Product
from tests.index.importing import imported, opened, written

SHARED = Path(os.environ.get("PRODUCTRESEARCH_SHARED_DATA", Path(__file__).parents[2] / "../shared/data"))
PARTS = SHARED / "pc-parts" / "pc_parts.jsonl.gz"
HISTORIES = SHARED / "pc-parts" / "price_history.jsonl.gz"
SCHEMAS = Path(__file__).parents[1] / "schemas"
pytestmark = pytest.mark.skipif(not PARTS.exists(), reason="PRODUCTRESEARCH_SHARED_DATA holds no PC parts")


@pytest.fixture(scope="module")
def some_parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with every fortieth part and history."""
    home = tmp_path_factory.mktemp("parts")
    with gzip.open(PARTS, "rt", encoding="utf-8") as file:
        imported(
            home, written(home, "parts.jsonl", "".join(islice(file, 0, None, 40))), SCHEMAS / "pc_parts.toml"
        )
    with gzip.open(HISTORIES, "rt", encoding="utf-8") as file:
        imported(
            home, written(home, "seen.jsonl", "".join(islice(file, 0, None, 40))), SCHEMAS / "pc_prices.toml"
        )
    return home


def parts(home: Path, category: str) -> list[Product]:
    with opened(home) as catalog:
        return [product for product in catalog.all_products() if product.category == (category,)]


def test_every_attribute_with_a_unit_in_the_api_page_has_it(some_parts: Path) -> None:
    with opened(some_parts) as catalog:
        units = {
            (p.category[0], a.name): a.unit
            for p in catalog.all_products()
            for a in p.attributes
            if a.low is not None
        }
    for attribute, unit in {
        ("memory", "speed"): "MHz", ("memory", "module_size"): "GB", ("memory", "capacity"): "GB",
        ("internal-hard-drive", "capacity"): "GB", ("internal-hard-drive", "cache"): "MB",
        ("internal-hard-drive", "rotation_speed"): "rpm", ("case-fan", "noise_level"): "dB",
        ("case-fan", "airflow"): "CFM", ("case-fan", "size"): "mm", ("cpu", "core_clock"): "GHz",
        ("cpu", "tdp"): "W", ("monitor", "screen_size"): "in", ("monitor", "response_time"): "ms",
        ("monitor", "refresh_rate"): "Hz", ("case", "external_volume"): "L", ("video-card", "memory"): "GB",
        ("video-card", "length"): "mm",
        ("headphones", "lowest_frequency"): "Hz", ("headphones", "highest_frequency"): "kHz",
    }.items():  # fmt: skip
        assert units[attribute] == unit, attribute


def test_pairs_become_what_people_ask_for(some_parts: Path) -> None:
    for kit in parts(some_parts, "memory"):
        numbers = {a.name: a.low for a in kit.attributes if a.low is not None}
        assert numbers["capacity"] == numbers["module_count"] * numbers["module_size"]
    for monitor in parts(some_parts, "monitor"):
        resolution, width = monitor.attribute("resolution"), monitor.attribute("horizontal_resolution")
        assert resolution is not None
        assert width is not None
        assert resolution.words[0].startswith(f"{width.raw}x")


def test_a_noise_range_is_judged_by_its_loud_end(some_parts: Path) -> None:
    ranges = [a for fan in parts(some_parts, "case-fan") for a in fan.attributes if a.name == "noise_level"]
    assert any(a.low != a.high for a in ranges)
    assert all(a.at_most == a.high == a.at_least for a in ranges)


def test_nvme_drives_are_known_by_that_word(some_parts: Path) -> None:
    for drive in parts(some_parts, "internal-hard-drive"):
        interface = drive.attribute("interface")
        assert interface is not None
        assert ("nvme" in interface.words) == ("m.2 pcie" in interface.raw.casefold())


def test_brands_are_whole(some_parts: Path) -> None:
    brands = {
        product.brand
        for category in ("case", "power-supply", "memory")
        for product in parts(some_parts, category)
    }
    assert {"be quiet!", "Cooler Master", "Fractal Design", "Lian Li", "G.Skill"} <= brands
    assert not brands & {"be", "Cooler", "Fractal", "Lian", "Western"}


def test_what_people_call_a_category_is_stored(some_parts: Path) -> None:
    with opened(some_parts) as catalog:
        assert "graphics card" in catalog.meanings(("video-card",))[""].also
        assert dict(catalog.meanings(("monitor",))["resolution"].aliases)["1440p"] == "2560x1440"


@pytest.mark.slow
def test_all_parts_and_histories_are_imported_and_join(tmp_path: Path) -> None:
    report = imported(tmp_path, PARTS, SCHEMAS / "pc_parts.toml")
    assert (report.read, report.new, report.repeated, report.rejected) == (62_200, 58_146, 4_054, 0)
    seen = imported(tmp_path, HISTORIES, SCHEMAS / "pc_prices.toml")
    assert (seen.read, seen.new, seen.rejected) == (15_766, 113_439, 0)
    with opened(tmp_path) as catalog:
        joined = catalog.select(
            "SELECT count(DISTINCT product_id) FROM prices JOIN products ON products.id = product_id"
            " WHERE prices.source = 'pc-prices'"
        )
        priced = catalog.select("SELECT count(DISTINCT product) FROM offers")
        assert len(catalog.sources()) == 2
    with gzip.open(PARTS, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    kinds = {
        json.dumps({k: v for k, v in r.items() if not k.startswith("price")}) for r in rows if r["price"]
    }
    assert priced[0][0] == len(kinds)
    # 15,436 histories join 14,197 parts: their publisher's ids hold the price a gigabyte, ours do not.
    assert joined[0][0] == 14_197
