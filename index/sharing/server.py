"""Two collections of a Chroma server, spoken to over its HTTP interface (version 2 of it, Chroma 1.x).

The official client reads answers of any size, and costs 1.7 s of import at every start of the program; here
an answer has bounds, nothing is believed of it but its form, and to ask for the generation takes one request.
What the rows mean is left to `publishing` and `mirroring`.
"""

import re
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from index.errors import SharingError
from models.served_errors import RejectedError, ServerError
from models.served_line import Bounds, Line

KEY = "PRODUCTRESEARCH_CHROMA_KEY"
"""The variable with the server's key, where it wants one."""
_BASE = "/api/v2/tenants/default_tenant/databases/default_database/collections"
_VERSION = re.compile(r"1\.\d+\.\d+\S{0,20}")
_BOUNDS = Bounds(connect=5.0, read=120.0, total=300.0, most_bytes=256 << 20)


class Row(BaseModel):
    """One record as the server holds it."""

    id: str
    metadata: dict[str, str | int | float | bool | None]
    vector: list[float] | None = None


class Shelf(BaseModel):
    """One collection."""

    id: str = Field(pattern=r"^[0-9a-f-]{36}$")
    metadata: dict[str, Any] | None = None
    dimension: int | None = None


class _Rows(BaseModel):
    ids: list[str]
    metadatas: list[dict[str, str | int | float | bool | None] | None]
    embeddings: list[list[float] | None] | None = None


_Answer = TypeVar("_Answer", bound=BaseModel)


class _AbsentError(RejectedError):
    """The server has no such thing (404)."""


class Server:
    """A Chroma server at one address."""

    def __init__(self, address: str, key: str | None = None, bounds: Bounds = _BOUNDS) -> None:
        """Raises ServerError for what is no address or no key; nothing is connected yet."""
        self._line = Line(address, key, bounds, time.monotonic, "Chroma server")
        self.address = self._line.address

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def shelf(self, name: str) -> Shelf | None:
        """The collection of that name, or None where the server has none.

        Raises ServerError where nothing answers, and SharingError for what is no Chroma of version 1.
        """
        try:
            return self._read(Shelf, self._ask("GET", f"{_BASE}/{name}"))
        except RejectedError as error:
            self.demand_version()
            if error.status == 404:
                return None
            raise

    def demand_version(self) -> None:
        """Raise SharingError unless a Chroma server answers that speaks as this client does."""
        told = self._version("/api/v2/version")
        if _VERSION.fullmatch(told):
            return
        told = told or self._version("/api/v1/version")
        if re.fullmatch(r"\d+\.\d+\.\d+\S{0,20}", told):
            raise SharingError(f"{self.address} is a Chroma server of version {told}; version 1 is needed.")
        raise SharingError(f"{self.address} is no Chroma server; name the address that `chroma run` tells.")

    def make(self, name: str, metadata: dict[str, str | int]) -> Shelf:
        """Make a collection; one of that name that is there already stays as it is, and is given."""
        wanted = {
            "name": name,
            "metadata": metadata,
            "configuration": {"hnsw": {"space": "cosine"}},
            "get_or_create": True,
        }
        return self._read(Shelf, self._ask("POST", _BASE, wanted))

    def describe(self, shelf: Shelf, metadata: dict[str, str | int]) -> None:
        """Put metadata in place of a collection's own."""
        self._ask("PUT", f"{_BASE}/{shelf.id}", {"new_metadata": metadata})

    def put(
        self,
        shelf: Shelf,
        ids: Sequence[str],
        metadatas: Sequence[dict[str, str | int]],
        vectors: NDArray[np.float32],
    ) -> None:
        """Write rows, in place of those of the same ids; at most 5,461 at once."""
        rows = {"ids": list(ids), "metadatas": list(metadatas), "embeddings": vectors.tolist()}
        self._ask("POST", f"{_BASE}/{shelf.id}/upsert", rows)

    def take(self, shelf: Shelf, ids: Sequence[str]) -> None:
        """Delete rows; ids that are not there are none."""
        self._ask("POST", f"{_BASE}/{shelf.id}/delete", {"ids": list(ids)})

    def rows(self, shelf: Shelf, generation: int, *, vectors: bool) -> list[Row]:
        """The rows of one generation, in the order of their ids."""
        wanted = {
            "where": {"generation": generation},
            "include": ["metadatas", *(["embeddings"] if vectors else [])],
        }
        found = self._read(_Rows, self._ask("POST", f"{_BASE}/{shelf.id}/get", wanted))
        embeddings = found.embeddings or [None] * len(found.ids)
        try:
            each = zip(found.ids, found.metadatas, embeddings, strict=True)
            return [Row(id=i, metadata=m or {}, vector=v) for i, m, v in sorted(each, key=lambda r: r[0])]
        except ValueError as error:
            raise self._nonsense() from error

    def drop(self, name: str) -> None:
        """Delete a collection, if it is there."""
        with suppress(_AbsentError):
            self._ask("DELETE", f"{_BASE}/{name}")

    def _ask(self, method: str, path: str, body: Any = None) -> bytes:
        try:
            with self._line.answer(method, path, body) as response:
                return self._line.body(response)
        except RejectedError as error:
            if error.status in (401, 403):
                raise SharingError(
                    f"{self.address} wants a key that it knows (it answers {error.status}); give it in {KEY}."
                ) from error
            if error.status == 404:
                absent = _AbsentError(str(error))
                absent.status = 404
                raise absent from error
            raise

    def _version(self, path: str) -> str:
        try:
            told = self._ask("GET", path).decode(errors="replace")
        except ServerError:
            return ""
        return self._line.told(told).strip('"')[:40]

    def _read(self, kind: type[_Answer], answer: bytes) -> _Answer:
        try:
            return kind.model_validate_json(answer)
        except ValidationError as error:
            self.demand_version()
            raise self._nonsense() from error

    def _nonsense(self) -> SharingError:
        return SharingError(f"{self.address} answers with something that is no collection.")
