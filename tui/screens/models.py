"""The models: which are here, what fits this machine and why, fetching, verifying, using one, going back.

Everything slow is done in one thread at a time, which posts messages. What is fetched goes on while another
screen is over this one; Esc, or leaving the app, stops it, and what has arrived is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.screen import Screen
from textual.widgets import DataTable, Header, Static

from index.text.sanitize import plain
from models.bundled_agent import bundled_agent
from models.fetching import hub_host
from models.in_use import ModelsInUse
from models.machine import Machine, measure
from models.store import ModelStore
from tui import messages
from tui.listener import Course, StoppedError
from tui.model_deeds import Deeds
from tui.model_rows import HEADS, asked_text, cells, lines
from tui.model_shelf import Row, Shelf, shelf
from tui.screens.fetching import FetchingScreen
from tui.told import inert_sentence
from tui.widgets.course_bar import CourseBar
from tui.widgets.keys import Keys

if TYPE_CHECKING:
    from tui.bench import Bench

MEASURING = "Measuring this machine …"
STOPPING = "Stopping …"


class ModelsScreen(Screen[None]):
    """Posts SettingsChanged to the app where another model answers."""

    TITLE = "Models"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", tooltip="Stop what runs, or go back", id="models.back"),
        Binding("f", "fetch", "Fetch", tooltip="Fetch the model, after asking", id="models.fetch"),
        Binding("v", "verify", "Verify", tooltip="Hold every byte against its pin", id="models.verify"),
        Binding("u", "use", "Use", tooltip="Try the model, then let it answer", id="models.use"),
        Binding("r", "rollback", "Roll back", tooltip="Go back to the model before", id="models.rollback"),
        Binding("d", "remove", "Delete", tooltip="Delete the model; asks once more", id="models.remove"),
        Binding("t", "try", "Side by side", tooltip="Ask two models one question", id="models.try"),
    ]

    @dataclass
    class Listed(Message):
        """How all models stand."""

        shelf: Shelf

    @dataclass
    class Went(Message):
        """How far what runs is."""

        course: Course

    @dataclass
    class Ended(Message):
        """What was done, or why it was not."""

        sentence: str
        failed: bool = False
        answers: bool = False
        """Whether another model answers now."""

    def __init__(self, bench: "Bench", look: Callable[[], Machine] = measure) -> None:
        super().__init__()
        self._bench = bench
        self._look = look
        self._store = ModelStore(bench.home)
        self._in_use = ModelsInUse(bench.home, bundled_agent())
        self._machine: Machine | None = None
        self._shelf = Shelf((), "", can_go_back=False)
        self._deeds = Deeds(self._store, self._in_use, lambda course: self.post_message(self.Went(course)))
        self._condemned = ""
        """The model that the next `d` deletes."""
        self.busy = False
        """Whether something runs that Esc stops."""

    def compose(self) -> ComposeResult:
        """The list, what is known of the model at the cursor, what runs, and what became of it."""
        yield Header()
        yield Static(MEASURING, id="machine", markup=False)
        yield DataTable(id="models", cursor_type="row", zebra_stripes=True)
        with VerticalScroll(id="about"):
            yield Static(id="model", markup=False)
        yield CourseBar(id="job")
        yield Static(id="said", markup=False)
        yield Keys()

    def on_mount(self) -> None:
        """Look at the machine and at what is here."""
        for place, head in enumerate(HEADS):
            self._table.add_column(Text(head, justify="right" if place == 1 else "left"))
        self._table.focus()
        self._list()

    def on_unmount(self) -> None:
        """Stop what runs; what has arrived is kept."""
        self._deeds.cancel.set()

    # -- what is here ----------------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="list")
    def _list(self) -> None:
        try:
            if self._machine is None:
                self._machine = self._look()
            listed = self.Listed(shelf(self._store, self._in_use, bundled_agent(), self._machine))
        except Exception as error:  # whatever it is, the person reads a sentence and the screen lives on
            self.post_message(messages.Failed(inert_sentence(error)))
        else:
            self.post_message(listed)

    def on_models_screen_listed(self, listed: Listed) -> None:
        """Show how all stand, and the cursor where it was."""
        before = self._row.key if self._row else ""
        self._shelf = listed.shelf
        self._table.clear()
        for each in listed.shelf.rows:
            name, size, *others = cells(each)
            self._table.add_row(Text(name), Text(size, justify="right"), *map(Text, others), key=each.key)
        places = {each.key: place for place, each in enumerate(listed.shelf.rows)}
        self._table.move_cursor(row=places.get(before, 0))
        self.query_one("#machine", Static).update(Text(listed.shelf.machine))
        if listed.shelf.fault:
            self._say(plain(listed.shelf.fault), failed=True)
        self._describe()

    def on_data_table_row_highlighted(self) -> None:
        """Say what is known of the model; a second `d` is for the one that the first was for."""
        if self._row is None or self._row.key != self._condemned:
            self._condemned = ""
        self._describe()

    def _describe(self) -> None:
        row = self._row
        self.query_one("#model", Static).update(Text("\n".join(lines(row)) if row else ""))
        self.refresh_bindings()

    # -- what is done ----------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer only what can be done now."""
        row, free = self._row, not self.busy
        match action:
            case "fetch":
                return free and row is not None and row.card is not None and row.model is None
            case "verify":
                return free and row is not None and row.card is not None and row.model is not None
            case "remove":
                return free and row is not None and row.card is not None and bool(row.arrived or row.pin)
            case "use":
                return free and row is not None and row.model is not None and not row.in_use
            case "rollback":
                return free and self._shelf.can_go_back
            case "try":
                return free
        return True

    def action_back(self) -> None:
        """Stop what runs; otherwise, or where that takes long, go back to where the person came from."""
        if self.busy and not self._deeds.cancel.is_set():
            self._deeds.cancel.set()
            self._say(STOPPING)
        else:
            self.dismiss()

    def action_fetch(self) -> None:
        """Say what would come from where, and fetch it where the person wants it."""
        row = self._row
        if row is None:
            return

        def answered(wanted: bool | None) -> None:
            if wanted and not self.busy:
                self._begin(f"Fetching {row.name}", lambda: self._deeds.fetch(row))

        self.app.push_screen(FetchingScreen(asked_text(row, hub_host())), answered)

    def action_verify(self) -> None:
        """Hold every byte against what was fetched."""
        if row := self._row:
            self._begin(f"Verifying {row.name}", lambda: self._deeds.verify(row))

    def action_use(self) -> None:
        """Try the model, and let it answer if it can."""
        if row := self._row:
            settings = self._bench.settings
            self._begin(f"Trying {row.name}", lambda: self._deeds.use(row, settings), answers=True)

    def action_rollback(self) -> None:
        """Let the model before answer again."""
        self._begin("Going back", self._deeds.roll_back, answers=True)

    def action_try(self) -> None:
        """Ask the model at the cursor and the one in use, or others, one question."""
        from tui.screens.side_by_side import SideBySideScreen

        here = {row.key: row.model for row in self._shelf.rows if row.model is not None}
        answering = next((row.key for row in self._shelf.rows if row.in_use), "")
        row = self._row
        chosen = row.key if row is not None and row.key in here and not row.in_use else ""
        self.app.push_screen(SideBySideScreen(self._bench, here, answering, chosen))

    def action_remove(self) -> None:
        """Delete the model when told twice."""
        row = self._row
        if row is None:
            return
        if row.key != self._condemned:
            self._condemned = row.key
            self._say(f"This deletes {row.arrived / 1e9:.2f} GB of {row.name}; d once more does it.")
        else:
            self._begin(f"Deleting {row.name}", lambda: self._deeds.remove(row))

    def _begin(self, what: str, deed: Callable[[], str], *, answers: bool = False) -> None:
        """`answers` says that another model answers after it."""
        self.busy, self._condemned = True, ""
        self._deeds.cancel.clear()
        self._say("")
        self.query_one(CourseBar).begin(what)
        self.refresh_bindings()
        self._do(deed, answers)

    @work(thread=True, group="deed")
    def _do(self, deed: Callable[[], str], answers: bool) -> None:
        try:
            ended = self.Ended(plain(deed()), answers=answers)
        except StoppedError:
            ended = self.Ended("Stopped; nothing has changed.")
        except Exception as error:  # whatever it is, the person reads a sentence and the screen lives on
            ended = self.Ended(inert_sentence(error), failed=not self._deeds.cancel.is_set())
        self.post_message(ended)

    def on_models_screen_went(self, went: Went) -> None:
        """Show it."""
        if self.busy:
            self.query_one(CourseBar).show(went.course)

    def on_models_screen_ended(self, ended: Ended) -> None:
        """Say what became of it, and look again."""
        self.busy = False
        self.query_one(CourseBar).end()
        self._say(ended.sentence, failed=ended.failed)
        if ended.answers:
            self.app.post_message(messages.SettingsChanged(self._bench.settings))
        self._list()

    def on_failed(self, failed: messages.Failed) -> None:
        """Say why the models cannot be listed."""
        failed.stop()
        self._say(failed.sentence, failed=True)

    def _say(self, sentence: str, *, failed: bool = False) -> None:
        said = self.query_one("#said", Static)
        said.update(Text(sentence))
        said.set_class(failed, "-failed")

    @property
    def _row(self) -> Row | None:
        """The model at the cursor."""
        rows, at = self._shelf.rows, self._table.cursor_row
        return rows[at] if at < len(rows) else None

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one("#models", DataTable)
