"""Drives the research loop for the app, in a worker thread, and says what happens in the app's messages.

Only this side imports the agent. Whatever goes wrong here becomes one sentence, and the app lives on.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from textual.message import Message

from agent.ledger import Need
from agent.loop import Event, Interrupted, Planned, Steered, Writing
from agent.loop import Reported as Finished
from agent.report.markdown import markdown
from index.text.sanitize import plain
from tui.messages import Began, Bound, Failed, Reported, Stocked, Stopped, Told, Wrote
from tui.narration import event_lines, need_text
from tui.told import exit_code, sentence

if TYPE_CHECKING:
    from tui.bench import Bench


def stock(bench: "Bench") -> Iterator[Message]:
    """What there is to search."""
    try:
        yield Stocked(bench.stock())
    except Exception as error:  # the thread's end is the app's edge
        yield Failed(_told(error))


def drive(bench: "Bench", question: str, session: str) -> Iterator[Message]:
    """One question from its first step to its report; an empty question goes on where the session stopped."""
    try:
        with bench.research(question, session) as research:
            yield Began(research.trajectory.id)
            for event in research.run():
                yield from _messages(event, lambda: research.desk.needs)
    except Exception as error:  # the thread's end is the app's edge
        yield Failed(_told(error))


def _messages(event: Event, needs: Callable[[], list[Need]]) -> Iterator[Message]:
    for line in event_lines(event):
        yield Told(line)
    match event:
        case Writing():
            yield Wrote(event.text)
        case Planned() | Steered():
            yield Bound(tuple((plain(need_text(need)), need.hard) for need in needs()))
        case Finished():
            yield Reported(event.report, markdown(event.report))
        case Interrupted():
            yield Stopped()


def _told(error: Exception) -> str:
    if exit_code(error) is not None:
        return plain(sentence(error))
    fault = plain(f"{type(error).__name__}: {error}")
    return f"Something unforeseen went wrong ({fault}); what was done is kept; ask again or press Ctrl+N."
