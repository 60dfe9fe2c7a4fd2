"""The rows of a recognized file, whatever its form is; each form has a file of its own."""

from collections.abc import Callable, Iterator

from index.importers.delimited import read_delimited
from index.importers.feed import read_feed
from index.importers.json_document import read_document
from index.importers.jsonl import read_jsonl
from index.importers.lines import Form, Lines, SourceFile
from index.importers.parquet import read_parquet
from index.importers.rows import Nesting, Rejected, Row


class RowSource:
    """The rows of a file, read once; how far and what was odd about them is told afterwards."""

    def __init__(self, file: SourceFile, nesting: Nesting) -> None:
        self._lines = Lines(file)
        self._rows = _READERS[file.form](self._lines, nesting)

    def __iter__(self) -> Iterator[Row | Rejected]:
        return self._rows

    @property
    def position(self) -> int:
        """Bytes of the file on disk that were read."""
        return self._lines.position

    @property
    def notes(self) -> list[str]:
        """Sentences about the file as a whole."""
        told = [self._lines.broken] if self._lines.broken else []
        if self._lines.guessed:
            told.append(f"{self._lines.guessed} lines were not UTF-8 and were read as Windows-1252.")
        return told


def _delimited(lines: Lines, _nesting: Nesting) -> Iterator[Row | Rejected]:
    return read_delimited(lines)


_READERS: dict[Form, Callable[[Lines, Nesting], Iterator[Row | Rejected]]] = {
    "jsonl": read_jsonl,
    "json": read_document,
    "delimited": _delimited,
    "feed": read_feed,
    "parquet": read_parquet,
}
