"""A session taken up again says what changed since, and goes on with what is true now."""

from pathlib import Path

from agent.changes import refresh
from agent.desk import Desk
from index.catalog import Catalog
from index.product import Product
from tests.agent.shop import KETTLES, kettle


def imported(desk: Desk, product: Product) -> None:
    """Import a newer statement of a product."""
    path: Path = desk.index.catalog.path
    with Catalog.open(path) as catalog, catalog.importing("kettles", "later.jsonl", product.title) as batch:
        batch.add(product)


def test_nothing_is_said_where_nothing_changed(planned: Desk) -> None:
    planned.evidence.show_product(KETTLES[0], opened=True)
    assert refresh(planned) == []


def test_a_changed_price_is_told_and_taken_over(planned: Desk) -> None:
    planned.evidence.show_product(KETTLES[0], opened=True)
    imported(planned, kettle(1, "Brissa Calm 17", 44.9, 1.7, 58, "White", 4.6))
    assert refresh(planned) == ["P1 Brissa Calm 17 has changed since: price 49.90 EUR → 44.90 EUR."]
    price = planned.evidence.product("P1").price
    assert price is not None
    assert price.amount == 44.9
    assert planned.evidence.products(opened=True)


def test_a_product_that_is_gone_is_told_and_never_picked(planned: Desk) -> None:
    planned.evidence.show_product(KETTLES[0], opened=True)
    with Catalog.open(planned.index.catalog.path) as catalog:
        catalog.remove_source("kettles")
    assert "no longer in the catalogue" in refresh(planned)[0]
    assert planned.eligible() == []
