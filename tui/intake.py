"""An import from the screen: what was given is tried file by file, confirmed as a whole, then brought in.

Every step reports through a `Listener` and is stopped by it. A file that cannot be imported does not keep the
others out. How it looks is left to `tui.widgets.intake`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.catalog import Catalog
from index.demo.shop import build_demo
from index.importers.faults import ImportFaultError
from index.importers.import_report import ImportReport
from tui.embedding import embed_pending
from tui.import_text import roles_of
from tui.ingesting import Importable, ingest_apart
from tui.listener import Listener, StoppedError
from tui.pasted import files_of, save_rows, understand
from tui.told import sentence

WITHOUT_VECTORS = (
    "Stopped: until the vectors are made, words alone find what is new; "
    "`productresearch index rebuild` makes them."
)


@dataclass(frozen=True)
class Given:
    """What the person gave, as text."""

    what: str
    """Paths in any form, or rows."""
    mapping: str = ""
    """`role=column`, several parted by semicolons or commas."""
    schema: str = ""
    """Path of a column schema; empty for none."""


@dataclass(frozen=True)
class Tried:
    """What a dry run said of one file, or why it cannot be imported."""

    file: Path
    report: ImportReport | None = None
    refusal: str = ""


@dataclass(frozen=True)
class Taken:
    """What became of one file: a report, a fault, or that it was stopped."""

    file: Path
    report: ImportReport | None = None
    fault: str = ""


def files_given(given: Given, folder: Path) -> tuple[Path, ...]:
    """The files meant; pasted rows become one in `folder`. Raises FileFaultError or OSError."""
    pasted = understand(given.what)
    if pasted.rows:
        return (save_rows(pasted.rows, folder),)
    return tuple(dict.fromkeys(file for path in pasted.paths for file in files_of(path)))


def try_files(files: Sequence[Path], given: Given, catalog: Catalog, listener: Listener) -> Iterator[Tried]:
    """A dry run of each file; raises UsageError for a mapping that is none, and StoppedError."""
    for file in files:
        try:
            yield Tried(file, _ingest(file, given, catalog, listener, dry_run=True))
        except (ImportFaultError, OSError) as error:
            yield Tried(file, refusal=sentence(error))


def take_files(files: Sequence[Path], given: Given, catalog: Catalog, listener: Listener) -> Iterator[Taken]:
    """Import each file; where it is stopped, what was committed of that file is kept and the rest is left."""
    for file in files:
        try:
            yield Taken(file, _ingest(file, given, catalog, listener, dry_run=False))
        except StoppedError:
            yield Taken(
                file,
                fault="Stopped: what was read until then is kept; importing the file again completes it, "
                "and removing its source takes it out.",
            )
            return
        except Exception as error:  # the other files are not lost over it
            yield Taken(file, fault=sentence(error))


def write_demo(catalog: Catalog, listener: Listener) -> int:
    """Write the demo shop; the number of its records. Raises StoppedError."""
    return build_demo(
        catalog, progress=lambda count: listener.hear("Writing the demo shop", 0, 0, count, "records")
    )


def make_vectors(home: Path, catalog: Catalog, listener: Listener) -> str:
    """Make the vectors that are missing; what the person should know of it, or nothing."""
    if listener.cancel.is_set():
        return WITHOUT_VECTORS
    try:
        embed_pending(home, catalog, listener.embedding())
    except StoppedError:
        return WITHOUT_VECTORS
    except Exception as error:  # the products are in, and words find them
        return f"Words alone find what is new: {sentence(error)}"
    return ""


def _ingest(file: Path, given: Given, catalog: Catalog, listener: Listener, *, dry_run: bool) -> ImportReport:
    schema = Path(given.schema.strip()).expanduser() if given.schema.strip() else None
    pairs = filter(None, (pair.strip() for pair in given.mapping.replace(",", ";").split(";")))
    told = listener.reading(f"{'Looking at' if dry_run else 'Importing'} {file.name}")
    return ingest_apart(Importable(file, schema, roles_of(pairs), dry_run), catalog.path, told)
