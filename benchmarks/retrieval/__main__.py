"""How well search finds what people ask for: ours and four that one would write first, over six catalogues.

    python -m benchmarks.retrieval [NAME ...] [--data DATA] [--home HOME]

`titles` and `listings`: shoppingbench dev, each of the 1,818 gold products a distractor for the other
questions. `parts`: questions computed from pc-parts, and whether the exact set is found. `magento`, `retail`:
our own questions in `questions.toml`, plain, misspelt, in the plural, in German. `languages`: a small shop in
German and Korean. Making the vectors of 58,000 parts twice takes most of an hour: give a HOME to keep them.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.retrieval.catalogues import Shelf, shelves
from benchmarks.retrieval.contenders import (
    Search,
    bm25s_alone,
    limited,
    needed,
    plain_chroma,
    sqlite_bm25,
    unread,
)
from benchmarks.retrieval.scoring import Task, depth, scored
from index.catalog import Catalog
from index.product import Product
from index.search import Index
from index.vectors import Vectors
from models.embedder import BulkEmbedder


def main() -> None:
    """Print a table for each catalogue."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="catalogues; all of them where none is named")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--home", type=Path, help="where catalogues and vectors are kept from run to run")
    options = parser.parse_args()
    every = shelves(options.data)
    with tempfile.TemporaryDirectory() as folder:
        for name in options.names or every:
            compare(every[name], (options.home or Path(folder)) / name)


def compare(shelf: Shelf, home: Path) -> None:
    """Print what each search finds in one catalogue."""
    embedder = BulkEmbedder.open()
    products, tasks = filled(shelf, home, embedder)
    print(f"\n{shelf.name}: {len(products)} products, {len(tasks)} questions")
    with Index.open(home) as index:
        contenders: dict[str, Callable[[], Search]] = {
            "ours": lambda: limited(index),
            "ours, all needs": lambda: needed(index),
            "ours, unread": lambda: unread(index),
            "FTS5": lambda: sqlite_bm25(products),
            "bm25s": lambda: bm25s_alone(products),
            "plain Chroma": lambda: plain_chroma(home / "plain", products, embedder),
        }
        for name, made in contenders.items():
            search = made()
            found = [search(task.query, depth(task)) for task in tasks]
            print(line(name, tasks, found), flush=True)


def filled(shelf: Shelf, home: Path, embedder: BulkEmbedder) -> tuple[list[Product], list[Task]]:
    """A catalogue with its vectors, made where it is not there yet, and what is asked of it."""
    with Catalog.open(home / "catalog.sqlite") as catalog:
        if not catalog.counts().products:
            shelf.fill(catalog)
        Vectors.open(home / "chroma", embedder.embed).drain(catalog, lambda _done, _total: None)
        return list(catalog.all_products()), shelf.tasks(catalog)


def line(name: str, tasks: Sequence[Task], found: Sequence[Sequence[str]]) -> str:
    """A contender's scores, over all questions and by their kinds."""
    whole = scored(tasks, found)
    kinds = []
    for kind in dict.fromkeys(task.kind for task in tasks):
        places = [place for place, task in enumerate(tasks) if task.kind == kind]
        part = scored([tasks[p] for p in places], [found[p] for p in places])
        kinds.append(f"{kind} {part.recall:.3f}/{part.ndcg:.3f}")
    return f"{name:15} recall {whole.recall:.3f}  nDCG@10 {whole.ndcg:.3f}   {', '.join(kinds)}"


if __name__ == "__main__":
    main()
