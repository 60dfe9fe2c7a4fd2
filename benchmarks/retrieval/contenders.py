"""The searches that are compared over one catalogue: ours, and each as a person would first write it.

BM25 of SQLite and of `bm25s` get the record as one text; plain Chroma the same text, its default query, and
`where` on the brands that a question names.
"""

import re
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from agent.ledger import Need
from agent.plan import bind
from agent.reading.category import named
from agent.reading.read import QuestionError, read
from agent.reading.tokens import tokenise
from index.card import CategoryCard
from index.conditions import Condition
from index.product import Product
from index.search import Index, SearchRequest
from models.embedder import BulkEmbedder, QuestionEmbedder

Search = Callable[[str, int], list[str]]
"""A question and how many ids are wanted to ids, best first."""
_CHUNK = 1000


def limited(index: Index) -> Search:
    """Ours: first what keeps the limits that code reads, then the rest.

    Limits are numbers, yes or no, and a category that is named, where most products have a category.
    """
    placed = sum(size for path, size in index.category_sizes().items() if len(path) == 1)
    sorted_out = placed > index.catalog.counts().products / 2

    def search(text: str, limit: int) -> list[str]:
        card, needs = _understood(text, index)
        limits = tuple(c for c in _hard(needs) if c.number is not None or c.flag is not None)
        said = named(tuple(tokenise(text)), [card]) if card and sorted_out else None
        path = said.path if said else ()
        within = _ids(index, SearchRequest(query=text, category=path, conditions=limits, limit=limit))
        rest = _ids(index, SearchRequest(query=text, limit=limit))
        return list(dict.fromkeys([*within, *rest]))[:limit]

    return search


def needed(index: Index) -> Search:
    """Ours under every hard need alone, as the first search of a research is."""

    def search(text: str, limit: int) -> list[str]:
        card, needs = _understood(text, index)
        path = card.path if card else ()
        return _ids(index, SearchRequest(query=text, category=path, conditions=_hard(needs), limit=limit))

    return search


def unread(index: Index) -> Search:
    """Ours by the words of the question alone."""
    return lambda text, limit: _ids(index, SearchRequest(query=text, limit=limit))


def sqlite_bm25(products: Sequence[Product]) -> Search:
    """FTS5 with its default tokenizer and ranking, any word of the question."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5 (id UNINDEXED, body)")
    connection.executemany("INSERT INTO texts VALUES (?, ?)", [(p.id, plain_text(p)) for p in products])

    def search(text: str, limit: int) -> list[str]:
        expression = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", text))
        found = connection.execute(
            "SELECT id FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT ?", (expression, limit)
        )
        return [one for (one,) in found]

    return search


def bm25s_alone(products: Sequence[Product]) -> Search:
    """`bm25s` with its defaults."""
    import bm25s

    retriever = bm25s.BM25()
    texts = bm25s.tokenize([plain_text(p) for p in products], show_progress=False)
    retriever.index(texts, show_progress=False)

    def search(text: str, limit: int) -> list[str]:
        tokens = bm25s.tokenize([text], show_progress=False)
        places, _ = retriever.retrieve(tokens, k=min(limit, len(products)), show_progress=False)
        return [products[int(place)].id for place in places[0]]

    return search


def plain_chroma(folder: Path, products: Sequence[Product], embedder: BulkEmbedder) -> Search:
    """Chroma as its introduction shows it, with the same embedding model; kept in its folder."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    collection = client.get_or_create_collection("products", embedding_function=None)
    questions = QuestionEmbedder.open(folder)
    for start in range(collection.count(), len(products), _CHUNK):
        some = products[start : start + _CHUNK]
        collection.add(
            ids=[p.id for p in some],
            embeddings=embedder.embed([plain_text(p) for p in some]),
            metadatas=[{"brand": p.brand.casefold() or "-"} for p in some],
        )
    brands = {p.brand.casefold() for p in products} - {""}

    def search(text: str, limit: int) -> list[str]:
        named = [brand for brand in brands if f" {brand} " in f" {text.casefold()} "]
        where: Any = {"brand": {"$in": named}} if named else None
        vector = questions.embed([text])
        return list(collection.query(query_embeddings=vector, n_results=limit, where=where)["ids"][0])

    return search


def plain_text(one: Product) -> str:
    """A record as one text, nothing left out."""
    facts = ", ".join(f"{a.name}: {a.raw}" for a in one.attributes)
    prices = ", ".join(f"{o.price.amount} {o.price.currency}" for o in one.offers)
    return " ".join(
        filter(None, (one.title, one.brand, " ".join(one.category), facts, one.description, prices))
    )


def _understood(text: str, index: Index) -> tuple[CategoryCard | None, list[Need]]:
    """Category and needs that code reads in a question; nothing where it reads nothing."""
    cards = index.card(text)
    try:
        reading = read(text, cards)
    except QuestionError:
        return None, []
    card = next((c for c in cards if c.tag == reading.category), None)
    return card, [bind(need, "", card, index) for need in reading.needs] if card else []


def _hard(needs: Sequence[Need]) -> tuple[Condition, ...]:
    return tuple(need.condition for need in needs if need.hard and need.condition)


def _ids(index: Index, request: SearchRequest) -> list[str]:
    return [hit.product.id for hit in index.search(request).hits]
