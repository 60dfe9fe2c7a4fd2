"""`productresearch research`: a session driven at a plain terminal, from question to printed report."""

import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from agent.loop import Interrupted, Reported, Research
from agent.render_markdown import markdown
from agent.report import Report
from tui import settings as configuration
from tui.export import check_path, export
from tui.narration import Narrator
from tui.person import Absent, Terminal
from tui.run import open_run, overridden
from tui.told import INTERRUPTED, NOTHING_FITS


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
        check_path(request.out)
    settings = overridden(configuration.load(), request.overrides)
    cancel = threading.Event()
    console = Console(stderr=True)
    asked = not request.yes and sys.stdin.isatty() and sys.stderr.isatty()
    person = Terminal(console, settings.approve_plan) if asked else Absent()
    work = open_run(request.question, request.resume, settings, configuration.home(), cancel, person)
    report = _run(work, Narrator(console), cancel)
    if report is None:
        console.print(f"Go on with: productresearch research --resume {work.trajectory.id}", soft_wrap=True)
        return INTERRUPTED
    _deliver(report, request, console, work.trajectory.id)
    return 0 if report.picks else NOTHING_FITS


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
    if request.as_json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
    elif sys.stdout.isatty():
        Console().print(Markdown(markdown(report)))
    else:
        sys.stdout.write(markdown(report))
    sys.stdout.flush()
    if request.out is not None:
        export(report, request.out)
        console.print(f"Written to {request.out}", soft_wrap=True, markup=False)
    console.print(f"Session {session_id}", soft_wrap=True, markup=False)
