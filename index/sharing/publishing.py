"""The owner's side of a shared index: what changed goes to the server, and what went is withdrawn.

Each generation of some hundreds of records is noted in the catalogue as on its way, written to the server,
announced there, and settled. So a kill of either side at any moment costs one generation, which is written
again; a client never learns of a generation before all of it is there.
"""

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import numpy as np
from filelock import FileLock, Timeout
from pydantic import ValidationError

from index.errors import LockedError, SharingError
from index.product import Product
from index.sharing import kinds
from index.sharing.kinds import KINDS, Kind, SharedRecord
from index.sharing.ledger import GONE, Published, Standing, forget, leave, note, stand, standing
from index.sharing.server import Server, Shelf
from index.store import rows
from index.store.database import connect, faults, transaction
from index.store.vector_log import Vectors32
from index.vectors import Vectors

PRODUCTS = "productresearch-products"
"""Whole products with their vectors, searchable by anyone who speaks Chroma; its metadata is `Published`."""
RECORDS = "productresearch-records"
"""Everything else, and what was withdrawn."""
WITHDRAWN = "gone"
"""Kind of a row that takes another away; its record is the kind and the id of that one."""
LONGEST = 4 << 20
"""Characters of one record's JSON; a longer one is told of and left out."""
_SPREAD = 8
"""Numbers in the vector of what has none of its own. Chroma must have one, and equal ones hang its graph for
ever once there are some hundreds (1.5.9: no answer to the third batch of 500)."""

Progress = Callable[[int], None]
"""Called with the records written so far."""


class Publication(NamedTuple):
    """What one publishing has done."""

    generation: int
    written: int
    withdrawn: int
    waiting: int
    """Products that have no vector yet; the next publishing takes them."""
    too_long: int


def publish(path: Path, vectors: Vectors, server: Server, progress: Progress = lambda _: None) -> Publication:
    """Bring the server's index to what the catalogue at `path` holds now; the same again does nothing.

    Raises SharingError where the server's index belongs to another home, LockedError, and ServerError; what
    was written before is kept, and publishing again completes it.
    """
    with _alone(path), closing(connect(path)) as connection, faults(path):
        kinds.prepare(connection)
        return _Publishing(connection, vectors, server, progress).run()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    try:
        with FileLock(path.with_name("sharing.lock"), timeout=0):
            yield
    except Timeout as error:
        raise LockedError("Another process is sharing this index; wait until it has finished.") from error


def published(server: Server) -> tuple[Shelf, Published] | None:
    """The shared index of a server with its products' collection; None where there is none. One request."""
    shelf = server.shelf(PRODUCTS)
    if shelf is None:
        return None
    try:
        return shelf, Published.model_validate(shelf.metadata or {})
    except ValidationError as error:
        raise SharingError(
            f"{server.address} holds a collection {PRODUCTS} that is no index of this version; "
            "publish it anew with this one."
        ) from error


