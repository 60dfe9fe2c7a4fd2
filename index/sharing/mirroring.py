"""A client's side of a shared index: what changed on the server is taken into this home's own catalogue.

A generation is committed with all its records, so that what is broken off goes on where it was. Nothing that
comes is believed: each record is held to its form and made inert, and what is none is counted and left out.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from filelock import FileLock, Timeout
from pydantic import ValidationError

from index.errors import LockedError, SharingError
from index.product import Page, Product, Review
from index.sharing.kinds import KINDS, SEPARATOR, Imported, Prices, SaidOfColumns, SharedRecord
from index.sharing.ledger import GONE, Published, Standing, note, stand, standing
from index.sharing.publishing import LONGEST, RECORDS, WITHDRAWN, published, row_id
from index.sharing.server import Row, Server, Shelf
from index.sharing.taking import take_away, take_in, tidy
from index.store import rows
from index.store.database import connect, faults, transaction
from index.store.foreign import valid, without_local_images
from index.store.vector_log import WIDTH, Vectors32
from index.store.writer import next_generation
from index.vectors import Vectors
from models.minilm import WEIGHTS_SHA256

Progress = Callable[[int, int], None]
"""Called with the generations taken in and all that there are to take."""


_OF_ITS_OWN = (
    "SELECT 1 FROM products WHERE source NOT IN (SELECT source FROM events) "
    "UNION ALL SELECT 1 FROM pages LIMIT 1"
)
"""A person's own orders brought products too, and those keep nobody from following an index."""


class UnfinishedError(SharingError):
    """The owner is just making the shared index anew."""


class Mirrored(NamedTuple):
    """What one visit has brought."""

    taken: int = 0
    withdrawn: int = 0
    refused: int = 0
    """Rows that are no record of ours."""
    own: int = 0
    """Records whose id something of this home's own bears already; its own was kept."""
    other_embedder: bool = False
    """The vectors are of another embedder's making, so this home makes its own."""


class Incoming(NamedTuple):
    """One row of the server that was held to its form."""

    kind: str
    id: str
    record: SharedRecord | None
    """None where it is withdrawn."""
    vector: Vectors32 | None = None


def mirror(
    path: Path, vectors: Vectors, server: Server, progress: Progress = lambda _done, _of: None
) -> Mirrored:
    """Bring the catalogue at `path` to what the server's index holds now; one request where nothing changed.

    The home that publishes the index has nothing to take. Raises SharingError where the server holds no
    index, or this home one of its own; LockedError; and ServerError, after which the next visit goes on.
    """
    said = published(server)
    if said is None:
        raise SharingError(
            f"{server.address} holds no index yet; the home that has the products publishes it with "
            f"`productresearch index publish --chroma {server.address}`."
        )
    with closing(connect(path)) as connection, faults(path):
        here = _standing(connection, said[1], server)
        if here.role == "owner" or here.generation == said[1].generation:
            return Mirrored()
        try:
            with FileLock(path.with_name("sharing.lock"), timeout=0):
                # Another process may have taken some in until now.
                here = _standing(connection, said[1], server)
                return _Mirroring(connection, vectors, server, said, here).run(progress)
        except Timeout as error:
            raise LockedError("Another process is taking in what changed on the server.") from error


def _standing(connection: sqlite3.Connection, said: Published, server: Server) -> Standing:
    """Where this home stands with the server's index; raises SharingError where it may not follow it."""
    here = standing(connection)
    if here is None:
        if connection.execute(_OF_ITS_OWN).fetchone():
            raise SharingError(
                "This home has products of its own, and only an empty one can follow a shared index; name "
                "one with PRODUCTRESEARCH_HOME."
            )
        return Standing(role="mirror", epoch=said.epoch, owner=said.owner)
    if here.owner != said.owner:
        whose = "publishes an index of its own" if here.role == "owner" else "follows another index"
        raise SharingError(
            f"This home {whose}, and {server.address} holds another one; name an empty home with "
            "PRODUCTRESEARCH_HOME."
        )
    if here.role == "mirror" and (here.epoch != said.epoch or here.generation > said.generation):
        return Standing(role="mirror", epoch=said.epoch, owner=said.owner)
    return here


