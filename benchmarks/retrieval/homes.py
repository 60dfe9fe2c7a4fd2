"""The homes in which the catalogues of the retrieval benchmark lie, filled and with their vectors."""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.retrieval.catalogues import Shelf, shelves
from benchmarks.retrieval.scoring import Task
from index.catalog import Catalog
from index.product import Product
from index.vectors import Vectors
from models.embedder import BulkEmbedder


class Filled(NamedTuple):
    """One catalogue, ready to be searched."""

    name: str
    home: Path
    products: list[Product]
    tasks: list[Task]
    embedder: BulkEmbedder


def wanted(description: str | None) -> Iterator[Filled]:
    """The catalogues that the command line names, one after the other, each with a heading."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("names", nargs="*", help="catalogues; all of them where none is named")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--home", type=Path, help="where catalogues and vectors are kept from run to run")
    options = parser.parse_args()
    every = shelves(options.data)
    embedder = BulkEmbedder.open()
    with tempfile.TemporaryDirectory() as folder:
        for name in options.names or every:
            filled = _filled(every[name], (options.home or Path(folder)) / name, embedder)
            print(f"\n{name}: {len(filled.products)} products, {len(filled.tasks)} questions")
            yield filled


def _filled(shelf: Shelf, home: Path, embedder: BulkEmbedder) -> Filled:
    with Catalog.open(home / "catalog.sqlite") as catalog:
        if not catalog.counts().products:
            shelf.fill(catalog)
        Vectors.open(home / "chroma", embedder.embed).drain(catalog, lambda _done, _total: None)
        return Filled(shelf.name, home, list(catalog.all_products()), shelf.tasks(catalog), embedder)