class _Publishing:
    """One publishing; everything that it needs is open."""

    def __init__(
        self, connection: sqlite3.Connection, vectors: Vectors, server: Server, progress: Progress
    ) -> None:
        self._connection = connection
        self._vectors = vectors
        self._server = server
        self._progress = progress
        self._written = self._withdrawn = self._waiting = self._too_long = 0

    def run(self) -> Publication:
        self._products, self._published = self._claimed()
        self._records = self._server.make(RECORDS, {"epoch": self._published.epoch})
        for kind in KINDS.values():
            for some in kinds.changed(self._connection, kind):
                self._write(kind, some)
        for kind in KINDS.values():
            gone = kinds.withdrawn(self._connection, kind, GONE)
            for start in range(0, len(gone), kind.at_once):
                self._withdraw(kind, gone[start : start + kind.at_once])
        return Publication(
            self._published.generation, self._written, self._withdrawn, self._waiting, self._too_long
        )

    def _claimed(self) -> tuple[Shelf, Published]:
        """The collection that this home may write to, made where there is none."""
        here = standing(self._connection)
        if here and here.role == "mirror":
            raise SharingError(
                "This home mirrors an index that another home publishes; only that one writes."
            )
        there = published(self._server)
        if there is None:
            return self._begun(here)
        shelf, said = there
        if here is None or said.owner != here.owner:
            raise SharingError(
                f"The index at {self._server.address} is another home's, and that one alone writes to it."
            )
        ours = here.epoch == said.epoch
        if ours and said.generation > here.generation:
            raise SharingError(
                f"The index at {self._server.address} has changes that this home never made: one of the "
                "two is a copy; go on from the home that made them."
            )
        alike = said == Published(epoch=said.epoch, owner=said.owner, generation=said.generation)
        # A generation may have been noted here and not announced there; a server that has lost more than
        # that was put back to an earlier day.
        if not (ours and alike) or said.generation < here.generation - 1:
            return self._begun(here)
        return shelf, said

    def _begun(self, here: Standing | None) -> tuple[Shelf, Published]:
        """A new epoch, in collections of its own."""
        fresh = Published(epoch=secrets.token_hex(16), owner=here.owner if here else secrets.token_hex(16))
        # Before the server hears of it: whoever does not know that it is the owner could never write again.
        with transaction(self._connection):
            forget(self._connection)
            stand(self._connection, Standing(role="owner", epoch=fresh.epoch, owner=fresh.owner))
        if here is not None:
            self._server.drop(PRODUCTS)
        shelf = self._server.make(PRODUCTS, fresh.model_dump())
        # Of two homes that publish for the first time at once, one has made it and the other is given it.
        if (there := published(self._server)) is None or there[1] != fresh:
            with transaction(self._connection):
                leave(self._connection)
            raise SharingError(f"Another home has just begun to publish at {self._server.address}.")
        self._server.drop(RECORDS)
        return shelf, fresh

    def _write(self, kind: Kind, some: Sequence[tuple[str, str]]) -> None:
        records = kinds.read(self._connection, kind, [record_id for record_id, _ in some])
        texts = {record_id: record.model_dump_json() for record_id, record in records.items()}
        for record_id in [each for each, text in texts.items() if len(text) > LONGEST]:
            self._too_long += 1
            del texts[record_id]
        vectors = self._own_vectors(records) if kind.record is Product else None
        if vectors is not None:
            self._waiting += len(texts.keys() - vectors.keys())
            texts = {record_id: text for record_id, text in texts.items() if record_id in vectors}
        digests = {record_id: digest for record_id, digest in some if record_id in texts}
        if not digests:
            return
        with self._generation(kind, digests) as generation:
            about: dict[str, str | int] = {"kind": kind.name, "generation": generation}
            metadatas = [{**about, "record": texts[record_id]} for record_id in digests]
            if vectors is not None:
                stacked = np.stack([vectors[record_id] for record_id in digests])
                self._server.put(self._products, list(digests), metadatas, stacked)
            else:
                self._put_records([row_id(kind.name, each) for each in digests], metadatas)
        self._written += len(digests)
        self._progress(self._written)

    def _own_vectors(self, records: dict[str, SharedRecord]) -> dict[str, Vectors32]:
        """The vectors that were made of just these products."""
        made = self._vectors.made(list(records))
        return {
            product.id: made[product.id][1]
            for product in records.values()
            if isinstance(product, Product)
            and product.id in made
            and made[product.id][0] == rows.hashed(rows.embedded_text(product))
        }

    def _withdraw(self, kind: Kind, ids: Sequence[str]) -> None:
        with self._generation(kind, dict.fromkeys(ids, GONE)) as generation:
            about: dict[str, str | int] = {"kind": WITHDRAWN, "generation": generation}
            metadatas = [{**about, "record": row_id(kind.name, each)} for each in ids]
            self._put_records([row_id(WITHDRAWN, row_id(kind.name, each)) for each in ids], metadatas)
            if kind.record is Product:
                self._server.take(self._products, ids)
            else:
                self._server.take(self._records, [row_id(kind.name, each) for each in ids])
        self._withdrawn += len(ids)

    def _put_records(self, ids: Sequence[str], metadatas: Sequence[dict[str, str | int]]) -> None:
        self._server.put(self._records, ids, metadatas, np.stack([_scattered(each) for each in ids]))

    @contextmanager
    def _generation(self, kind: Kind, digests: dict[str, str]) -> Iterator[int]:
        """One generation: noted, written by the body, announced, settled."""
        here = standing(self._connection)
        assert here is not None
        generation = self._published.generation + 1
        with transaction(self._connection):
            note(self._connection, [(kind.name, each, "") for each in digests], generation)
            stand(self._connection, here.model_copy(update={"generation": generation}))
        yield generation
        self._published = self._published.model_copy(update={"generation": generation})
        self._server.describe(self._products, self._published.model_dump())
        with transaction(self._connection):
            settled = [(kind.name, record_id, digest) for record_id, digest in digests.items()]
            note(self._connection, settled, generation)


def row_id(kind: str, record_id: str) -> str:
    """What a record is called in the collection of records."""
    return f"{kind}{kinds.SEPARATOR}{record_id}"


def _scattered(name: str) -> Vectors32:
    """A vector that follows from a name and is unlike others."""
    numbers = np.frombuffer(blake2b(name.encode(), digest_size=2 * _SPREAD).digest(), dtype=np.uint16)
    return np.asarray(numbers / 65_536 + 0.001, dtype=np.float32)
