"""Faults as sentences: what the person reads in place of a traceback, and the exit code that goes with it."""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from models.full_disk import is_full

_KIND = 0xFF
"""The bits of SQLite's error codes that say what kind of error it is."""
FAILED, WRONG_USAGE, NOTHING_FITS, INTERRUPTED = 1, 2, 3, 130


class UsageError(Exception):
    """What was typed cannot be meant; the sentence says what to type."""


@contextmanager
def told() -> Iterator[None]:
    """Turn a known fault into one sentence on stderr and an exit code; a reader who has left is no fault."""
    try:
        try:
            yield
        finally:
            # Otherwise a reader who has left is noticed at the interpreter's end, with a complaint.
            sys.stdout.flush()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; what was done is kept.\n")
        raise SystemExit(INTERRUPTED) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as error:
        from typer import Exit  # the app's first paint does not pay for it

        code = None if isinstance(error, Exit) else exit_code(error)
        if code is None:
            raise
        sys.stderr.write(f"{sentence(error)}\n")
        raise SystemExit(code) from None


def exit_code(error: Exception) -> int | None:
    """The exit code of a known fault; None where the fault is ours and a traceback is due."""
    # The error trees of the floors below are imported here because `--help` must not pay for them.
    from agent.opening import EmptyCatalogueError, QuestionError
    from agent.session import SessionError
    from distill.errors import DistillError
    from finetune.errors import FinetuneError, OutOfTimeError
    from index.errors import CatalogueError, NotFoundError, UnknownNameError, WhereError
    from index.importers.faults import ImportFaultError
    from index.text.numerals import QuantityError
    from index.text.units import UnitError
    from models.engine import EngineError
    from models.minilm_files import EmbedderError
    from tui.export import ExportError
    from tui.settings import SettingsError

    codes: tuple[tuple[int, tuple[type[Exception], ...]], ...] = (
        (INTERRUPTED, (OutOfTimeError,)),
        (FAILED, (EmptyCatalogueError,)),
        (NOTHING_FITS, (NotFoundError,)),
        (WRONG_USAGE, (UsageError, QuestionError, UnknownNameError, WhereError, QuantityError, UnitError)),
        (
            FAILED,
            (CatalogueError, DistillError, FinetuneError, ImportFaultError, SessionError, SettingsError),
        ),
        (FAILED, (EngineError, EmbedderError, ExportError, OSError, sqlite3.Error)),
    )
    return next((code for code, kinds in codes if isinstance(error, kinds)), None)


def sentence(error: Exception) -> str:
    """What a fault says, with a capital letter and a full stop."""
    if isinstance(error, OSError) and is_full(error):
        text = "The disk is full; make room and do it again, what was done is kept"
    elif isinstance(error, OSError) and error.filename is not None:
        text = f"{error.filename}: {error.strerror}"
    elif isinstance(error, sqlite3.Error):
        text = f"The stored data cannot be read or written ({error}); nothing that was stored is lost"
        if error.sqlite_errorcode & _KIND in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            text += "; make room on the disk"
    else:
        text = str(error).strip() or type(error).__name__
    # An attribute's name or a path is no word to be written with a capital.
    if text.split(maxsplit=1)[0].isalpha():
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "`")) else f"{text}."


def inert_sentence(error: Exception) -> str:
    """What a screen says of any fault, foreseen or not, as plain text."""
    from index.text.sanitize import plain

    if exit_code(error) is not None:
        return plain(sentence(error))
    return plain(
        f"Something unforeseen went wrong ({type(error).__name__}: {error}); nothing stored is lost."
    )
