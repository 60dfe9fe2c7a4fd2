"""Vectors made on a Ray cluster, one thread a worker, and kept here as they come.

What a worker is given at once is what a drain would embed at once, so that the vectors are those that this
machine would make alone: products of eight-bit numbers depend on which texts share a batch.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from distill.running.pools import on_ray
from index.catalog import Catalog
from index.store.vector_log import Vectors32
from index.vectors import Progress, Vectors

if TYPE_CHECKING:
    from models.embedder import BulkEmbedder


class Texts(NamedTuple):
    """One batch on its way to a worker."""

    digests: dict[str, str]
    """Of the texts, by the ids of their products, in one order with them."""
    texts: list[str]


class Made(NamedTuple):
    """One batch on its way back."""

    digests: dict[str, str]
    vectors: Vectors32


class EmbeddingWorker:
    """Embeds batches in one process of a cluster."""

    def __init__(self) -> None:
        self._embedder: BulkEmbedder | None = None

    def __call__(self, chunk: Texts) -> Made:
        """The vectors of one batch."""
        import torch  # seconds, in the worker alone

        from models.embedder import BulkEmbedder

        torch.set_num_threads(1)  # the cluster has as many workers as it has cores
        self._embedder = self._embedder or BulkEmbedder.open()
        return Made(chunk.digests, self._embedder.embed(chunk.texts))

    def close(self) -> None:
        """Nothing is held open."""


def embed_on_ray(vectors: Vectors, catalog: Catalog, address: str, progress: Progress) -> None:
    """Make the vectors of all pending products that lack one; a drain then has none left to make.

    Each batch is kept once it has come, so that a run that breaks off goes on with what is missing. Raises
    RunError, and what `Vectors.keep` raises.
    """
    total, done = catalog.counts().pending, 0
    with closing(on_ray(EmbeddingWorker, _batches(vectors, catalog), address)) as results:
        for made in results:
            vectors.keep(made.digests, made.vectors)
            done += len(made.digests)
            progress(done, max(total, done))


def _batches(vectors: Vectors, catalog: Catalog) -> Iterator[Texts]:
    for lacking in vectors.lacking(catalog):
        digests = {product_id: digest for product_id, (digest, _) in lacking.items()}
        yield Texts(digests, [text for _, text in lacking.values()])
