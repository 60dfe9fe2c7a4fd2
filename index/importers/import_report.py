"""What an import says while it runs and when it is done; how it looks on a screen is left to `tui`."""

from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from index.importers.proposals import Proposal
from index.product import Record


class Progress(NamedTuple):
    """How far an import is."""

    stage: Literal["scanning", "importing"]
    rows: int
    done: int
    """Bytes of the file on disk that were read."""
    total: int


class ImportReport(Record):
    """What an import did, or in a dry run would do."""

    source: str
    kind: str
    recognized_as: str
    joins: str = ""
    """The source whose products or orders it is about, where that is another one."""
    known: bool = False
    """Whether a schema says what the columns mean, so that none was guessed."""
    records: dict[str, int] = Field(default_factory=dict)
    """How many records of each kind it gave; a saved page gives several kinds."""
    read: int = 0
    """Rows read, rejected ones included."""
    new: int = 0
    changed: int = 0
    same: int = 0
    """Records that the catalogue held already."""
    repeated: int = 0
    """Rows that say again what another row of the file says, or add an offer to it."""
    skipped: int = 0
    """Rows that are no record by their own account, such as cancelled orders."""
    rejected: int = 0
    rejects_file: Path | None = None
    rejects: tuple[str, ...] = ()
    """The first reasons, with their rows."""
    notes: tuple[str, ...] = ()
    """Sentences about the file as a whole."""
    proposals: tuple[Proposal, ...] = ()
    """What each column was taken to mean where no schema said it."""
    proposed_schema: str = ""
    """The same as a column schema in TOML, to be corrected and used."""
    examples: tuple[str, ...] = ()
    """In a dry run: the first records as JSON."""
