"""A run told on stderr as it happens, in short lines; stdout stays for the report."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from agent.ledger import Need
from agent.loop import (
    Called,
    Event,
    Faulted,
    Interrupted,
    Noted,
    Observed,
    Planned,
    Reported,
    SentBack,
    Steered,
)
from agent.trajectory import ToolCall
from index.text.sanitize import plain

LINE = 100
WORTH_TELLING = 0.1
"""Seconds that a call may take without being mentioned."""


class Narrator:
    """Prints events; everything from records is plain text, never markup."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def tell(self, event: Event) -> None:
        """One event in a line or a few."""
        for line in event_lines(event):
            self._console.print(line, soft_wrap=True)


def event_lines(event: Event) -> Iterator[Text]:
    """An event in short lines, the same for the terminal and the app."""
    match event:
        case Called():
            yield _line("→ ", call_text(event.call), "cyan")
        case Observed(observation=observation) if observation.error or event.call.name != "plan":
            first = next(iter(observation.text.splitlines()), "")
            took = f" ({event.seconds:.1f} s)" if event.seconds >= WORTH_TELLING else ""
            yield _line("  ", f"{first}{took}", "red" if observation.error else "dim")
        case Planned():
            for need in event.needs:
                yield _line("  ", need_text(need), "green" if need.hard else "yellow")
        case Steered():
            yield _line("· ", event.text, "magenta")
        case Noted():
            yield _line("· ", event.text, "yellow")
        case SentBack():
            yield _line("! ", f"{event.call.name} was sent back: {event.text}", "yellow")
        case Faulted():
            yield _line("! ", f"the model wrote no step: {event.message}", "red")
        case Interrupted():
            yield _line("! ", "interrupted", "red")
        case Reported():
            dropped = len(event.report.coverage.dropped)
            if dropped:
                yield _line("! ", f"{dropped} sentences without support were dropped", "yellow")


def _line(mark: str, text: str, style: str) -> Text:
    return Text(mark + plain(text, LINE), style=style)


def call_text(call: ToolCall) -> str:
    """A call as a person reads it: the tool's name and its short arguments."""
    shown = [
        f"{key}={value}" if isinstance(value, str | int) else f"{key}×{len(value)}"
        for key, value in call.arguments.items()
        if isinstance(value, str | int | list) and value not in ("", [])
    ]
    return f"{call.name.replace('_', ' ')}: {', '.join(shown)}" if shown else call.name.replace("_", " ")


def need_text(need: Need) -> str:
    """A need as it is bound, with its strength."""
    return f"{need.tag} {'must' if need.hard else 'wish'}: {need.bound or need.said}"