class _Mirroring:
    """One visit."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        vectors: Vectors,
        server: Server,
        said: tuple[Shelf, Published],
        here: Standing,
    ) -> None:
        self._connection = connection
        self._vectors = vectors
        self._server = server
        self._products, self._said = said
        self._here = here
        self._same_embedder = (self._said.embedder, self._said.width) == (WEIGHTS_SHA256, WIDTH)
        self._counted: Counter[str] = Counter()

    def run(self, progress: Progress) -> Mirrored:
        records = self._server.shelf(RECORDS)
        if records is None or (records.metadata or {}).get("epoch") != self._said.epoch:
            raise UnfinishedError(
                f"The index at {self._server.address} is just being made anew; try again soon."
            )
        if self._here.generation == 0:
            self._begin_anew()
        first = self._here.generation
        for generation in range(first + 1, self._said.generation + 1):
            found = [
                *self._server.rows(records, generation, vectors=False),
                *self._server.rows(self._products, generation, vectors=self._same_embedder),
            ]
            self._take(found, generation)
            progress(generation - first, self._said.generation - first)
        self._leave_behind()
        counted = self._counted
        return Mirrored(
            counted["taken"], counted["gone"], counted["refused"], counted["own"], not self._same_embedder
        )

    def _begin_anew(self) -> None:
        """What an earlier epoch brought stays until all of this one is here."""
        with transaction(self._connection):
            self._connection.execute("UPDATE shared SET generation = 0")
            stand(self._connection, self._here)

    def _leave_behind(self) -> None:
        """Take away what only an earlier epoch had."""
        stale = self._connection.execute("SELECT kind, id FROM shared WHERE generation = 0").fetchall()
        with transaction(self._connection):
            generation = next_generation(self._connection) if stale else 0
            take_away(self._connection, [each for each in stale if each[0] in KINDS], generation)
            self._connection.execute("DELETE FROM shared WHERE generation = 0")
            tidy(self._connection)
        self._counted["gone"] += len(stale)

    def _take(self, found: Sequence[Row], generation: int) -> None:
        incoming = [each for row in found if (each := self._held_to_form(row, generation))]
        # First: vectors without their products do no harm, and the other way round they would be made here.
        self._keep_vectors(incoming)
        with transaction(self._connection):
            taken = [each for each in incoming if not self._is_own(each)]
            self._counted["own"] += len(incoming) - len(taken)
            brought = {(each.kind, each.id): each.record for each in taken if each.record is not None}
            gone = [(each.kind, each.id) for each in taken if each.record is None]
            if taken:
                number = next_generation(self._connection)
                take_in(self._connection, list(brought.values()), number)
                take_away(self._connection, gone, number)
            note(self._connection, [(*name, "") for name in brought], generation)
            note(self._connection, [(*name, GONE) for name in gone], generation)
            self._here = self._here.model_copy(update={"generation": generation})
            stand(self._connection, self._here)
        self._counted["taken"] += len(brought)
        self._counted["gone"] += len(gone)

    def _held_to_form(self, row: Row, generation: int) -> Incoming | None:
        """The row as what it says that it is; None, and counted, where it is not."""
        kind, text = row.metadata.get("kind"), row.metadata.get("record")
        try:
            if (
                row.metadata.get("generation") != generation
                or not isinstance(text, str)
                or len(text) > LONGEST
            ):
                raise ValueError("no row of this generation")
            if kind == WITHDRAWN:
                name, record_id = text.split(SEPARATOR, 1)
                return Incoming(KINDS[name].name, record_id, None)
            record = valid(KINDS[str(kind)].record, text)
            if isinstance(record, Product):
                record = without_local_images(record)
            record_id = id_of(record)
            if row.id != (record_id if kind == "product" else row_id(str(kind), record_id)):
                raise ValueError("a row under another's name")
        except (ValidationError, ValueError, KeyError):
            self._counted["refused"] += 1
            return None
        vector = _unit(row.vector) if self._same_embedder else None
        return Incoming(str(kind), record_id, record, vector)

    def _is_own(self, incoming: Incoming) -> bool:
        """Whether this home bore the id before the server told of it."""
        if incoming.kind not in ("product", "review", "page"):
            return False
        name = (incoming.kind, incoming.id)
        if self._connection.execute("SELECT 1 FROM shared WHERE kind = ? AND id = ?", name).fetchone():
            return False
        found = self._connection.execute(f"SELECT 1 FROM {incoming.kind}s WHERE id = ?", (incoming.id,))
        return found.fetchone() is not None

    def _keep_vectors(self, incoming: Sequence[Incoming]) -> None:
        kept = {
            each.id: (rows.hashed(rows.embedded_text(each.record)), each.vector)
            for each in incoming
            if isinstance(each.record, Product) and each.vector is not None and not self._is_own(each)
        }
        if kept:
            # A drain that runs makes them itself.
            with suppress(LockedError):
                digests = {product_id: digest for product_id, (digest, _) in kept.items()}
                self._vectors.keep(digests, np.stack([vector for _, vector in kept.values()]))


def id_of(record: SharedRecord) -> str:
    """The id by which a record is shared."""
    if isinstance(record, Product | Review | Page):
        return record.id
    if isinstance(record, Prices):
        return record.product_id
    if isinstance(record, SaidOfColumns):
        return SEPARATOR.join((record.source, record.category, record.attribute))
    assert isinstance(record, Imported)
    return SEPARATOR.join((record.source, record.digest))


def _unit(vector: Sequence[float] | None) -> Vectors32 | None:
    """A vector as the embedder makes them; None for anything else."""
    if vector is None or len(vector) != WIDTH:
        return None
    if not all(abs(number) <= 1.0 for number in vector):
        return None
    made = np.asarray(vector, dtype=np.float32)
    return made if abs(float(np.linalg.norm(made)) - 1.0) < 1e-3 else None
