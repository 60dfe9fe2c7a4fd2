"""Faults as sentences: what the person reads in place of a traceback, and the exit code that goes with it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

FAILED, WRONG_USAGE, NOTHING_FITS, INTERRUPTED = 1, 2, 3, 130


@contextmanager
def told() -> Iterator[None]:
    """Turn a known fault into one sentence on stderr and exit code 1."""
    try:
        yield
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; what was done is kept.\n")
        raise typer.Exit(INTERRUPTED) from None
    except typer.Exit:
        raise
    except Exception as error:
        if not isinstance(error, _known()):
            raise
        sys.stderr.write(f"{_sentence(error)}\n")
        raise typer.Exit(FAILED) from None


def _known() -> tuple[type[Exception], ...]:
    """The error trees of the floors below; imported here because `--help` must not pay for them."""
    from agent.opening import QuestionError
    from agent.session import SessionError
    from index.errors import CatalogueError
    from index.importers.faults import ImportFaultError
    from models.engine import EngineError
    from tui.export import ExportError
    from tui.settings import SettingsError

    return (
        QuestionError,
        SessionError,
        CatalogueError,
        ImportFaultError,
        EngineError,
        ExportError,
        SettingsError,
        OSError,
    )


def _sentence(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text if text.endswith((".", "!", "?")) else f"{text}."
