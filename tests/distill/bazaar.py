"""A small demo shop found by words alone, and the shoppers that are drawn for it."""

from pathlib import Path

from distill.drawing.shoppers import draw_histories
from distill.seats.roles import History
from index.catalog import Catalog
from index.demo.shop import build_demo
from index.search import Index

PRODUCTS = 700


def open_bazaar(home: Path) -> Index:
    """The shop in a new home, without vectors."""
    with Catalog.open(home / "catalog.sqlite") as catalog:
        build_demo(catalog, products=PRODUCTS)
    return Index.open(home)


def shoppers(index: Index, count: int, seed: int = 5) -> list[History]:
    """The first shoppers of a seed."""
    return list(draw_histories(index, seed, count))
