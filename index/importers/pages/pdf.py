"""The text of a PDF, read in a process of its own: whatever a file does to the reader, it ends.

Encrypted files and files of pictures only are refused with one sentence.
"""

import json
import logging
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from index.importers.faults import FileFaultError

_SECONDS = 60.0
_MEMORY = 2 << 30
_MOST_BYTES = 100_000_000
_MOST_PAGES = 500
_MOST_TEXT = 2_000_000
_RUN = "from index.importers.pages.pdf import work; work()"
_ENCRYPTED = "is encrypted; save it without a password and import that"
_DAMAGED = "is damaged or no PDF; fetch it again"


class PdfText(NamedTuple):
    """What was read of a PDF."""

    title: str
    pages: tuple[tuple[int, str], ...]
    """Number and text of each page that has any."""
    note: str
    """One sentence where not all of it was read."""


def read_pdf(path: Path, seconds: float = _SECONDS) -> PdfText:
    """The text of a PDF, page by page; raises FileFaultError where there is none."""
    if path.stat().st_size > _MOST_BYTES:
        raise FileFaultError(
            f"{path} is larger than {_MOST_BYTES / 1e6:.0f} MB; a PDF to be read may not be."
        )
    command = [sys.executable, "-P", "-c", _RUN, str(path)]
    note = ""
    try:
        ran = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
        )
        output = ran.stdout
    except subprocess.TimeoutExpired as expired:
        output = expired.stdout or b""
        note = (
            f"{path.name} was read for {seconds:g} seconds and then left; what was read until then is kept."
        )
    told = [json.loads(line) for line in output.splitlines(keepends=True) if line.endswith(b"\n")]
    title = next((line["title"] for line in told if "title" in line), "")
    fault = next((line["fault"] for line in told if "fault" in line), "")
    cut = next((line["cut"] for line in told if "cut" in line), "")
    pages = tuple((line["page"], line["text"]) for line in told if line.get("text", "").strip())
    if fault or not (pages or note or any("page" in line for line in told)):
        raise FileFaultError(f"{path} {fault or _DAMAGED}.")
    if not pages:
        raise FileFaultError(
            f"{path} holds {'no text that was found in time' if note else 'no text, only pictures'}; "
            "run it through text recognition and import what that makes."
        )
    return PdfText(title, pages, note or (f"{path.name}: {cut}." if cut else ""))


def work() -> None:
    """The child's side: lines of JSON on standard output, a page each."""
    _bound()
    logging.disable(logging.CRITICAL)
    try:
        _read(Path(sys.argv[1]))
    except Exception:  # the parent says in a sentence that it is damaged
        _tell(fault=_DAMAGED)


def _read(path: Path) -> None:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError

    reader = PdfReader(path)
    try:
        if reader.is_encrypted and not reader.decrypt(""):
            _tell(fault=_ENCRYPTED)
            return
        with suppress(Exception):
            _tell(title=str((reader.metadata and reader.metadata.title) or ""))
        count, length = len(reader.pages), 0
        for number, page in enumerate(reader.pages, start=1):
            if number > _MOST_PAGES or length > _MOST_TEXT:
                _tell(cut=f"of its {count:,} pages the first {number - 1:,} were read")
                return
            text = ""
            with suppress(Exception):  # one damaged page does not cost the others
                text = page.extract_text()[:_MOST_TEXT]
            length += len(text)
            _tell(page=number, text=text)
    except (DependencyError, FileNotDecryptedError):
        _tell(fault=_ENCRYPTED)


def _tell(**said: object) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def _bound() -> None:
    """No more memory and processor time than a readable PDF needs, where the system can be asked for that."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (int(_SECONDS) + 5, int(_SECONDS) + 5))
