"""A shared index: what publishing to a Chroma server and mirroring from it cost.

    python -m benchmarks.sharing [--products 5000]

The server is a real `chroma run` on loopback. Products are generated and their vectors random; what making
those would take is measured by `benchmarks.embedding`.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from benchmarks.embedding import product_texts
from index.catalog import Catalog
from index.product import Attribute, Offer, Origin, Price, Product
from index.sharing.mirroring import mirror
from index.sharing.publishing import publish
from index.sharing.server import Server
from index.store.vector_log import WIDTH, Vectors32
from index.vectors import Vectors
from tests.index.chroma_server import ChromaServer
from tests.index.shelf import FIRST


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--products", type=int, default=5000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ChromaServer(Path(folder, "served")) as chroma:
        measure(Path(folder), chroma.address, options.products)


def measure(folder: Path, address: str, count: int) -> None:
    """One owner, one follower."""
    own, there = folder / "own" / "catalog.sqlite", folder / "there" / "catalog.sqlite"
    with (
        Catalog.open(own) as catalog,
        closing(Vectors.open(own.parent / "chroma", random_vectors)) as vectors,
        closing(Vectors.open(there.parent / "chroma", none)) as taken,
        Server(address) as server,
    ):
        stock(catalog, count, changed=0)
        vectors.drain(catalog, lambda _done, _of: None)
        told(f"publish {count:,} products with their prices", lambda: publish(own, vectors, server))
        told("mirror them, vectors included", lambda: mirror(there, taken, server))
        with Catalog.open(there) as follower:
            told("fill the follower's own Chroma", lambda: taken.drain(follower, lambda _done, _of: None))
        told("ask whether anything changed", lambda: mirror(there, taken, server))
        stock(catalog, count, changed=count // 100)
        vectors.drain(catalog, lambda _done, _of: None)
        told("publish a change of one in a hundred", lambda: publish(own, vectors, server))
        told("mirror that", lambda: mirror(there, taken, server))


def told(what: str, work: Callable[[], object]) -> None:
    """Do it and print what it took."""
    started = time.perf_counter()
    work()
    print(f"  {what:48s} {time.perf_counter() - started:8.3f} s")


def stock(catalog: Catalog, count: int, changed: int) -> None:
    """Products of generated texts; the first ones in another wording."""
    with catalog.importing("made", "made.jsonl", f"{count} {changed}") as batch:
        for number, text in enumerate(product_texts(count, seed=0)):
            title = text[:80] + (" again" if number < changed else "")
            batch.add(
                Product(
                    id=f"made:{number}",
                    origin=Origin(source="made", file="made.jsonl", row=number + 1, seen=FIRST),
                    title=title,
                    description=text,
                    category=("Made",),
                    attributes=(Attribute(name="number", raw=str(number), low=number, high=number),),
                    offers=(Offer(price=Price(amount=number, currency="EUR", seen=FIRST)),),
                )
            )


def random_vectors(texts: Sequence[str]) -> Vectors32:
    """Unit vectors that mean nothing."""
    made = np.random.default_rng(len(texts)).normal(size=(len(texts), WIDTH)).astype(np.float32)
    normed: Vectors32 = made / np.linalg.norm(made, axis=1, keepdims=True)
    return normed


def none(texts: Sequence[str]) -> Vectors32:
    """A follower embeds nothing."""
    raise AssertionError(f"{len(texts)} texts were to be embedded")


if __name__ == "__main__":
    main()
