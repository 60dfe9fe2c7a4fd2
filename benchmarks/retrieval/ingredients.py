"""What each ingredient of search brings: the whole, and the whole without one or with another in its place.

    python -m benchmarks.retrieval.ingredients [NAME ...] [--data DATA] [--home HOME]

By the words of the question alone, without limits, over the catalogues of `benchmarks.retrieval`.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

from benchmarks.retrieval.contenders import Search, unread
from benchmarks.retrieval.homes import wanted
from benchmarks.retrieval.scoring import Task, depth, scored
from index.product import Product
from index.retrieval import fulltext, fusion
from index.search import Index
from index.store.rows import indexed_text
from index.text.scripts import in_pairs

_RERANKED = 30


def main() -> None:
    """Print a table for each catalogue."""
    for _, home, products, tasks, _ in wanted(__doc__):
        for variant, found in variants(home, products, tasks).items():
            whole = scored(tasks, found)
            print(f"{variant:32} recall {whole.recall:.3f}  nDCG@10 {whole.ndcg:.3f}", flush=True)


def variants(home: Path, products: Sequence[Product], tasks: Sequence[Task]) -> dict[str, list[list[str]]]:
    """What each variant finds for the tasks."""
    texts = {p.id: set(fulltext.words_of(" ".join(indexed_text(p)))) for p in products}

    def run(search: Search) -> list[list[str]]:
        return [search(task.query, depth(task)) for task in tasks]

    found: dict[str, list[list[str]]] = {}
    with Index.open(home) as index:
        found["ours"] = run(unread(index))
        with patch.object(index._spelling, "mended", list):
            found["without spelling repair"] = run(unread(index))
        with patch.object(fulltext, "pairwise", lambda _: ()):
            found["without neighbours as phrases"] = run(unread(index))
        with patch.object(fulltext, "question_words", lambda _: frozenset()):
            found["with the words of asking"] = run(unread(index))
        with patch.object(fusion, "K", 60):
            found["fused with K = 60"] = run(unread(index))
        for words in (1.0, 2.0, 5.0):
            with patch.dict(fusion.WEIGHTS, words=words):
                found[f"words weigh {words:g} to 1"] = run(unread(index))
        with patch.object(index, "_nearest", None):
            found["words alone"] = run(unread(index))
        found["reranked by words covered"] = run(reranked(unread(index), texts))
        with patch.object(fulltext, "_BM25", "bm25(products_fts)"):
            found["every column weighs one"] = run(unread(index))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(home, Path(folder) / "home"))
        make_unstemmed(copy, products)
        with Index.open(copy) as index:
            found["without stemming"] = run(unread(index))
    return found


def reranked(search: Search, texts: Mapping[str, set[str]]) -> Search:
    """The first of what is found in the order of the share of the question's words that they hold."""

    def again(text: str, limit: int) -> list[str]:
        wanted = set(fulltext.words_of(text))
        first = search(text, max(limit, _RERANKED))
        return sorted(first, key=lambda one: -len(wanted & texts[one]))[:limit]

    return again


def make_unstemmed(home: Path, products: Sequence[Product]) -> None:
    """Make the full-text index of a home anew, its words as they are written."""
    with closing(sqlite3.connect(home / "catalog.sqlite")) as connection, connection:
        (definition,) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'products_fts'"
        ).fetchone()
        keys = dict(connection.execute("SELECT id, key FROM products").fetchall())
        connection.execute("DROP TABLE products_fts")
        connection.execute(definition.replace("porter ", ""))
        connection.executemany(
            "INSERT INTO products_fts (rowid, title, brand, category, attributes, description) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [(keys[p.id], *map(in_pairs, indexed_text(p))) for p in products],
        )


if __name__ == "__main__":
    main()
