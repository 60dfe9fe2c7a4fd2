"""Past research as a list: each question, and beneath it when it was asked, what came of it, and the note."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets.option_list import Option

from tui.widgets.choices import Choices

if TYPE_CHECKING:
    from agent.session import SessionSummary

QUESTION, NOTE = 160, 120
"""Characters of either that are shown."""


class PastList(Choices):
    """Two lines for each session, newest first."""

    def show(self, sessions: Sequence["SessionSummary"], marked: str, chosen: str | None) -> None:
        """Replace the lines, and point at `chosen` or at where one stood."""
        place = self.highlighted or 0
        with self.app.batch_update():
            self.clear_options()
            self.add_options(Option(_drawn(s, s.id == marked), id=s.id) for s in sessions)
        places = {s.id: at for at, s in enumerate(sessions)}
        if sessions:
            self.highlighted = places.get(chosen or "", min(place, len(sessions) - 1))


def _drawn(session: "SessionSummary", marked: bool) -> Text:
    from agent.observe import shorten
    from index.text.sanitize import plain

    question = shorten(plain(session.question), QUESTION) or "(no question)"
    first = Text.assemble(("= ", "bold yellow") if marked else "", (question, "bold"))
    state = ("report", "green") if session.finished else ("unfinished", "yellow")
    when = f"{session.started.astimezone():%Y-%m-%d %H:%M}"
    steps = f"{session.steps} step{'' if session.steps == 1 else 's'}"
    second = Text.assemble((f"{when}  ", "dim"), state, (f"  {steps}  {plain(session.author, 60)}", "dim"))
    if session.note:
        second.append(f"  {shorten(plain(session.note), NOTE)}", "italic")
    return Text("\n").join([first, second])
