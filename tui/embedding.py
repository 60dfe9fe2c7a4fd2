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


def embed_pending(home: Path, catalog: Catalog, progress: Progress) -> None:
    """Make the vectors that are missing; until then words alone find those products.

    Raises what `Vectors.drain` raises, and EmbedderError.
    """
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


def rebuild_vectors(home: Path, catalog: Catalog, progress: Progress) -> None:
    """Make all vectors anew; raises what `Vectors.rebuild` raises, and EmbedderError."""
    few = catalog.counts().products <= FEW
    with (
        closing(_Embedder(home, few=few, within=lambda _: None)) as embedder,
        closing(open_vectors(home, embedder.embed)) as vectors,
    ):
        vectors.rebuild(catalog, progress)


def copy_vectors(home: Path, catalog: Catalog, target: Path) -> int:
    """Copy the vectors that a home has of a catalogue's products; how many. Raises VectorsError."""
    with closing(open_vectors(home, _none_to_embed)) as vectors:
        return vectors.copy(target, catalog)


def take_in_vectors(home: Path, copied: Path) -> None:
    """Take vectors that were copied elsewhere into a home; raises CatalogueError."""
    with closing(open_vectors(home, _none_to_embed)) as vectors:
        vectors.take_in(copied)


def open_vectors(home: Path, embed: Embed) -> Vectors:
    """The vectors of a home."""
    return Vectors.open(home / "chroma", embed)


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
