"""A whole index as one folder with a manifest, for a machine with no network.

The catalogue's records are written anew on both sides, so that nothing of a person's past that was not asked
for is in any byte, and what is derived agrees with them wherever the folder came from. Vectors come along,
so that the other machine embeds nothing.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from index.catalog import Catalog
from index.errors import ConflictError, ManifestError, VectorsError
from index.manifest import (
    Manifest,
    check_folder,
    copy_checked,
    demand_empty,
    whole_or_nothing,
    write_manifest,
)
from index.product import Record, first_fault
from index.sharing.ledger import leave, standing
from index.store.copying import Copied, copy_catalogue
from index.store.database import SCHEMA_VERSION, connect, disk_faults, faults, transaction
from index.store.vector_log import Vectors32
from index.vectors import Vectors
from models.minilm import DIMENSIONS, WEIGHTS_SHA256

KIND = "index"
CATALOGUE = "catalog.sqlite"
VECTORS = "vectors"
CONTENTS = "contents.json"
ARRIVING = ".import"
"""The folder's files lie here until they are in the home."""
_LONGEST_CONTENTS = 1 << 16

Progress = Callable[[int], None]
"""Called with the products copied so far."""
Embedding = Callable[[int, int], None]


class Contents(Record):
    """What the receiving machine must know."""

    schema_version: str = SCHEMA_VERSION
    embedder: str = WEIGHTS_SHA256
    """SHA-256 of the weights that made the vectors."""
    width: int = DIMENSIONS
    history: bool
    """Whether the person asked for their past to be in it."""


class Put(NamedTuple):
    """What was put into a folder."""

    copied: Copied
    vectors: tuple[str, ...]
    """Names of the files of vectors; none where there are no usable ones."""


class TakenIn(NamedTuple):
    """What came out of a folder."""

    copied: Copied
    vectors: bool
    """Whether its vectors came along; otherwise they were made here."""


def put_index(
    home: Path, catalogue: Path, vectors: Path, *, with_events: bool, progress: Progress = lambda _: None
) -> Put:
    """Write the index of a home into a new file and a new folder; raises CatalogueError."""
    copied = copy_catalogue(home / "catalog.sqlite", catalogue, with_events=with_events, progress=progress)
    catalogue.with_name(f"{catalogue.name}.lock").unlink(missing_ok=True)
    with (
        Catalog.open(catalogue) as catalog,
        closing(Vectors.open(home / "chroma", _embeds_nothing)) as held,
    ):
        try:
            any_there = held.copy(vectors, catalog)
        except VectorsError:
            shutil.rmtree(vectors, ignore_errors=True)
            any_there = 0
    return Put(copied, ("vectors.f32", "vectors.jsonl") if any_there else ())


def export_index(
    home: Path,
    folder: Path,
    now: datetime,
    *,
    with_history: bool,
    progress: Progress = lambda _: None,
) -> tuple[Manifest, Put]:
    """Write a whole index into an empty folder, or nothing; raises CatalogueError."""
    if not (home / "catalog.sqlite").exists():
        raise ConflictError("There are no products here, so there is nothing to export.")
    demand_empty(folder)
    with whole_or_nothing(folder):
        put = put_index(
            home, folder / CATALOGUE, folder / VECTORS, with_events=with_history, progress=progress
        )
        contents = Contents(history=with_history)
        (folder / CONTENTS).write_text(contents.model_dump_json(indent=1) + "\n", encoding="utf-8")
        roles = {CATALOGUE: "catalogue", CONTENTS: "contents"}
        roles |= {f"{VECTORS}/{name}": "vectors" for name in put.vectors}
        manifest = write_manifest(folder, KIND, roles, now)
    return manifest, put


def check_index(folder: Path) -> tuple[Manifest, Contents]:
    """Hold every byte of an exported index against its manifest; raises ManifestError."""
    manifest = check_folder(folder, KIND)
    for path in (CATALOGUE, CONTENTS):
        manifest.entry(path)
    if manifest.entry(CONTENTS).bytes > _LONGEST_CONTENTS:
        raise ManifestError(f"{folder / CONTENTS} is larger than any; export the index anew.")
    try:
        contents = Contents.model_validate_json((folder / CONTENTS).read_bytes())
    except ValidationError as error:
        raise ManifestError(f"{folder / CONTENTS} cannot be read ({first_fault(error)}).") from error
    if contents.schema_version != SCHEMA_VERSION:
        raise ManifestError(
            f"The index in {folder} was exported by another version (schema {contents.schema_version!r:.20}, "
            f"here {SCHEMA_VERSION}); export it anew with this one."
        )
    return manifest, contents


def import_index(
    home: Path,
    folder: Path,
    vectors: Vectors,
    *,
    replace: bool = False,
    progress: Progress = lambda _: None,
    embedding: Embedding = lambda _done, _of: None,
) -> TakenIn:
    """Take a checked folder into a home that has no products, or in place of them; raises CatalogueError.

    The home's own records go and the others come in one transaction, so that a kill leaves one or the other
    whole; vectors that it cost are made by the next drain.
    """
    manifest, contents = check_index(folder)
    path = home / "catalog.sqlite"
    _demand_free(path, replace=replace)
    with _arriving(home) as arriving:
        catalogue = copy_checked(folder, manifest.entry(CATALOGUE), arriving / CATALOGUE)
        for entry in manifest.having("vectors"):
            copy_checked(folder, entry, arriving / entry.path)
        copied = copy_catalogue(
            catalogue, path, with_events=contents.history, replace=replace, progress=progress
        )
        along = (arriving / VECTORS / "vectors.jsonl").exists() and _made_alike(contents)
        if along:
            vectors.take_in(arriving / VECTORS)
        with Catalog.open(path) as catalog:
            vectors.drain(catalog, embedding)
    return TakenIn(copied, along)


def _made_alike(contents: Contents) -> bool:
    return (contents.embedder, contents.width) == (WEIGHTS_SHA256, DIMENSIONS)


def _demand_free(path: Path, *, replace: bool) -> None:
    """Raise ConflictError where a home holds records that nobody said should go."""
    if not path.exists():
        return
    with Catalog.open(path) as catalog:
        counts = catalog.counts()
    held = counts.products or counts.reviews or counts.pages or counts.events
    if held and not replace:
        raise ConflictError(
            f"{path.parent} has {counts.products:,} products already; give --replace to put the folder's in "
            "their place, or name an empty home with PRODUCTRESEARCH_HOME."
        )
    with closing(connect(path)) as connection, faults(path), transaction(connection):
        here = standing(connection)
        if here is not None and here.role == "mirror":
            leave(connection)  # what it has then is not what the server told


@contextmanager
def _arriving(home: Path) -> Iterator[Path]:
    arriving = home / ARRIVING
    with disk_faults(home):
        shutil.rmtree(arriving, ignore_errors=True)
        arriving.mkdir(mode=0o700, parents=True)
    try:
        yield arriving
    finally:
        shutil.rmtree(arriving, ignore_errors=True)


def _embeds_nothing(texts: object) -> Vectors32:
    raise AssertionError(f"a copy embeds nothing, and was asked for {texts!r:.80}")
