"""Homes that share an index: one that publishes lamps, and others that follow it and embed nothing."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from index.catalog import Catalog
from index.sharing.mirroring import Mirrored, mirror
from index.sharing.publishing import Publication, publish
from index.sharing.server import Server
from index.store.vector_log import Vectors32
from index.vectors import Vectors
from tests.index.chroma_server import ChromaServer
from tests.index.hash_embedder import embed
from tests.index.shelf import event, import_lamps, page

EVERYTHING = (
    "SELECT id, source, title, brand, digest, text_digest, record FROM products ORDER BY id",
    "SELECT id, product_id, source, digest, record FROM reviews ORDER BY id",
    "SELECT id, source, digest, record FROM pages ORDER BY id",
    "SELECT * FROM prices",
    "SELECT * FROM column_meanings",
    "SELECT source, file, digest, rows_done FROM imports ORDER BY source, digest",
    "SELECT path FROM categories ORDER BY path",
)
"""What a follower must have as the owner has it."""


def owner(folder: Path, lamps: int, pages: int = 2) -> Path:
    """A home with lamps, their reviews and pages, and a person's past; the path of its catalogue."""
    path = folder / "catalog.sqlite"
    with Catalog.open(path) as catalog:
        import_lamps(catalog, lamps)
        with catalog.importing("guides", "guides.jsonl", f"{pages} guides") as batch:
            for number in range(pages):
                told = page(number)
                batch.add(
                    told.model_copy(update={"origin": told.origin.model_copy(update={"source": "guides"})})
                )
        with catalog.importing("orders", "orders.csv", "orders") as batch:
            past = event(1)
            batch.add(past.model_copy(update={"origin": past.origin.model_copy(update={"source": "orders"})}))
    return path


def published(path: Path, chroma: ChromaServer) -> Publication:
    """Publish what a home holds, its vectors made first."""
    with (
        Catalog.open(path) as catalog,
        closing(Vectors.open(path.parent / "chroma", embed)) as vectors,
        Server(chroma.address) as server,
    ):
        vectors.drain(catalog, unheard)
        return publish(path, vectors, server)


def followed(path: Path, chroma: ChromaServer) -> Mirrored:
    """Bring a following home up to date; it must not embed anything."""
    with (
        closing(Vectors.open(path.parent / "chroma", none_to_embed)) as vectors,
        Server(chroma.address) as server,
    ):
        mirrored = mirror(path, vectors, server)
        with Catalog.open(path) as catalog:
            vectors.drain(catalog, unheard)
        return mirrored


def held(path: Path) -> list[object]:
    """Everything that is shared, as a home has it."""
    with Catalog.open(path) as catalog:
        return [catalog.select(sql) for sql in EVERYTHING]


def sound(path: Path) -> list[str]:
    """What is wrong with a home's catalogue and vectors."""
    with (
        Catalog.open(path) as catalog,
        closing(Vectors.open(path.parent / "chroma", none_to_embed)) as vectors,
    ):
        return [*catalog.verify(), *vectors.verify(catalog)]


def none_to_embed(texts: Sequence[str]) -> Vectors32:
    raise AssertionError(f"{len(texts)} texts were to be embedded, and their vectors came along")


def unheard(_done: int, _of: int) -> None:
    """Progress that nobody watches."""
