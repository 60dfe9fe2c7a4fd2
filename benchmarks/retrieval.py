"""How well search finds what people ask for: hybrid, its legs alone and plain Chroma, on shoppingbench/dev.

    python -m benchmarks.retrieval [DATA]

Each of the 1,818 gold products is a distractor for the other questions. Plain Chroma gets what a first try
would give it: the record as one text, its default query, and `where` on the one field that a record without
prices offers, a brand that the question names.
"""

import argparse
import gzip
import json
import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from index.catalog import Catalog
from index.product import Attribute, Origin, Product
from index.retrieval.fulltext import match_expression, product_matches
from index.retrieval.nearest import Nearest
from index.search import Index, SearchRequest
from index.vectors import Vectors
from models.embedder import BulkEmbedder, QuestionEmbedder

DEPTH = 10
SEEN = date(2025, 1, 1)


class Task(NamedTuple):
    """One question and the ids of the products that answer it."""

    query: str
    gold: frozenset[str]


def main() -> None:
    """Print recall@10 and nDCG@10 of the four, over all questions and by intent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, default=Path("../shared/data"))
    folder = parser.parse_args().data / "shoppingbench"
    products = [product(row, place) for place, row in enumerate(lines(folder / "gold_products.jsonl.gz"), 1)]
    rows = list(lines(folder / "dev" / "queries_qrels.jsonl.gz"))
    tasks = [Task(row["query"], frozenset(row["gold_product_ids"])) for row in rows]
    with tempfile.TemporaryDirectory() as home:
        print(f"{len(products)} products, {len(tasks)} questions")
        for name, search in contenders(Path(home), products).items():
            found = [search(task.query) for task in tasks]
            recall, gain = scores(tasks, found)
            print(f"{name:14} recall@10 {recall:.4f}  nDCG@10 {gain:.4f}  {by_intent(rows, tasks, found)}")


def contenders(home: Path, products: Sequence[Product]) -> dict[str, Callable[[str], list[str]]]:
    """The four searches over the same products, by name."""
    embedder = BulkEmbedder.open()
    with Catalog.open(home / "catalog.sqlite") as catalog:
        with catalog.importing("bench", "bench", "bench") as batch:
            for one in products:
                batch.add(one)
        Vectors.open(home / "chroma", embedder.embed).drain(catalog, lambda _done, _total: None)
    index = Index.open(home)
    # The legs alone need the same connection and the same model as the whole.
    connection, nearest = index._connection, Nearest(home)
    ids: dict[int, str] = dict(connection.execute("SELECT key, id FROM products").fetchall())
    return {
        "hybrid": lambda text: [
            h.product.id for h in index.search(SearchRequest(query=text, limit=DEPTH)).hits
        ],
        "BM25 alone": lambda text: [
            ids[key]
            for key in product_matches(connection, match_expression(text), DEPTH, among_survivors=False)
        ],
        "vectors alone": lambda text: [ids[key] for key in nearest.find(connection, text, None, DEPTH, [])],
        "plain Chroma": plain_chroma(home / "plain", products, embedder),
    }


def plain_chroma(
    folder: Path, products: Sequence[Product], embedder: BulkEmbedder
) -> Callable[[str], list[str]]:
    """Chroma as its introduction shows it, with the same embedding model."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    collection = client.create_collection("products", embedding_function=None)
    questions = QuestionEmbedder.open(folder)
    for start in range(0, len(products), 1000):
        some = products[start : start + 1000]
        collection.add(
            ids=[p.id for p in some],
            embeddings=embedder.embed([plain_text(p) for p in some]),
            metadatas=[{"brand": p.brand.casefold() or "-"} for p in some],
        )
    brands = {p.brand.casefold() for p in products} - {""}

    def search(text: str) -> list[str]:
        named = [brand for brand in brands if f" {brand} " in f" {text.casefold()} "]
        where: Any = {"brand": {"$in": named}} if named else None
        vector = questions.embed([text])
        return list(collection.query(query_embeddings=vector, n_results=DEPTH, where=where)["ids"][0])

    return search


def plain_text(one: Product) -> str:
    """A record as one text, nothing left out."""
    facts = ", ".join(f"{a.name}: {a.raw}" for a in one.attributes)
    return " ".join(filter(None, (one.title, one.brand, facts, one.description)))


def product(row: dict[str, Any], place: int) -> Product:
    """A gold product as a record: its attributes and options, each by name."""
    values: dict[str, list[str]] = {}
    options = [o if isinstance(o, dict) else {"option": o} for o in row["sku_options"]]
    for told in (row["attributes"], *options):
        for name, value in told.items():
            values.setdefault(name, []).extend(map(str, value if isinstance(value, list) else [value]))
    brand = values.pop("brand", [row.get("brand") or ""])[0]
    category = row.get("category") or ""
    return Product(
        id=row["product_id"],
        origin=Origin(source="bench", file="gold_products", row=place, seen=SEEN),
        title=row["title"],
        brand=brand,
        category=tuple(category.split(" > ")) if category else (),
        attributes=tuple(
            Attribute(name=name, raw=", ".join(dict.fromkeys(told)), words=tuple(map(str.casefold, told)))
            for name, told in values.items()
        ),
        description=row.get("description") or "",
    )


def scores(tasks: Sequence[Task], found: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Mean recall@10 and nDCG@10."""
    recall = [len(task.gold & set(ids)) / len(task.gold) for task, ids in zip(tasks, found, strict=True)]
    gain = [ndcg(task.gold, ids) for task, ids in zip(tasks, found, strict=True)]
    return sum(recall) / len(recall), sum(gain) / len(gain)


def ndcg(gold: frozenset[str], ids: Sequence[str]) -> float:
    """Normalized discounted gain of ids that are right or not."""
    gain = sum(1 / math.log2(place + 2) for place, one in enumerate(ids[:DEPTH]) if one in gold)
    return gain / sum(1 / math.log2(place + 2) for place in range(min(len(gold), DEPTH)))


def by_intent(rows: Sequence[dict[str, Any]], tasks: Sequence[Task], found: Sequence[Sequence[str]]) -> str:
    """nDCG@10 of each kind of question."""
    gains: dict[str, list[float]] = {}
    for row, task, ids in zip(rows, tasks, found, strict=True):
        gains.setdefault(row["intent"], []).append(ndcg(task.gold, ids))
    return ", ".join(f"{intent} {sum(some) / len(some):.3f}" for intent, some in sorted(gains.items()))


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Records of a gzipped JSONL file; only "\\n" ends a line, descriptions hold U+2028."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        for line in file:
            yield json.loads(line)


if __name__ == "__main__":
    main()
