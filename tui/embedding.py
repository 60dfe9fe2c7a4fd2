"""Vectors of what was imported, made by the embedder that is done sooner."""

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from index.catalog import Catalog
from index.store.vector_log import Vectors32
from index.vectors import Embed, Progress, Vectors

if TYPE_CHECKING:
    from models.embedder import BulkEmbedder, QuestionEmbedder

FEW = 64
"""Texts that the embedder of questions makes sooner than torch is imported."""


def embed_pending(home: Path, catalog: Catalog, progress: Progress, ray: str = "") -> None:
    """Make the vectors that are missing; until then words alone find those products.

    With `ray`, the address of a cluster or `auto`, they are made there. Raises what `Vectors.drain` raises,
    EmbedderError, and RunError where there is no such cluster.
    """
    if ray:
        _embed_on_ray(home, catalog, ray, progress)
    total = catalog.counts().pending
    before = 0

    def settled(done: int, of: int) -> None:
        nonlocal before
        before = done
        progress(done, of)

    def within(done: int) -> None:
        progress(min(before + done, total), total)

    with (
        closing(_Embedder(home, few=total <= FEW, within=within)) as embedder,
        closing(open_vectors(home, embedder.embed)) as vectors,
    ):
        vectors.drain(catalog, settled)


def rebuild_vectors(home: Path, catalog: Catalog, progress: Progress, ray: str = "") -> None:
    """Make all vectors anew; raises what `Vectors.rebuild` raises, EmbedderError and RunError."""
    if ray:
        catalog.mark_all_pending()
        _embed_on_ray(home, catalog, ray, progress)
    few = catalog.counts().products <= FEW
    with (
        closing(_Embedder(home, few=few, within=lambda _: None)) as embedder,
        closing(open_vectors(home, embedder.embed)) as vectors,
    ):
        vectors.rebuild(catalog, progress)


def take_in_vectors(home: Path, copied: Path) -> None:
    """Take vectors that were copied elsewhere into a home; raises CatalogueError."""
    with closing(open_vectors(home, _none_to_embed)) as vectors:
        vectors.take_in(copied)


def open_vectors(home: Path, embed: Embed) -> Vectors:
    """The vectors of a home."""
    return Vectors.open(home / "chroma", embed)


def opened_embedder(home: Path) -> "_Embedder":
    """An embedder of whole catalogues, which loads nothing until it is given a text; to be closed."""
    return _Embedder(home, few=False, within=lambda _: None)


def _embed_on_ray(home: Path, catalog: Catalog, address: str, progress: Progress) -> None:
    from tui.embedding_ray import embed_on_ray  # synthesis and its pools, which no embedding here needs

    with closing(open_vectors(home, _none_to_embed)) as vectors:
        embed_on_ray(vectors, catalog, address, progress)


def _none_to_embed(texts: Sequence[str]) -> Vectors32:
    raise AssertionError(f"{len(texts)} texts, and a copy embeds none")


class _Embedder:
    """Opened with the first text, since often there is none to embed."""

    def __init__(self, home: Path, *, few: bool, within: Callable[[int], None]) -> None:
        self._home = home
        self._few = few
        self._within = within
        self._question: QuestionEmbedder | None = None
        self._bulk: BulkEmbedder | None = None

    def embed(self, texts: Sequence[str]) -> Vectors32:
        from models.embedder import BulkEmbedder, QuestionEmbedder  # numpy and tokenizers, for this alone

        if self._few:
            self._question = self._question or QuestionEmbedder.open(self._home / "embedder")
            return self._question.embed(texts)
        self._bulk = self._bulk or BulkEmbedder.open()
        return self._bulk.embed(texts, lambda done, _: self._within(done))

    def close(self) -> None:
        if self._question is not None:
            self._question.close()
