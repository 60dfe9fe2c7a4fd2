"""A run told on stderr as it happens, in short lines; stdout stays for the report."""

from rich.console import Console
from rich.text import Text

from agent.ledger import Need
from agent.loop import Called, Event, Faulted, Interrupted, Noted, Observed, Planned, Reported, Steered
from agent.trajectory import ToolCall

LINE = 100
WORTH_TELLING = 0.1
"""Seconds that a call may take without being mentioned."""


class Narrator:
    """Prints events; everything from records is plain text, never markup."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def tell(self, event: Event) -> None:
        """One event in a line or a few."""
        match event:
            case Called():
                self._say("→ ", call_text(event.call), "cyan")
            case Observed(observation=observation) if observation.error or event.call.name != "plan":
                first = next(iter(observation.text.splitlines()), "")
                took = f" ({event.seconds:.1f} s)" if event.seconds >= WORTH_TELLING else ""
                self._say("  ", f"{first}{took}", "red" if observation.error else "dim")
            case Planned():
                for need in event.needs:
                    self._say("  ", need_text(need), "green" if need.hard else "yellow")
            case Steered():
                self._say("· ", event.text, "magenta")
            case Noted():
                self._say("· ", event.text, "yellow")
            case Faulted():
                self._say("! ", f"the model wrote no step: {event.message}", "red")
            case Interrupted():
                self._say("! ", "interrupted", "red")
            case Reported():
                dropped = len(event.report.coverage.dropped)
                if dropped:
                    self._say("! ", f"{dropped} sentences without support were dropped", "yellow")

    def _say(self, mark: str, text: str, style: str) -> None:
        shown = text if len(text) <= LINE else f"{text[: LINE - 1]}…"
        self._console.print(Text(mark + shown, style=style), soft_wrap=True)


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
