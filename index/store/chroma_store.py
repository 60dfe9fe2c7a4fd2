"""The Chroma collection on disk, used by one process at a time for writing and by many for reading.

It opens Chroma, notices damage before Chroma reads it, and says in one sentence what Chroma could not do.
Which vectors belong in it is left to `vectors`.
"""

import json
import shutil
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.store.database import full_disk
from index.store.vector_log import Neighbours, Vectors32, damaged

_COLLECTION = "products"
_SEARCH_WIDTH = 2000
"""HNSW ef_search. Shops hold many near-duplicates, among which a narrow search gets lost: over 6,000 real
parts the recall of the nearest 50 was 0.947 at Chroma's 100, 0.987 at 400 and 1.0 here, for 2 ms more."""
_SEAL = "seal.json"
_FULL_DISK = ("(code: 13)", "(code: 778)", "No space left", "File too large")
"""How Chroma words SQLite's SQLITE_FULL and SQLITE_IOERR_WRITE, and the system's own faults."""


class ChromaStore:
    """An open Chroma collection in `folder`."""

    def __init__(self, folder: Path, client: Any, collection: Any) -> None:
        self.folder = folder
        self._client = client
        self._collection = collection

    @classmethod
    def open(cls, folder: Path, *, create: bool) -> "ChromaStore":
        """Open the collection; raises VectorsError where it is damaged, or missing and not to be made."""
        new = create and not (folder / "chroma.sqlite3").exists()
        if not new:
            check_seal(folder)
        with _faults(folder):
            client = _client(folder)
            try:
                collection = _collection(client, create)
            except BaseException:
                client.close()
                raise
        if new:
            _seal(folder)
        return cls(folder, client, collection)

    def close(self) -> None:
        """Let go of the files, so that the next opening reads them anew."""
        self._client.close()

    def write(self, ids: list[str], vectors: Vectors32, forgotten: list[str]) -> None:
        """Store vectors, replacing those of the same ids, and remove others; at most 5,461 at once.

        Until it returns the collection counts as damaged. What is replaced is removed first: a vector that
        is moved within the graph leaves others without a way to them (of 200 questions up to 119 missed the
        nearest product).
        """
        (self.folder / _SEAL).unlink(missing_ok=True)
        with _faults(self.folder):
            replaced = self._collection.get(ids=ids, include=[])["ids"] if ids else []
            if outdated := [*replaced, *forgotten]:
                self._collection.delete(ids=outdated)
            if ids:
                self._collection.add(ids=ids, embeddings=vectors)
        _seal(self.folder)

    def nearest(self, vector: Vectors32, limit: int) -> Neighbours:
        """The nearest products by cosine distance."""
        with _faults(self.folder):
            found = self._collection.query(query_embeddings=[vector], n_results=limit, include=["distances"])
        return list(zip(found["ids"][0], found["distances"][0], strict=True))

    def ids(self) -> set[str]:
        """All ids that the collection holds."""
        with _faults(self.folder):
            return set(self._collection.get(include=[])["ids"])


def _client(folder: Path) -> Any:
    # Importing chromadb takes 1.7 s; only searches without a filter and drains need it.
    import chromadb
    from chromadb.config import Settings

    try:
        return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    except BaseException:
        # Chroma keeps a client that failed to start and would hand it out again after a rebuild.
        chromadb.api.shared_system_client.SharedSystemClient.clear_system_cache()
        raise


def _collection(client: Any, create: bool) -> Any:
    if create:
        hnsw = {"space": "cosine", "ef_search": _SEARCH_WIDTH}
        client.get_or_create_collection(_COLLECTION, embedding_function=None, configuration={"hnsw": hnsw})
    return client.get_collection(_COLLECTION, embedding_function=None)


def state(folder: Path) -> str:
    """Changes whenever a process has finished writing to Chroma."""
    try:
        return (folder / _SEAL).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def check_seal(folder: Path) -> None:
    """Raise VectorsError where the index files are not as they were last written."""
    try:
        sealed = json.loads(state(folder) or "{}")["files"]
    except (ValueError, LookupError, TypeError) as error:
        raise damaged(folder) from error
    if sealed != _checksums(folder) or not (folder / "chroma.sqlite3").exists():
        raise damaged(folder)


def clear(folder: Path) -> None:
    """Delete everything that Chroma has in the folder."""
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name.startswith(("chroma.sqlite3", _SEAL)):
            entry.unlink()


def _seal(folder: Path) -> None:
    """Note the checksums of Chroma's index files: it crashes or answers wrongly on damaged ones."""
    draft = folder / f"{_SEAL}.new"
    seal = {"written": time.time_ns(), "files": _checksums(folder)}
    draft.write_text(json.dumps(seal), encoding="utf-8")
    draft.replace(folder / _SEAL)


def _checksums(folder: Path) -> dict[str, int]:
    # Below 1,000 vectors Chroma has stored no index and writes these files anew at each opening, with
    # whatever stands in memory; the file of metadata comes with the first index that it stores.
    stored = (metadata.parent for metadata in folder.glob("*/index_metadata.pickle"))
    files = sorted(path for segment in stored for path in segment.iterdir() if path.is_file())
    return {path.relative_to(folder).as_posix(): _checksum(path) for path in files}


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            checksum = zlib.crc32(block, checksum)
    return checksum


@contextmanager
def _faults(folder: Path) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        # Chroma's Rust side raises many types, and its panics are no `Exception`.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        if any(sign in str(error) for sign in _FULL_DISK):
            raise full_disk(folder) from error
        raise damaged(folder) from error
