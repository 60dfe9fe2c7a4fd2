"""The person at a plain terminal: plan approval and questions on stderr, answers from stdin.

`Absent` stands in where nobody can be asked; it approves, and skips every question.
"""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.prompt import Prompt
from rich.text import Text

from agent.ledger import Need
from agent.moves import Wish
from agent.plan import PlanNeed

HELP = "enter: go on · relax N2 · harden N2 · edit N2 price <= 180 · add price <= 200"


class Absent:
    """Nobody to ask."""

    def approve(self, needs: Sequence[Need]) -> Sequence[Wish]:  # noqa: ARG002
        """Go on as planned."""
        return ()

    def answer(self, question: str, options: tuple[str, ...]) -> str:  # noqa: ARG002
        """Skip."""
        return ""

    def wishes(self) -> Sequence[Wish]:
        """None."""
        return ()


class Terminal(Absent):
    """A person who answers line by line."""

    def __init__(self, console: Console, cancel: threading.Event, approve_plan: bool = True) -> None:
        self._console = console
        self._cancel = cancel
        """Set where the person interrupts at a prompt; the loop stops before its next step."""
        self._approve_plan = approve_plan
        self._went_on = False
        """Whether the edits that are being applied were ended by an empty line."""

    def approve(self, needs: Sequence[Need]) -> Sequence[Wish]:  # noqa: ARG002
        """Take edits of the needs, which the narration has just shown, until an empty line."""
        if not self._approve_plan or self._went_on:
            self._went_on = False
            return ()
        wishes: list[Wish] = []
        self._console.print(Text(f"Is that right? ({HELP})", style="bold"))
        while line := self._ask("plan>"):
            wish = parse_wish(line)
            if wish is None:
                self._console.print(Text(f"  not understood; {HELP}", style="red"))
            else:
                wishes.append(wish)
        self._went_on = bool(wishes)
        return wishes

    def answer(self, question: str, options: tuple[str, ...]) -> str:
        """Offer the options by number; any other text is the answer itself, an empty line skips."""
        self._console.print(Text(question, style="bold"))
        for number, option in enumerate(options, start=1):
            self._console.print(Text(f"  {number} {option}"))
        line = self._ask("number, your own words, or enter to skip>")
        chosen = int(line) if line.isdecimal() else 0
        return options[chosen - 1] if 1 <= chosen <= len(options) else line

    def _ask(self, prompt: str) -> str:
        try:
            with _interrupting():
                return Prompt.ask(Text(prompt), console=self._console, default="", show_default=False).strip()
        except EOFError:
            return ""
        except KeyboardInterrupt:
            self._cancel.set()
            return ""


@contextmanager
def _interrupting() -> Iterator[None]:
    """Ctrl-C ends the prompt, which waits on where a handler only notes it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def parse_wish(line: str) -> Wish | None:
    """Read `relax N2`, `harden N2`, `edit N2 <= 200`, `add price <= 200`; None where it is none of them."""
    words = line.split()
    match words:
        case ["relax", tag]:
            return Wish(kind="relax", target=tag.upper())
        case ["harden", tag]:
            return Wish(kind="harden", target=tag.upper())
        case ["add", on, op, *value]:
            return _with_need("add", "", on, op, value)
        case ["edit", tag, on, op, *value]:
            return _with_need("edit", tag.upper(), on, op, value)
    return None


def _with_need(kind: str, target: str, on: str, op: str, value: Sequence[str]) -> Wish | None:
    written = {"on": on, "op": op, "value": " ".join(value)}
    try:
        need = PlanNeed.model_validate(written)
        return Wish.model_validate({"kind": kind, "target": target, "need": need})
    except ValueError:
        return None
