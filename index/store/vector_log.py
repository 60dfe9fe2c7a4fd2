"""Every vector in two plain files, appended by a drain: exact search among some products, and a safe copy.

`vectors.f32` holds rows of float32, `vectors.jsonl` one line `[product id, digest of its text]` for each; a
line counts once it is complete, and a product's last line counts. A kill at any moment therefore loses at
most rows that are still pending. Chroma is rebuilt from here without embedding again. It is needed because
Chroma's search among given ids is neither fast nor complete (62,200 vectors: 9 to 47 ms and a recall of 0.91
to 0.99; here 0.1 to 12 ms and 1.0) and fails on an id that it does not hold.
"""

import json
import os
import secrets
from collections.abc import Iterator, Sequence, Set
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import VectorsError

Vectors32 = NDArray[np.float32]
Neighbours = list[tuple[str, float]]

GONE = ""
"""Digest of a product whose vector is forgotten."""
WIDTH = 384
"""Numbers in a vector of the embedder."""
_FLOAT_BYTES = 4
_NAME_BYTES = 32
"""The first line of `vectors.jsonl` is a random name, so that readers notice new files."""
_GATHERED_SHARE = 4
"""Above a quarter of the rows one product over all is faster than copying some (20,000: 12 against 18 ms)."""


class VectorLog:
    """The two files in `folder`; a reader sees what another process has appended at its next `refresh`."""

    def __init__(self, folder: Path) -> None:
        self._lines_path = folder / "vectors.jsonl"
        self._rows_path = folder / "vectors.f32"
        self._count: int
        self._matrix: Vectors32
        self._reset(b"")

    def refresh(self) -> None:
        """Take in what was appended since; raises VectorsError where the files are damaged."""
        if not self._lines_path.exists():
            self._reset(b"")
        elif self._lines_path.stat().st_size != self._offset:
            with self._lines_path.open("rb") as lines:
                name = lines.read(_NAME_BYTES)
                # A rebuild starts new files under another name.
                if name != self._name or self._lines_path.stat().st_size < self._offset:
                    self._reset(name)
                lines.seek(self._offset)
                self._take(lines.read())

    def append(self, ids: Sequence[str], digests: Sequence[str], vectors: Vectors32) -> None:
        """Add rows; the caller holds the drain's lock. A digest of GONE forgets the product."""
        if not ids:
            return
        self.refresh()
        with self._rows_path.open("ab") as rows:
            # A kill may have left rows without their lines.
            rows.truncate(self._count * WIDTH * _FLOAT_BYTES)
            rows.write(np.ascontiguousarray(vectors.reshape(len(ids), WIDTH), dtype=np.float32).tobytes())
            rows.flush()
            os.fsync(rows.fileno())
        with self._lines_path.open("ab") as lines:
            lines.truncate(self._offset if self._count else 0)
            if not self._count:
                lines.write(secrets.token_hex(_NAME_BYTES // 2).encode() + b"\n")
            lines.write(b"".join(_line(*pair) for pair in zip(ids, digests, strict=True)))
            lines.flush()
            os.fsync(lines.fileno())
        self.refresh()

    def digests(self) -> dict[str, str]:
        """The products that have a vector, with the digest of the text it was made from."""
        return dict(self._digests)

    def digests_of(self, ids: Sequence[str]) -> dict[str, str]:
        """The same for those of some products that have a vector."""
        return {product_id: self._digests[product_id] for product_id in ids if product_id in self._digests}

    def __len__(self) -> int:
        return len(self._digests)

    def vectors(self, ids: Sequence[str]) -> Vectors32:
        """The vectors of products that have one, in their order."""
        return np.asarray(self._matrix[[self._rows[product_id] for product_id in ids]])

    def copy(self, target: Path, ids: Set[str]) -> int:
        """Append the vectors of these products to the log of another folder; how many there are."""
        held = [product_id for product_id in self._rows if product_id in ids]
        if held:
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
        other = VectorLog(target)
        for start in range(0, len(held), 4096):
            some = held[start : start + 4096]
            other.append(some, [self._digests[product_id] for product_id in some], self.vectors(some))
        return len(held)

    def nearest(self, vector: Vectors32, ids: Sequence[str] | None, limit: int) -> Neighbours:
        """The nearest of these products, or of all, by cosine distance, exactly.

        Products without a vector are left out. Raises VectorsError where a vector is damaged.
        """
        asked = list(self._rows) if ids is None else ids
        places = np.fromiter((self._rows.get(each, -1) for each in asked), dtype=np.intp, count=len(asked))
        held = np.flatnonzero(places >= 0)
        if not len(held):
            return []
        distances = 1.0 - self._similarities(places[held], vector)
        if not np.all(np.abs(distances - 1.0) < 1.01):
            raise damaged(self._rows_path)
        best = np.argsort(distances, kind="stable")[:limit]
        return [(asked[held[place]], float(distances[place])) for place in best]

    def remove(self) -> None:
        """Forget everything, on disk too."""
        self._lines_path.unlink(missing_ok=True)
        self._rows_path.unlink(missing_ok=True)
        self._reset(b"")

    def sound(self) -> bool:
        """Whether every vector that counts has the length 1, as all were given."""
        with np.errstate(all="ignore"):
            return all(np.all(np.abs(np.linalg.norm(some, axis=1) - 1.0) < 1e-3) for some in self._chunks())

    def _chunks(self) -> Iterator[Vectors32]:
        ids = list(self._rows)
        return (self.vectors(ids[start : start + 4096]) for start in range(0, len(ids), 4096))

    def _similarities(self, rows: NDArray[np.intp], vector: Vectors32) -> Vectors32:
        # Damaged rows may hold anything; what comes of them is checked and not warned of.
        with np.errstate(all="ignore"):
            if len(rows) * _GATHERED_SHARE > self._count:
                return np.asarray((self._matrix @ vector)[rows])
            return np.asarray(self._matrix[rows] @ vector)

    def _take(self, told: bytes) -> None:
        told = told[: told.rfind(b"\n") + 1]
        try:
            pairs = json.loads(b"[" + b",".join(told.splitlines()) + b"]")
            taken = {
                str(product_id): (row, str(digest))
                for row, (product_id, digest) in enumerate(pairs, self._count)
            }
        except (ValueError, TypeError) as error:
            raise damaged(self._lines_path) from error
        count = self._count + len(pairs)
        if not self._rows_path.exists() or self._rows_path.stat().st_size < count * WIDTH * _FLOAT_BYTES:
            raise damaged(self._rows_path)
        if count:
            self._matrix = np.memmap(self._rows_path, dtype=np.float32, mode="r", shape=(count, WIDTH))
        for product_id, (row, digest) in taken.items():
            self._digests[product_id] = digest
            self._rows[product_id] = row
            if digest == GONE:
                del self._digests[product_id], self._rows[product_id]
        self._count = count
        self._offset += len(told)

    def _reset(self, name: bytes) -> None:
        self._name = name
        self._offset = _NAME_BYTES + 1
        self._count = 0
        self._rows: dict[str, int] = {}
        self._digests: dict[str, str] = {}
        self._matrix = np.empty((0, WIDTH), dtype=np.float32)


def damaged(path: Path) -> VectorsError:
    """What the person is told of damage in the vectors' folder."""
    return VectorsError(f"{path} is damaged; run `productresearch index rebuild` to make it anew.")


def _line(product_id: str, digest: str) -> bytes:
    return json.dumps([product_id, digest]).encode() + b"\n"
