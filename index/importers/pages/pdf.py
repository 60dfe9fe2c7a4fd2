"""The text of a PDF, page by page; encrypted and damaged files and those of pictures only are refused.

It is run in a process of its own (`apart`): some files keep the library busy for ever.
"""

import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from index.importers.faults import FileFaultError

_MOST_BYTES = 100_000_000
_MOST_PAGES = 500
_MOST_TEXT = 2_000_000


class PdfPage(NamedTuple):
    """The text of one page."""

    number: int
    text: str


class Pdf:
    """A PDF that was opened; `note` says afterwards where not all of it was read."""

    def __init__(self, path: Path) -> None:
        """Open a PDF; raises FileFaultError where it cannot be read."""
        from pypdf import PdfReader  # 0.2 s, for those who import a PDF
        from pypdf.errors import DependencyError

        # The library warns of every blemish of a file.
        logging.getLogger("pypdf").setLevel(logging.CRITICAL)
        self._path = path
        self.note = ""
        if path.stat().st_size > _MOST_BYTES:
            raise FileFaultError(
                f"{path} is larger than {_MOST_BYTES / 1e6:.0f} MB; a PDF to be read may not be."
            )
        try:
            self._reader = PdfReader(path)
            locked = self._reader.is_encrypted and not self._reader.decrypt("")
            self._count = 0 if locked else len(self._reader.pages)
        except DependencyError:
            locked = True
        except Exception as error:  # whatever a damaged file brings the library to
            raise FileFaultError(f"{path} is damaged or no PDF; fetch it again.") from error
        if locked:
            raise FileFaultError(f"{path} is encrypted; save it without a password and import that.")

    @property
    def title(self) -> str:
        """What the PDF calls itself, or nothing."""
        with suppress(Exception):
            return str((self._reader.metadata and self._reader.metadata.title) or "")
        return ""

    def pages(self) -> Iterator[PdfPage]:
        """The pages that have any text; raises FileFaultError where none has."""
        length = 0
        for number in range(1, self._count + 1):
            if number > _MOST_PAGES or length > _MOST_TEXT:
                self.note = f"Of its {self._count:,} pages the first {number - 1:,} were read."
                break
            text = ""
            with suppress(Exception):  # one damaged page does not cost the others
                text = self._reader.pages[number - 1].extract_text()[:_MOST_TEXT]
            if text.strip():
                length += len(text)
                yield PdfPage(number, text)
        if not length:
            raise FileFaultError(
                f"{self._path} holds no text, only pictures; run it through text recognition and import what "
                "that makes."
            )
