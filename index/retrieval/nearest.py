"""The meaning leg of search: the question's vector against the products' vectors.

Everything heavy is opened at the first question. Where the vectors cannot be used, search goes on by words
and says why.
"""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import VectorsError
from index.retrieval.keys import Keys

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.vectors import Vectors
    from models.embedder import QuestionEmbedder

EXACT_UP_TO = 4000
"""Products compared one by one; reading the ids of more takes longer than searching widely (5 ms)."""
WIDE = 1000
"""Products asked for where those among which they must be are many: enough of them are."""

# CROSS JOIN fixes the order: SQLite would read all products and look each up (8 ms instead of 1).
_LISTED = "SELECT products.id, products.key FROM json_each(?) AS listed CROSS JOIN products"
_BY_KEY = f"{_LISTED} ON products.key = listed.value"
_BY_ID = f"{_LISTED} ON products.id = listed.value"


class Nearest:
    """Products by meaning, for one data home."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._vectors: Vectors | None = None
        self._embedder: QuestionEmbedder | None = None

    def close(self) -> None:
        """Release the model and the files."""
        if self._vectors:
            self._vectors.close()
        if self._embedder:
            self._embedder.close()
        self._vectors, self._embedder = None, None

    def find(
        self, connection: sqlite3.Connection, text: str, among: Keys | None, limit: int, notes: list[str]
    ) -> list[int]:
        """Keys of the nearest products, nearest first, of all or of those among which they must be.

        Without usable vectors there are none, and `notes` says why.
        """
        if among is not None and not among:
            return []
        # Both load llama.cpp or numpy, which listing by filters alone does not need.
        from models.embedder import EmbedderError

        try:
            if among is not None and len(among) <= EXACT_UP_TO:
                keys = _keys(connection, _BY_KEY, list(among))
                return [keys[product_id] for product_id in self._query(text, list(keys), limit)]
            found = self._query(text, None, limit if among is None else WIDE)
        except (VectorsError, EmbedderError) as error:
            notes.append(f"Searched by words alone, not by meaning: {error}")
            return []
        # Vectors may outlive their products until the next drain, so the catalogue is asked what it has.
        keys = _keys(connection, _BY_ID, found)
        there = (keys[product_id] for product_id in found if product_id in keys)
        return [key for key in there if among is None or key in among][:limit]

    def embed(self, texts: list[str]) -> "NDArray[np.float32]":
        """One vector of length 1 for each text; raises EmbedderError."""
        return self._open_embedder().embed(texts)

    def _query(self, text: str, ids: list[str] | None, limit: int) -> list[str]:
        import numpy as np

        vectors = self._open_vectors()
        # Asked for nothing, it says whether there are vectors at all, before a model is made and loaded.
        vectors.query(np.zeros(0, dtype=np.float32), [], 0)
        (vector,) = self._open_embedder().embed([text])
        return [product_id for product_id, _ in vectors.query(vector, ids, limit)]

    def _open_vectors(self) -> "Vectors":
        from index.vectors import Vectors

        if self._vectors is None:
            self._vectors = Vectors.open(
                self._home / "chroma", lambda texts: self._open_embedder().embed(texts)
            )
        return self._vectors

    def _open_embedder(self) -> "QuestionEmbedder":
        from models.embedder import QuestionEmbedder

        if self._embedder is None:
            self._embedder = QuestionEmbedder.open(self._home / "embedder")
        return self._embedder


def _keys(
    connection: sqlite3.Connection, query: str, listed: Sequence[int] | Sequence[str]
) -> dict[str, int]:
    return dict(connection.execute(query, (json.dumps(listed),)).fetchall())
