"""A stored session told again, as the messages of a run: for one that is taken up, and for a replay."""

from collections.abc import Iterator

from rich.text import Text
from textual.message import Message

from agent.trajectory import Entry, Feedback, Move, Observation, Question, Step
from index.text.sanitize import plain
from tui.messages import Acted, Acting, Asking, Told
from tui.narration import call_text


def retold(entries: tuple[Entry, ...]) -> Iterator[Message]:
    """What happened, entry by entry; how long a step took is not kept."""
    for entry in entries:
        match entry:
            case Question():
                yield Asking(plain(entry.text))
            case Step() if entry.call is not None:
                yield Acting(plain(entry.thought), call_text(entry.call))
            case Observation():
                lines = "\n".join(map(plain, entry.text.splitlines()))
                yield Acted(lines.partition("\n")[0], 0.0, lines, entry.error)
            case Move():
                yield Told(Text(f"· {plain(entry.text)}", style="magenta"))
            case Feedback():
                yield Told(Text(f"! {plain(entry.text)}", style="yellow"))
