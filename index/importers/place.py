"""Where an imported file stands: what its records and rejected rows call it, and whether it stays."""

from pathlib import Path

from index.importers.proposals import source_name
from index.product import Product, Record
from index.store.rows import AnyRecord

REJECTS = "rejects"
"""The folder of rejected rows, beside the catalogue."""


class Place(Record):
    """A file's place; the empty one is that of a file which was named itself."""

    name: str = ""
    """What the file is called where that is not its name: its path in a folder or in an archive."""
    passing: bool = False
    """Whether the file goes after the import, and with it the pictures beside it."""

    def named(self, path: Path) -> str:
        """What the file is called."""
        return self.name or path.name

    def source(self, path: Path, proposed: str) -> str:
        """The source as proposed, but where that is the file's bare name: files of many folders share one."""
        if not self.name or proposed != source_name(path):
            return proposed
        parts = (source_name(Path(part)).removesuffix(".zip") for part in self.name.split("/"))
        return source_name(Path("-".join(parts)))

    def rejects_file(self, folder: Path, source: str, path: Path) -> Path:
        """Where rows that were rejected are kept."""
        name = self.named(path).replace("/", "-")[-120:]
        return folder / REJECTS / f"{source}-{name}.jsonl"

    def placed(self, record: AnyRecord) -> AnyRecord:
        """The record as the file's place has it."""
        if self.name:
            origin = record.origin.model_copy(update={"file": self.name})
            record = record.model_copy(update={"origin": origin})
        if self.passing and isinstance(record, Product):
            record = record.model_copy(update={"images": tuple(i for i in record.images if "://" in i)})
        return record
