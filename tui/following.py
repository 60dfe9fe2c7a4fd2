"""The shared index of a Chroma server, where the person names one: followed at opening, or published."""

import os
from contextlib import closing, suppress
from pathlib import Path

from index.catalog import Catalog
from index.errors import LockedError
from index.sharing.ledger import standing
from index.sharing.mirroring import Mirrored, Progress, UnfinishedError, mirror
from index.sharing.publishing import publish
from index.sharing.server import KEY, Server
from index.store.database import connect
from index.vectors import Vectors
from models.served_errors import (
    BusyError,
    DroppedError,
    FaultError,
    SlowServerError,
    UnreachableError,
)
from tui import settings
from tui.distilling.saying import Ticker, say
from tui.embedding import embed_pending, open_vectors, opened_embedder
from tui.told import UsageError

_AWAY = (UnreachableError, SlowServerError, DroppedError, BusyError, FaultError)
"""Faults that pass: until then a home works with what it has."""


def follow_told(chroma: str) -> None:
    """Follow the server that was named or is set, if any, and say what there is to say of it."""
    address = chroma or settings.load().chroma
    if not address:
        return
    with Ticker(every=50) as ticker:
        note = follow(
            settings.home(), address, lambda done, of: ticker.tell(done, f"{done:,} of {of:,} parts taken in")
        )
    if note:
        say(note)


def follow(home: Path, address: str, progress: Progress = lambda _done, _of: None) -> str:
    """Take in what changed on the server; a sentence where there is something to be said.

    Where the server does not answer, a home that followed it before goes on with what it has. Raises
    CatalogueError and ServerError.
    """
    path = home / "catalog.sqlite"
    with closing(opened_embedder(home)) as embedder, closing(open_vectors(home, embedder.embed)) as vectors:
        try:
            mirrored = _mirror(path, vectors, address, progress)
        except _AWAY as error:
            return _without(path, error)
        except (UnfinishedError, LockedError) as error:
            return _without(path, error)
    return _told(mirrored, address)


def _mirror(path: Path, vectors: Vectors, address: str, progress: Progress) -> Mirrored:
    with Server(address, os.environ.get(KEY)) as server:
        try:
            mirrored = mirror(path, vectors, server, progress)
        finally:
            # What came before the server went away is searchable too.
            _fill(path, vectors)
    return mirrored


def _fill(path: Path, vectors: Vectors) -> None:
    if not path.exists():
        return
    with Catalog.open(path) as catalog, suppress(LockedError):
        if catalog.counts().pending and _role(path) == "mirror":
            vectors.drain(catalog, lambda _done, _of: None)


def _without(path: Path, error: Exception) -> str:
    role = _role(path)
    if not role:
        raise error
    return f"{error} Until then, what the index held on the last visit." if role == "mirror" else ""


def _role(path: Path) -> str:
    """`owner`, `mirror`, or nothing."""
    if not path.exists():
        return ""
    with closing(connect(path)) as connection:
        here = standing(connection)
    return here.role if here else ""


def _told(mirrored: Mirrored, address: str) -> str:
    parts = []
    if mirrored.taken or mirrored.withdrawn:
        parts.append(
            f"{mirrored.taken:,} records taken in and {mirrored.withdrawn:,} away, as {address} has it."
        )
    if mirrored.refused:
        parts.append(f"{mirrored.refused:,} rows of the server are no records and were left out.")
    if mirrored.own:
        parts.append(f"{mirrored.own:,} bear ids that something of your own has, which was kept.")
    if mirrored.other_embedder and mirrored.taken:
        parts.append("Its vectors are another embedder's, so they were made here.")
    return " ".join(parts)


def publish_index(chroma: str) -> None:
    """Bring the server's index to what this home holds."""
    address = chroma or settings.load().chroma
    if not address:
        raise UsageError("Name the Chroma server: --chroma http://127.0.0.1:8000, or the setting `chroma`.")
    home = settings.home()
    path = home / "catalog.sqlite"
    if not path.exists():
        raise UsageError("There are no products here to publish; add some with `productresearch index add`.")
    with Catalog.open(path) as catalog, Ticker(every=20_000) as ticker:
        if catalog.counts().pending:
            with suppress(LockedError):
                embed_pending(home, catalog, lambda done, _: ticker.tell(done, f"{done:,} vectors"))
        with (
            Server(address, os.environ.get(KEY)) as server,
            closing(opened_embedder(home)) as embedder,
            closing(open_vectors(home, embedder.embed)) as vectors,
        ):
            done = publish(path, vectors, server, lambda count: ticker.tell(count, f"{count:,} records"))
    say(
        f"{done.written:,} records written and {done.withdrawn:,} withdrawn at {server.address}, "
        f"generation {done.generation:,}."
    )
    if done.waiting:
        say(f"{done.waiting:,} products have no vectors yet; publish again when they have.")
    if done.too_long:
        say(f"{done.too_long:,} records are too long to be shared and were left out.")
