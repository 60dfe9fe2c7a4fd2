"""`productresearch research`: a session driven at a plain terminal, from question to printed report."""

import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from agent.loop import Interrupted, Reported, Research
from agent.report.markdown import markdown
from agent.report.record import Report
from tui import settings as configuration
from tui.export import ExportError, check_path, export
from tui.narration import Narrator
from tui.person import Absent, Terminal
from tui.run import open_run, overridden
from tui.told import INTERRUPTED, NOTHING_FITS, UsageError


@dataclass(frozen=True)
class Request:
    """What was typed."""

    question: str = ""
    resume: str = ""
    out: Path | None = None
    yes: bool = False
    as_json: bool = False
    overrides: Mapping[str, object] = field(default_factory=dict)
    """Settings given as options; None where an option was not given."""


def research_in_terminal(request: Request) -> int:
    """Research, print, export; the exit code."""
    if request.out is not None:
        check_out(request.out)
    settings = overridden(configuration.load(), request.overrides)
    cancel = threading.Event()
    console = Console(stderr=True)
    asked = not request.yes and sys.stdin.isatty() and sys.stderr.isatty()
    person = Terminal(console, cancel, settings.approve_plan) if asked else Absent()
    home = configuration.home()
    if settings.chroma:
        from tui.following import follow_told  # what speaks to a server, which most never name

        follow_told(settings.chroma)
    with open_run(request.question, request.resume, settings, home, cancel, person) as work:
        report = _run(work, Narrator(console), cancel)
        session = work.trajectory.id
    if report is None:
        _say(console, f"Go on with: productresearch research --resume {session}")
        return INTERRUPTED
    _deliver(report, request, console, session)
    return 0 if report.picks else NOTHING_FITS


def check_out(path: Path) -> None:
    """Raise UsageError where a report cannot be written to a path."""
    try:
        check_path(path)
    except ExportError as error:
        raise UsageError(str(error)) from error


def _run(work: Research, narrator: Narrator, cancel: threading.Event) -> Report | None:
    with _cancelled_by_interrupt(cancel):
        for event in work.run():
            narrator.tell(event)
            if isinstance(event, Reported):
                return event.report
            if isinstance(event, Interrupted):
                return None
    return None


@contextmanager
def _cancelled_by_interrupt(cancel: threading.Event) -> Iterator[None]:
    """The first Ctrl-C asks the loop to stop after this token; the second one stops at once."""

    def ask_to_stop(number: int, frame: object) -> None:  # noqa: ARG001 - the signature of signal handlers
        if cancel.is_set():
            raise KeyboardInterrupt
        cancel.set()

    before = signal.signal(signal.SIGINT, ask_to_stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _deliver(report: Report, request: Request, console: Console, session_id: str) -> None:
    # The file comes first: a reader of stdout who has left must not cost it.
    if request.out is not None:
        export(report, request.out)
    if request.as_json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
    else:
        print_markdown(markdown(report))
    sys.stdout.flush()
    if request.out is not None:
        _say(console, f"Written to {request.out}")
    if report.picks and sys.stdin.isatty():
        tag = report.picks[0].cite.tag
        _say(console, f"Took one? productresearch sessions judge {session_id} {tag} took (or refused)")
    _say(console, f'Session {session_id}: ask on with productresearch research --resume {session_id} "…"')


def print_markdown(text: str) -> None:
    """Markdown on stdout: drawn on a terminal, as it is in a pipe."""
    if not sys.stdout.isatty():
        sys.stdout.write(text)
        return
    from rich.markdown import Markdown  # 80 ms that only a terminal needs

    Console().print(Markdown(text))


def _say(console: Console, line: str) -> None:
    console.print(line, soft_wrap=True, markup=False, highlight=False)
