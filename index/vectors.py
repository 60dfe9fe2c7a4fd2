"""Vectors of the catalogue's products: made by a drain, kept in Chroma and in a log, searched by cosine.

Everything here is derived from the catalogue and can be rebuilt. Without a filter Chroma searches; among
given ids the log does (see `vector_log`). Embedding is left to the callable that is passed in.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Self

import numpy as np
from filelock import FileLock, Timeout

from index.catalog import Catalog
from index.errors import LockedError, VectorsError
from index.store import chroma_store, rows
from index.store.chroma_store import ChromaStore
from index.store.database import disk_faults
from index.store.pending import Pending
from index.store.vector_log import GONE, WIDTH, Neighbours, VectorLog, Vectors32, damaged

Embed = Callable[[Sequence[str]], Vectors32]
"""Texts to unit vectors of float32, one row each."""
Progress = Callable[[int, int], None]
"""Called with the products done and all that there are to do."""

BATCH = 1000
"""A kill costs at most this many embeddings, a few seconds' work."""
_PARTIAL = "partial"
"""This file stands in the folder while Chroma is being filled anew."""


class Vectors:
    """The vectors in one folder; a process opens a folder once and may use it from several threads."""

    def __init__(self, folder: Path, embed: Embed) -> None:
        self._folder = folder
        self._embed = embed
        self._log = VectorLog(folder)
        self._store: ChromaStore | None = None
        self._state = ""
        self._threads = RLock()
        self._drain_lock = FileLock(folder / "drain.lock")
        self._chroma_lock = FileLock(folder / "chroma.lock")

    @classmethod
    def open(cls, folder: Path, embed: Embed) -> Self:
        """Name the folder; its files are opened when they are first needed."""
        return cls(folder, embed)

    def close(self) -> None:
        """Let go of Chroma's files."""
        with self._threads:
            if self._store:
                self._store.close()
            self._store = None

    def query(self, vector: Vectors32, ids: Sequence[str] | None, limit: int) -> Neighbours:
        """The nearest products and their cosine distances, nearest first; among `ids` only, where given.

        Products may come back that the catalogue has lost since the last drain. Raises VectorsError where
        there are no vectors or they are damaged.
        """
        with self._threads:
            self._log.refresh()
            if not len(self._log):
                raise VectorsError(
                    "There are no vectors yet; run `productresearch index rebuild` to make them."
                )
            if ids is not None:
                return self._log.nearest(vector, ids, limit)
            try:
                with self._chroma_lock.acquire(timeout=0):
                    if not (self._folder / _PARTIAL).exists():
                        return self._current_store().nearest(vector, limit)
            except Timeout:
                pass  # a drain is writing to Chroma; the log answers exactly, in a few more milliseconds
            return self._log.nearest(vector, None, limit)

    def drain(self, catalog: Catalog, progress: Progress) -> None:
        """Bring the vectors up to date; raises LockedError where another process is doing so.

        A pending row is taken away only after its vector is on disk, so a kill loses nothing. What a kill
        or damage left unfinished in Chroma is filled anew from the log.
        """
        with self._draining():
            self._mend(catalog)
            self._work_off(catalog, progress)

    def rebuild(self, catalog: Catalog, progress: Progress) -> None:
        """Fill Chroma anew; sound vectors of unchanged products are not embedded again."""
        with self._draining():
            self._mend_log()
            self._empty_chroma(catalog)
            self._work_off(catalog, progress)

    def copy(self, target: Path, catalog: Catalog) -> int:
        """Write the vectors of a catalogue's products into a new folder; how many. Raises VectorsError.

        Chroma is left out, for it is filled from them; so are products that the catalogue does not hold.
        """
        with self._threads:
            self._log.refresh()
            if len(self._log) and not self._log.sound():
                raise damaged(self._folder)
            return self._log.copy(target, catalog.product_ids())

    def take_in(self, copied: Path) -> None:
        """Put copied vectors in place of these; a drain fills Chroma from them. Raises CatalogueError."""
        log = VectorLog(copied)
        log.refresh()
        if not log.sound():
            raise damaged(copied)
        with self._draining(), self._threads, self._chroma_lock:
            (self._folder / _PARTIAL).touch()
            self.close()
            chroma_store.clear(self._folder)
            self._log.remove()
            log.copy(self._folder, log.digests().keys())
            self._log.refresh()

    def made(self, ids: Sequence[str]) -> dict[str, tuple[str, Vectors32]]:
        """Those of the products that have a vector, with the digest of the text that it was made from."""
        with self._threads:
            self._log.refresh()
            digests = self._log.digests_of(ids)
            vectors = self._log.vectors(list(digests))
            return {
                product_id: (digest, vector)
                for (product_id, digest), vector in zip(digests.items(), vectors, strict=True)
            }

    def keep(self, digests: Mapping[str, str], vectors: Vectors32) -> None:
        """Keep vectors that were made elsewhere, of texts of these digests, so that a drain makes none anew.

        Raises LockedError where a drain runs.
        """
        with self._draining(), self._threads:
            self._log.append(list(digests), list(digests.values()), vectors)

    def lacking(self, catalog: Catalog) -> Iterator[dict[str, tuple[str, str]]]:
        """Digest and text of pending products that lack a vector, in the batches that a drain would embed."""
        with self._draining():
            self._mend_log()
        waiting = catalog.pending(limit=-1)
        for start in range(0, len(waiting), BATCH):
            texts = _texts(catalog, waiting[start : start + BATCH])
            with self._threads:
                known = self._log.digests_of(list(texts))
            fresh = {each: told for each, told in texts.items() if known.get(each) != told[0]}
            if fresh:
                yield fresh

    def verify(self, catalog: Catalog) -> list[str]:
        """What is wrong with the vectors, in sentences; pending products are not missed."""
        try:
            with self._threads, self._chroma_lock:
                self._log.refresh()
                if not self._log.sound():
                    return ["Some stored vectors are damaged; run `productresearch index rebuild`."]
                logged = set(self._log.digests())
                stored = self._stored_ids() if logged else set()
        except VectorsError as error:
            return [str(error)]
        pending = {row.product_id for row in catalog.pending(limit=-1)}
        wanted = catalog.product_ids() - pending
        return [
            f"{place} lacks {len(wanted - held)} products and has {len(held - wanted - pending)} too many; "
            "run `productresearch index rebuild`."
            for place, held in (("Chroma", stored), ("The vector log", logged))
            if wanted - held or held - wanted - pending
        ]

    def _stored_ids(self) -> set[str]:
        # An open Chroma answers from memory and would not notice what became of its files.
        chroma_store.check_seal(self._folder)
        return self._current_store().ids()

    @contextmanager
    def _draining(self) -> Iterator[None]:
        with disk_faults(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                self._drain_lock.acquire(timeout=0)
            except Timeout as error:
                raise LockedError("Another process is making vectors; it will make these too.") from error
            try:
                yield
            finally:
                self._drain_lock.release()

    def _mend(self, catalog: Catalog) -> None:
        """Mark as pending whatever a kill, damage or a deleted file has lost."""
        self._mend_log()
        held = set(self._log.digests())
        try:
            chroma_store.check_seal(self._folder)
        except VectorsError:
            self._empty_chroma(catalog)
        pending = {row.product_id for row in catalog.pending(limit=-1)}
        products = catalog.product_ids()
        catalog.mark_pending(products - held - pending, forget=False)
        catalog.mark_pending(held - products - pending, forget=True)

    def _mend_log(self) -> None:
        with self._threads:
            try:
                self._log.refresh()
                sound = self._log.sound()
            except VectorsError:
                sound = False
            if not sound:
                self._log.remove()

    def _empty_chroma(self, catalog: Catalog) -> None:
        with self._threads, self._chroma_lock:
            (self._folder / _PARTIAL).touch()
            self.close()
            chroma_store.clear(self._folder)
        catalog.mark_all_pending()

    def _work_off(self, catalog: Catalog, progress: Progress) -> None:
        total, done = catalog.counts().pending, 0
        while batch := catalog.pending(BATCH):
            self._make(catalog, batch)
            catalog.settle(batch)
            done += len(batch)
            progress(done, max(total, done))
        (self._folder / _PARTIAL).unlink(missing_ok=True)

    def _make(self, catalog: Catalog, batch: Sequence[Pending]) -> None:
        forgotten = [row.product_id for row in batch if row.forget]
        texts = _texts(catalog, batch)
        known = self._log.digests_of([*texts, *forgotten])
        fresh = [each for each, (digest, _) in texts.items() if known.get(each) != digest]
        # Embedding takes most of the time and holds no lock.
        embedded = self._embed([texts[each][1] for each in fresh]) if fresh else _none()
        with self._threads, self._chroma_lock:
            self._log.append(fresh, [texts[each][0] for each in fresh], embedded)
            gone = [product_id for product_id in forgotten if product_id in known]
            self._log.append(gone, [GONE] * len(gone), np.zeros((len(gone), WIDTH), dtype=np.float32))
            store = self._current_store(create=True)
            store.write(list(texts), self._log.vectors(list(texts)), forgotten)
            self._state = chroma_store.state(self._folder)

    def _current_store(self, *, create: bool = False) -> ChromaStore:
        """The collection as the last writer left it; the caller holds both locks."""
        state = chroma_store.state(self._folder)
        if self._store is None or state != self._state:
            # An open Chroma client does not see what another process writes.
            self.close()
            self._store = ChromaStore.open(self._folder, create=create)
            self._state = chroma_store.state(self._folder)
        return self._store


def _texts(catalog: Catalog, batch: Sequence[Pending]) -> dict[str, tuple[str, str]]:
    """Digest and text of what the vectors of these rows' products are made from."""
    products = catalog.told_products([row.product_id for row in batch if not row.forget])
    texts = ((product.id, rows.embedded_text(product)) for product in products)
    return {product_id: (rows.hashed(text), text) for product_id, text in texts}


def _none() -> Vectors32:
    return np.empty((0, WIDTH), dtype=np.float32)
