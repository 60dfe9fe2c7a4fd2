"""An order history becomes events; nothing that says who or where somebody is gets in."""

import csv
import os
from pathlib import Path

import pytest

from tests.index.importing import imported, opened, written

SHARED = Path(os.environ.get("PRODUCTRESEARCH_SHARED_DATA", Path(__file__).parents[2] / "../shared/data"))
REAL = SHARED / "amazon-order-history"
needs_real_files = pytest.mark.skipif(
    not REAL.exists(), reason="PRODUCTRESEARCH_SHARED_DATA holds no order history"
)

OLD = [
    "Website", "Order ID", "Order Date", "Purchase Order Number", "Currency", "Unit Price", "Unit Price Tax",
    "Shipping Charge", "Total Discounts", "Total Owed", "Shipment Item Subtotal",
    "Shipment Item Subtotal Tax", "ASIN", "Product Condition", "Quantity", "Payment Instrument Type",
    "Order Status", "Shipment Status", "Ship Date", "Shipping Option", "Shipping Address", "Billing Address",
    "Carrier Name & Tracking Number", "Product Name", "Gift Message", "Gift Sender Name",
    "Gift Recipient Contact Details",
]  # fmt: skip
RENAMED = {
    "Total Owed": "Total Amount",
    "Quantity": "Original Quantity",
    "Payment Instrument Type": "Payment Method Type",
    "Gift Recipient Contact Details": "Gift Recipient Contact",
}
SECRETS = {
    "Shipping Address": "Ada Example 7 Secret Lane",
    "Billing Address": "Ada Example 7 Secret Lane",
    "Payment Instrument Type": "Visa - 4242",
    "Carrier Name & Tracking Number": "FAST(TRACK123)",
    "Gift Message": "Happy birthday Bob",
    "Gift Sender Name": "Ada",
    "Gift Recipient Contact Details": "bob@example.com",
}


def line(**cells: str) -> dict[str, str]:
    return {
        "Website": "Shop.example",
        "Order ID": "111-1",
        "Order Date": "2025-10-13T22:08:07Z",
        "Currency": "EUR",
        "Purchase Order Number": "Not Applicable",
        "Unit Price": "1,219.49",
        "Total Owed": "1,219.49",
        "ASIN": "B01",
        "Shipment Item Subtotal": "9,999.99",
        "Quantity": "1",
        "Order Status": "Closed",
        "Shipment Status": "Shipped",
        "Ship Date": "2025-10-14T06:50:22.292Z",
        "Product Name": "Tent, green",
        **SECRETS,
        **cells,
    }


def orders(path: Path, rows: list[dict[str, str]], names: list[str], mark: str = "\ufeff") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(mark)
        table = csv.writer(file)
        table.writerow(names)
        back = {new: old for old, new in RENAMED.items()}
        table.writerows([row.get(back.get(name, name), "") for name in names] for row in rows)
    return path


NEW = sorted(RENAMED.get(name, name) for name in [*OLD, "Item Serial Number", "Department"])


@pytest.mark.parametrize("names", [OLD, NEW], ids=["old", "new"])
def test_both_forms_of_the_data_request_become_the_same_event(tmp_path: Path, names: list[str]) -> None:
    report = imported(tmp_path, orders(tmp_path / "orders.csv", [line()], names), schema=None)
    assert (report.kind, report.new, report.source) == ("events", 1, "order-history")
    with opened(tmp_path) as catalog:
        (event,) = catalog.events(10)
    assert (event.kind, event.text, event.product_id, event.quantity) == ("order", "Tent, green", "B01", 1)
    assert event.at.isoformat() == "2025-10-13T22:08:07+00:00"
    assert event.price is not None
    assert (event.price.amount, event.price.currency) == (1219.49, "EUR")


def test_nothing_personal_is_stored_anywhere(tmp_path: Path) -> None:
    broken = line(**{"Order Date": "someday"})
    path = orders(tmp_path / "orders.csv", [line(), broken], OLD)
    with path.open("a", encoding="utf-8") as file:
        file.write(",".join(["Ada"] * 40))
    report = imported(tmp_path, path, schema=None)
    assert (report.new, report.rejected) == (1, 2)
    for path in (p for p in tmp_path.rglob("*") if p.is_file() and p.name != "orders.csv"):
        stored = path.read_bytes().decode("latin-1")
        for secret in ("Ada", "Secret Lane", "4242", "TRACK123", "birthday", "bob@example.com", "111-1"):
            assert secret not in stored, path


def test_rows_repeated_across_parts_count_once(tmp_path: Path) -> None:
    other = line(**{"ASIN": "B02", "Product Name": "Stove"})
    imported(tmp_path, orders(tmp_path / "orders.1.csv", [line(), line()], OLD), schema=None)
    report = imported(tmp_path, orders(tmp_path / "orders.2.csv", [line(), other], OLD), schema=None)
    assert (report.new, report.same) == (1, 1)
    with opened(tmp_path) as catalog:
        assert len(catalog.events(10)) == 2


def test_cancelled_orders_are_none_and_returns_are_returns(tmp_path: Path) -> None:
    rows = [
        line(**{"Order Status": "Cancelled", "Shipment Status": "Not Available"}),
        line(**{"ASIN": "B03", "Quantity": "0"}),
        line(**{"ASIN": "B04", "Order Status": "Returned"}),
        line(**{"ASIN": "B05", "Unit Price": "'-14.39'", "Total Owed": "'-14.39'"}),
    ]
    report = imported(tmp_path, orders(tmp_path / "orders.csv", rows, OLD), schema=None)
    assert (report.new, report.skipped) == (2, 2)
    with opened(tmp_path) as catalog:
        events = catalog.events(10)
    assert {(e.product_id, e.kind) for e in events} == {("B04", "return"), ("B05", "return")}
    assert {e.price.amount for e in events if e.price} == {1219.49, 14.39}


def test_not_available_is_nothing_and_a_missing_unit_price_comes_from_the_total(tmp_path: Path) -> None:
    row = line(
        **{
            "Unit Price": "Not Available",
            "Total Owed": "30.00",
            "Quantity": "3",
            "Ship Date": "Not Available",
        }
    )
    imported(tmp_path, orders(tmp_path / "orders.csv", [row], OLD), schema=None)
    with opened(tmp_path) as catalog:
        (event,) = catalog.events(10)
    assert event.price is not None
    assert (event.price.amount, event.quantity) == (10, 3)


@needs_real_files
def test_the_real_report_of_five_years_becomes_events(tmp_path: Path) -> None:
    report = imported(tmp_path, REAL / "legacy_order_report_2018-2023.csv", schema=None)
    assert (report.read, report.new, report.skipped, report.rejected) == (228, 227, 1, 0)
    with opened(tmp_path) as catalog:
        events = catalog.events(1000)
    assert sum(e.quantity for e in events) == 241
    assert all(e.price and e.price.currency == "USD" for e in events)
    assert (min(e.at for e in events).year, max(e.at for e in events).year) == (2018, 2023)


@needs_real_files
def test_the_real_sample_of_the_data_request_becomes_events(tmp_path: Path) -> None:
    report = imported(tmp_path, REAL / "Retail.OrderHistory.1.sample.csv", schema=None)
    assert (report.read, report.new, report.skipped) == (4, 3, 1)


def test_an_order_file_is_no_product_file(tmp_path: Path) -> None:
    path = written(
        tmp_path, "orders.csv", "Order ID,Order Date,ASIN,Product Name,Unit Price\n1,2025-01-01,B1,Tent,3 €\n"
    )
    assert imported(tmp_path, path, schema=None).kind == "events"
