"""The real files of shops and collections, where at hand: known by their columns, no good row lost."""

import os
from pathlib import Path

import pytest

from index.importers.import_report import ImportReport
from index.product import Product
from tests.index.importing import imported, opened

DATA = Path(os.environ.get("PRODUCTRESEARCH_SHARED_DATA", "/nowhere"))
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data sets are not at hand")


def real(tmp_path: Path, name: str, **mapping: str) -> tuple[ImportReport, dict[str, Product]]:
    """What a real file becomes."""
    report = imported(tmp_path, DATA / name, schema=None, mapping=mapping)
    with opened(tmp_path) as catalog:
        return report, {product.id: product for product in catalog.all_products()}


def test_a_real_export_with_parents(tmp_path: Path) -> None:
    report, made = real(tmp_path, "import-fixtures/woocommerce/sample_products.csv", currency="USD")
    assert (report.read, report.new, report.repeated, report.rejected) == (24, 15, 9, 0)
    assert sorted(len(product.offers) for product in made.values())[-2:] == [3, 6]
    assert {name for product in made.values() for offer in product.offers for name, _ in offer.options} == {
        "color",
        "logo",
    }


@pytest.mark.parametrize("name", ["products2", "products-atom"])
def test_real_feeds_of_the_older_kind(tmp_path: Path, name: str) -> None:
    report, made = real(tmp_path, f"import-fixtures/google-base-feed/{name}.xml")
    # Both entries of the Atom sample bear the same id.
    assert (report.new, report.rejected) == ((2, 0) if name == "products2" else (1, 1))
    assert all(product.offers and product.brand and product.images for product in made.values())


def test_a_real_export_with_configurables(tmp_path: Path) -> None:
    report, made = real(
        tmp_path, "magento-sample/upstream/ConfigurableSampleData/fixtures/products.csv", currency="USD"
    )
    assert (report.read, report.new, report.repeated, report.rejected) == (1994, 147, 1847, 0)
    assert sum(len(product.offers) for product in made.values()) == 1847
    assert all(offer.options for product in made.values() for offer in product.offers)


@pytest.mark.parametrize(
    ("name", "products", "offers"),
    [("magento-sample/products.jsonl", 197, 197), ("tau-bench-retail/products.json.gz", 50, 591)],
)
def test_real_records_that_hold_their_variants(tmp_path: Path, name: str, products: int, offers: int) -> None:
    report, made = real(tmp_path, name, currency="USD")
    assert (report.new, report.rejected) == (products, 0)
    assert sum(len(product.offers) for product in made.values()) == offers


def test_real_searches_and_clicks(tmp_path: Path) -> None:
    report, _ = real(tmp_path, "ubi-search-events/ubi_events.jsonl.gz")
    assert (report.kind, report.read, report.skipped) == ("events", 3448, 2318)
    assert report.new > 1000
    assert report.rejected < 80


@pytest.mark.slow
def test_real_invoices(tmp_path: Path) -> None:
    report, _ = real(tmp_path, "uci-online-retail/dev/online_retail.parquet", currency="GBP")
    assert (report.read, report.rejected) == (455_898, 0)
    assert report.new + report.same == 455_898
