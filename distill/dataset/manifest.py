"""What is said of a data set for programs: how it was made, and the sum of every file."""

from agent.wire import WIRE_VERSION
from distill.dataset.samples import Form
from distill.dialogue import Seats
from distill.internalizing.variants import VariantName
from index.product import Record

FORMAT = 1


class ExportSettings(Record):
    """What is written of the dialogues."""

    variant: VariantName = "internalized"
    form: Form = "whole"
    context_tokens: int = 0
    """Size of the live agent's context, to add long trajectories in compacted contexts too; 0 adds none."""
    seed: int = 0
    """Of the run that made the dialogues."""
    licences: tuple[tuple[str, str], ...] = ()
    """Of each source of the catalogues: its name and its licence."""


class FileSum(Record):
    """One file of a data set."""

    name: str
    sha256: str
    bytes: int
    lines: int


class Manifest(Record):
    """What a data set holds and how it was made."""

    format: int = FORMAT
    wire: int = WIRE_VERSION
    settings: ExportSettings
    seats: tuple[Seats, ...]
    """Who sat at the table, every combination once."""
    files: tuple[FileSum, ...]
