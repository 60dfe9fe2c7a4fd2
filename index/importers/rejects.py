"""The file of rejected rows: one JSON object a line with the row's number, the reason and its text."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.importers.faults import FileFaultError
from index.importers.rows import Rejected

FIRST_REASONS = 5
"""How many reasons the report itself shows."""


class Rejects:
    """The rejects file, made when the first row is rejected."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.count = 0
        self.reasons: list[str] = []

    def begin(self) -> None:
        """Forget what an earlier version of the file had rejected; raises FileFaultError."""
        if self.path:
            with _told(self.path):
                self.path.unlink(missing_ok=True)

    def add(self, rejected: Rejected) -> None:
        """Keep one rejected row; raises FileFaultError."""
        self.count += 1
        if len(self.reasons) < FIRST_REASONS:
            self.reasons.append(f"row {rejected.number}: {rejected.reason}")
        if self.path is None:
            return
        line = json.dumps({"row": rejected.number, "reason": rejected.reason, "text": rejected.text})
        with _told(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch(mode=0o600, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileFaultError(f"The rejects file {path} cannot be written: {error.strerror}.") from error
