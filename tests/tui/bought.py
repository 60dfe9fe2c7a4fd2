"""One order in an order history as it is downloaded."""

import csv
from pathlib import Path

BOUGHT = "Quixotic zither stand"
COLUMNS = ["Website", "Order ID", "Order Date", "Currency", "Unit Price", "Total Owed", "ASIN", "Quantity"]


def order_file(folder: Path) -> Path:
    """Write the file."""
    path = folder / "Retail.OrderHistory.1.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow([*COLUMNS, "Order Status", "Product Name"])
        order = ["Shop.example", "111-1", "2025-10-13T22:08:07Z", "EUR", "19.00", "19.00", "B01", "1"]
        rows.writerow([*order, "Closed", BOUGHT])
    return path
