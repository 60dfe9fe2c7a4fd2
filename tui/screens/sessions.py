"""Past research: found again, gone on with, copied, set side by side, annotated, or deleted."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Header, Input, OptionList, Static

from tui import messages
from tui.screens.export import ExportScreen
from tui.screens.note import NoteScreen
from tui.screens.reading import ReadingScreen
from tui.screens.report_diff import ReportDiffScreen
from tui.screens.shortlist import ShortlistScreen
from tui.screens.storing import StoreScreen
from tui.widgets.keys import Keys
from tui.widgets.past_list import PastList

if TYPE_CHECKING:
    from agent.report.record import Report
    from agent.session import Sessions, SessionSummary
    from agent.session_rows import SessionRows
    from tui.bench import Bench

NONE_YET = "No research yet; go back with Esc and ask."
TOOK_ANY = "Did you take or refuse something? s says so."
NOTHING_FOUND = "Nothing of the past holds all these words."


class SessionsScreen(StoreScreen):
    """Posts SessionChosen to the app where a session is to go on, and ends."""

    TITLE = "Sessions"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", tooltip="Leave the search, or the screen", id="past.back"),
        Binding(
            "slash", "search", show=False, tooltip="Search all that was asked and found", id="past.search"
        ),
        Binding("v", "view", "View", tooltip="Read the report", id="past.view"),
        Binding("f", "fork", "Fork", tooltip="Copy the session, so that both can go on", id="past.fork"),
        Binding("n", "note", "Note", tooltip="Write a note on the session", id="past.note"),
        Binding("s", "shortlist", "Star", tooltip="Star, take or refuse products", id="past.shortlist"),
        Binding("x", "export", "Save", tooltip="Write the report to a file", id="past.export"),
        Binding("=", "compare", "Diff", tooltip="Compare this report with another", id="past.compare"),
        Binding("d", "delete", "Delete", tooltip="Delete the session; asks once more", id="past.delete"),
        Binding("u", "restore", "Undo", tooltip="Bring back what was deleted last", id="past.restore"),
        Binding("down", "list", show=False, tooltip="Go from the search to the list", id="past.list"),
    ]

    def __init__(self, bench: "Bench") -> None:
        super().__init__(bench)
        self._shown: Sequence[SessionSummary] = ()
        self._marked = ""
        """The session whose report waits for another to be compared with."""
        self._condemned = ""
        """The session that the next `d` deletes."""
        self._removed: list[SessionRows] = []

    def compose(self) -> ComposeResult:
        """A search over a list, and how many it shows."""
        yield Header()
        yield Input(
            placeholder="Press / to search questions, reports and notes", id="search", select_on_focus=False
        )
        yield PastList(id="past", markup=False)
        yield Static(id="said", markup=False)
        yield Keys(show_command_palette=False)

    def on_mount(self) -> None:
        """Show everything; the keys act on the list."""
        self.query_one(PastList).focus()
        self._look()

    def _look(self, chosen: str | None = None) -> None:
        sought = self.query_one("#search", Input).value
        self.with_store(
            lambda sessions: sessions.search(sought), lambda found: self._show(sought, found, chosen)
        )

    def _show(self, sought: str, found: Sequence["SessionSummary"], chosen: str | None) -> None:
        if sought != self.query_one("#search", Input).value:
            return  # something else is searched for by now
        self._shown = found
        self._draw(chosen)
        many = f"{len(found):,} session{'' if len(found) == 1 else 's'}"
        wondered = f" {TOOK_ANY}" if any(each.finished and not each.judged for each in found) else ""
        nothing = NOTHING_FOUND if sought.strip() else NONE_YET
        self._say(f"{many}; Enter goes on with one.{wondered}" if found else nothing)
        self.refresh_bindings()

    def _draw(self, chosen: str | None = None) -> None:
        past = self.query_one(PastList)
        past.show(self._shown, self._marked, chosen or past.chosen)

    def _say(self, sentence: str) -> None:
        self.query_one("#said", Static).update(sentence)

    def on_input_changed(self) -> None:
        """Search while one types."""
        self._look()

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Go to what was found."""
        submitted.stop()
        self.action_list()

    def on_option_list_option_highlighted(self) -> None:
        """A second `d` is for the session that the first one was for."""
        self._condemned = ""

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """Go on with a session."""
        if selected.option_id is not None:
            self.app.post_message(messages.SessionChosen(selected.option_id))
            self.dismiss()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer only what can be done now."""
        match action:
            case "restore":
                return bool(self._removed)
            case "view" | "fork" | "note" | "shortlist" | "export" | "compare" | "delete":
                return bool(self._shown)
        return True

    def action_search(self) -> None:
        """Type what to search for."""
        self.query_one("#search").focus()

    def action_list(self) -> None:
        """Choose from the list."""
        self.query_one(PastList).focus()

    def action_back(self) -> None:
        """Leave the search first, then the screen."""
        search = self.query_one("#search", Input)
        if search.value or search.has_focus:
            search.clear()
            self.action_list()
        else:
            self.dismiss()

    def action_view(self) -> None:
        """Read the report."""
        chosen = self._chosen
        self.with_store(
            lambda sessions: _markdown(sessions, chosen),
            lambda markdown: self.app.push_screen(ReadingScreen(markdown)),
        )

    def action_export(self) -> None:
        """Write the report to a file."""
        chosen = self._chosen
        self.with_store(
            lambda sessions: sessions.report(chosen),
            lambda report: self.app.push_screen(ExportScreen(report), self._exported),
        )

    def _exported(self, path: Path | None) -> None:
        if path is not None:
            self.notify(f"Written to {path.absolute()}", markup=False)

    def action_fork(self) -> None:
        """Copy the session, and point at the copy."""
        chosen = self._chosen
        self.with_store(lambda sessions: sessions.fork(chosen), self._forked)

    def _forked(self, copy: str) -> None:
        self.notify("Copied; Enter goes on with the copy.")
        self._look(copy)

    def action_note(self) -> None:
        """Write a note on the session."""
        chosen = next(s for s in self._shown if s.id == self._chosen)

        def write(note: str | None) -> None:
            if note is not None:
                self.with_store(lambda sessions: sessions.annotate(chosen.id, note), lambda _: self._look())

        self.app.push_screen(NoteScreen(chosen.note), write)

    def action_shortlist(self) -> None:
        """Star products of the report."""
        self.app.push_screen(ShortlistScreen(self._bench, self._chosen))

    def action_compare(self) -> None:
        """Mark a report, or compare the marked one with this, the earlier session first."""
        chosen, marked = self._chosen, self._marked
        self._marked = "" if marked else chosen
        self._draw()
        if not marked:
            self._say("Marked; = on another session compares the two reports.")
        elif marked != chosen:
            self.with_store(lambda sessions: _both(sessions, marked, chosen), self._compare)

    def _compare(self, reports: tuple["Report", "Report"]) -> None:
        self.app.push_screen(ReportDiffScreen(*reports))

    def action_delete(self) -> None:
        """Delete the session when told twice."""
        chosen = self._chosen
        if chosen != self._condemned:
            self._condemned = chosen
            self._say("This forgets the session with its evidence and its report; d once more deletes it.")
        else:
            self.with_store(lambda sessions: sessions.remove(chosen), self._deleted)

    def _deleted(self, removed: "SessionRows") -> None:
        self._removed.append(removed)
        self._marked = "" if self._marked == removed.id else self._marked
        self.notify("Deleted; u brings it back until you leave.")
        self._look()

    def action_restore(self) -> None:
        """Bring back what was deleted last."""
        removed = self._removed[-1]
        self.with_store(lambda sessions: sessions.put_back(removed), lambda _: self._restored(removed))

    def _restored(self, removed: "SessionRows") -> None:
        self._removed.remove(removed)
        self._look(removed.id)

    @property
    def _chosen(self) -> str:
        return self.query_one(PastList).chosen or ""


def _markdown(sessions: "Sessions", session_id: str) -> str:
    from agent.report.markdown import markdown

    return markdown(sessions.report(session_id))


def _both(sessions: "Sessions", *session_ids: str) -> tuple["Report", "Report"]:
    """Two reports, the earlier session first: ids sort by time."""
    earlier, later = sorted(session_ids)
    return sessions.report(earlier), sessions.report(later)
