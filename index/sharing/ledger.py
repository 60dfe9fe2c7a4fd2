"""What a home knows of its shared index: whose it is, how far it has come, and every record that was shared.

It stands in the catalogue, so that it is committed with the records that it speaks of.
"""

import sqlite3
from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from index.product import Record
from models.minilm import DIMENSIONS, WEIGHTS_SHA256

MOST_GENERATIONS = 10_000_000
"""A server that tells of more is not believed: each costs a request."""
GONE = "gone"
"""Digest of a record that was withdrawn."""


class Published(Record):
    """What a server's collection says of the index in it."""

    format: Literal[1] = 1
    epoch: str = Field(pattern=r"^[0-9a-f]{32}$")
    """Another one where the index was published anew from its beginning."""
    owner: str = Field(pattern=r"^[0-9a-f]{32}$")
    """The home that alone writes."""
    generation: int = Field(default=0, ge=0, le=MOST_GENERATIONS)
    """Of the last records; each generation has some hundreds at most."""
    embedder: str = WEIGHTS_SHA256
    """SHA-256 of the weights that made the vectors."""
    width: int = DIMENSIONS


class Standing(Record):
    """How far this home has come with a shared index."""

    role: Literal["owner", "mirror"]
    epoch: str
    owner: str
    generation: int = 0


def standing(connection: sqlite3.Connection) -> Standing | None:
    """Where this home stands; None where it shares nothing."""
    found = connection.execute("SELECT value FROM meta WHERE key = 'sharing'").fetchone()
    return Standing.model_validate_json(found[0]) if found else None


def stand(connection: sqlite3.Connection, standing: Standing) -> None:
    """Keep where this home stands, inside the caller's transaction."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('sharing', ?)", (standing.model_dump_json(),))


def note(connection: sqlite3.Connection, records: Iterable[tuple[str, str, str]], generation: int) -> None:
    """Note records by kind, id and digest, inside the caller's transaction."""
    connection.executemany(
        "INSERT OR REPLACE INTO shared VALUES (?, ?, ?, ?)",
        [(kind, record_id, digest, generation) for kind, record_id, digest in records],
    )


def forget(connection: sqlite3.Connection) -> None:
    """Forget every record, inside the caller's transaction."""
    connection.execute("DELETE FROM shared")


def leave(connection: sqlite3.Connection) -> None:
    """Share nothing any more, inside the caller's transaction."""
    connection.execute("DELETE FROM meta WHERE key = 'sharing'")
    forget(connection)
