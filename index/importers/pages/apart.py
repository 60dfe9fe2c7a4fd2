"""Pages, notes and PDFs read in a process of their own: whatever a file does to a parser, it ends.

A tag with a hundred thousand attributes keeps an HTML parser busy for minutes, a crafted PDF for ever. The
child says what it finds line by line, so that what it found before it was ended is kept. It starts in half a
second.
"""

import json
import os
import pickle
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from index.importers.children import told_apart
from index.importers.faults import FileFaultError
from index.importers.pages.reading import Found, Note, PageJob, read_page_file
from index.importers.rows import Rejected
from index.product import Page, Product, Review

SECONDS: Final = 60.0
MEMORY: Final = 3 << 30
MOST_TOLD: Final = 64_000_000
"""Characters that one file may become."""
_RUN: Final = "from index.importers.pages.apart import work; work()"


def read_apart(job: PageJob, seconds: float = SECONDS) -> Iterator[Found]:
    """What `read_page_file` gives and raises, within a time."""
    with told_apart(_RUN, job) as (pipe, child):
        began = time.monotonic()  # before the timer, which must not seem early
        late = threading.Timer(seconds, child.kill)
        late.start()
        ended = False
        try:
            for line in pipe:
                said = json.loads(line)
                ended = "end" in said
                if not ended:
                    yield _found(said)
        except ValueError:  # the last line of a child that was ended
            ended = False
        finally:
            late.cancel()
    if not ended:
        took = time.monotonic() - began
        why = f"takes more than {seconds:g} seconds" if took >= seconds else "broke what reads it"
        yield Note(f"{job.file.path.name} {why}; what was found by then is kept.")


def _found(said: dict[str, str]) -> Found:
    ((kind, text),) = said.items()
    match kind:
        case "product":
            return Product.model_validate_json(text)
        case "review":
            return Review.model_validate_json(text)
        case "page":
            return Page.model_validate_json(text)
        case "rejected":
            number, reason, kept = json.loads(text)
            return Rejected(number, reason, kept)
        case "fault":
            raise FileFaultError(text)
    return Note(text)


def work() -> None:
    """The child's side: what is to be read stands on its standard input."""
    if hasattr(os, "nice"):
        os.nice(5)
    _bound()
    job: PageJob = pickle.load(sys.stdin.buffer)
    left = MOST_TOLD
    try:
        for found in read_page_file(job):
            left -= _tell(*_said(found))
            if left < 0:
                _tell("note", f"{job.file.path.name} repeats itself too much; the first part of it was read.")
                break
    except FileFaultError as error:
        _tell("fault", str(error))
    except MemoryError:
        _tell("fault", f"{job.file.path} needs more memory than a page may have.")
    _tell("end", "")


def _said(found: Found) -> tuple[str, str]:
    if isinstance(found, Rejected):
        return "rejected", json.dumps([found.number, found.reason, found.text])
    if isinstance(found, Note):
        return "note", found.text
    return type(found).__name__.lower(), found.model_dump_json()


def _tell(kind: str, text: str) -> int:
    sys.stdout.write(json.dumps({kind: text}) + "\n")
    sys.stdout.flush()
    return len(text)


def _bound() -> None:
    """No more memory than a page needs, where the system can be asked for that."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
