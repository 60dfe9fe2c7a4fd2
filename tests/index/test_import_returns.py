"""The files of a data request beside its orders: what came back finds what was ordered."""

from pathlib import Path

import pytest

from index.importers.import_report import ImportReport
from index.ingest import ingest
from index.product import Event
from tests.index.importing import opened, written

ORDERS = (
    "Order ID,Order Date,Currency,Unit Price,Total Owed,ASIN,Quantity,Order Status,Product Name\n"
    "111-1,2025-01-02T08:00:00Z,EUR,20,20.00,B01,1,Closed,Tent\n"
    "111-2,2025-01-03T08:00:00Z,EUR,10,11.90,B02,1,Closed,Stove\n"
    "111-2,2025-01-03T08:00:00Z,EUR,30,35.70,B03,1,Closed,Lantern\n"
)
REFUNDS = (
    "Creation Date,Currency,Direct Debit Refund Amount,Disbursement Type,Order ID,Payment Status,Quantity,"
    "Refund Amount,Refund Date,Reversal Amount State,Reversal Reason,Reversal Status,Website\n"
)


def refund(order: str, amount: str, reason: str = "Customer return") -> str:
    return (
        f"2025-02-01T00:00:00Z,EUR,0,Refund,{order},Completed,1,{amount},2025-02-03T09:00:00Z,Final,{reason},"
        "Completed,Shop.example\n"
    )


def brought_in(home: Path, *paths: Path) -> list[ImportReport]:
    """Import files in this order, each beside those before it."""
    with opened(home) as catalog:
        return [ingest(path, catalog, beside=paths[:k]) for k, path in enumerate(paths)]


def returned(home: Path) -> set[tuple[str, str, str]]:
    with opened(home) as catalog:
        events: list[Event] = [event for event in catalog.events(50) if event.kind == "return"]
    return {(event.product_id, event.text, event.at.date().isoformat()) for event in events}


def test_a_return_is_of_the_thing_that_its_order_was_for(tmp_path: Path) -> None:
    orders = written(tmp_path, "orders.csv", ORDERS)
    refunds = written(tmp_path, "refunds.csv", REFUNDS + refund("111-1", "20.00"))
    _, report = brought_in(tmp_path, orders, refunds)

    assert (report.source, report.kind, report.new, report.known) == ("order-returns", "events", 1, True)
    assert returned(tmp_path) == {("B01", "Tent", "2025-02-03")}


def test_of_several_things_of_an_order_the_amount_says_which(tmp_path: Path) -> None:
    orders = written(tmp_path, "orders.csv", ORDERS)
    rows = refund("111-2", "35.70") + refund("111-2", "5.00")
    _, report = brought_in(tmp_path, orders, written(tmp_path, "refunds.csv", REFUNDS + rows))

    assert returned(tmp_path) == {("B03", "Lantern", "2025-02-03")}
    assert (report.skipped, report.rejected) == (1, 0)
    assert "1 row names an order of which no file tells what it was for" in report.notes[0]


def test_money_that_came_back_for_another_reason_is_no_return(tmp_path: Path) -> None:
    orders = written(tmp_path, "orders.csv", ORDERS)
    rows = REFUNDS + refund("111-1", "2.00", "Item shipped late")
    _, report = brought_in(tmp_path, orders, written(tmp_path, "refunds.csv", rows))

    assert (report.read, report.new, report.skipped) == (1, 0, 1)
    assert returned(tmp_path) == set()


@pytest.mark.parametrize(
    "header",
    [
        "OrderID,DateOfReturn,ReturnAmount,ReturnReason,Resolution",
        "OrderID,RefundCompletionDate,AmountRefunded,Status,DisbursementType",
    ],
)
def test_the_older_files_of_returns_are_known(tmp_path: Path, header: str) -> None:
    orders = written(tmp_path, "orders.csv", ORDERS)
    returns = written(tmp_path, "returns.csv", f"{header}\n111-1,2025-02-05T10:00:00Z,20.00,x,y\n")
    brought_in(tmp_path, orders, returns)

    assert returned(tmp_path) == {("B01", "Tent", "2025-02-05")}


def test_a_return_that_two_files_tell_of_is_one(tmp_path: Path) -> None:
    orders = written(tmp_path, "orders.csv", ORDERS)
    returns = written(tmp_path, "returns.csv", "OrderID,DateOfReturn\n111-1,2025-02-05T10:00:00Z\n")
    refunds = written(tmp_path, "refunds.csv", REFUNDS + refund("111-1", "20.00"))
    reports = brought_in(tmp_path, orders, returns, refunds)

    assert [report.new for report in reports] == [3, 1, 0]
    assert returned(tmp_path) == {("B01", "Tent", "2025-02-05")}


def test_returns_without_their_orders_are_told_and_joined_once_they_come_together(tmp_path: Path) -> None:
    refunds = written(tmp_path, "refunds.csv", REFUNDS + refund("111-1", "20.00"))
    (alone,) = brought_in(tmp_path, refunds)
    assert (alone.new, alone.skipped) == (0, 1)
    assert "import returns together with the orders" in alone.notes[0]

    brought_in(tmp_path, written(tmp_path, "orders.csv", ORDERS), refunds)
    assert returned(tmp_path) == {("B01", "Tent", "2025-02-03")}


def test_no_order_number_is_stored(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    bad = "111-1,never,20.00,x,y\n"
    returns = (
        "OrderID,DateOfReturn,ReturnAmount,ReturnReason,Resolution\n111-1,2025-02-05T10:00:00Z,20.00,x,y\n"
    )
    brought_in(home, written(tmp_path, "orders.csv", ORDERS), written(tmp_path, "returns.csv", returns + bad))
    for path in (p for p in home.rglob("*") if p.is_file()):
        assert b"111-1" not in path.read_bytes(), path


def test_digital_orders_count_once_whatever_their_components(tmp_path: Path) -> None:
    rows = "".join(
        f"B0D,D01-1,2026-07-01T00:00:00Z,A novel,ITEM-1,{price},{part},SUCCESS\n"
        for price, part in (("5.00", "Price Amount"), ("0.35", "Tax"))
    )
    header = "ASIN,Order ID,Order Date,Product Name,Digital Order Item ID,Price,Component Type,Order Status\n"
    older = (
        "ASIN,ProductName,OrderId,DigitalOrderItemId,OrderDate,OurPrice,OurPriceCurrencyCode,GiftEmail\n"
        "B0E,A film,D01-2,ITEM-2,2025-07-01T00:00:00Z,3.99,EUR,bob@example.com\n"
    )
    brought_in(tmp_path, written(tmp_path, "new.csv", header + rows), written(tmp_path, "old.csv", older))
    with opened(tmp_path) as catalog:
        events = {(e.text, e.price.amount if e.price else None) for e in catalog.events(10)}

    assert events == {("A novel", None), ("A film", 3.99)}


def test_digital_returns_name_the_thing_themselves(tmp_path: Path) -> None:
    rows = (
        "ASIN,Return Date,Product Name,Order ID,Amount Refunded\nB0D,2026-07-03T00:00:00Z,A novel,D01-1,5\n"
    )
    brought_in(tmp_path, written(tmp_path, "returns.csv", rows))

    assert returned(tmp_path) == {("B0D", "A novel", "2026-07-03")}
