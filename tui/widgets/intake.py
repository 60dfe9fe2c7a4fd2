"""The import pane: something is given, looked at in a dry run, confirmed, brought in, and told of.

All of it runs in one thread at a time that posts messages; Esc stops it. Nothing is written before the person
has confirmed.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from index.catalog import Catalog
from index.gathering.found import Found, LeftOut
from index.gathering.scratch import Scratch
from index.importers.import_report import ImportReport
from tui import messages
from tui.ingesting import Importable, ingest_apart, ingest_here
from tui.intake import (
    Bring,
    Given,
    Looked,
    Taken,
    Tried,
    found_of,
    look_at,
    make_vectors,
    rehearse,
    take,
    write_demo,
)
from tui.intake_text import HOW, taken_text, tried_text
from tui.listener import Course, Listener, StoppedError
from tui.screens.rejects import RejectsScreen
from tui.told import sentence
from tui.widgets.course_bar import CourseBar
from tui.widgets.intake_form import IntakeForm

if TYPE_CHECKING:
    from tui.bench import Bench

STOPPED = "Stopped; nothing was imported."


class Intake(Vertical):
    """Posts `CatalogueChanged` whenever something was written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+o", "confirm", "Import", tooltip="Import what the dry run has shown", id="intake.confirm"
        ),
        Binding(
            "ctrl+r",
            "rejects",
            "Rejected rows",
            tooltip="See the rows that were left out",
            id="intake.rejects",
        ),
    ]

    @dataclass
    class Ran(Message):
        """How far it is."""

        course: Course

    @dataclass
    class WasLooked(Message):
        """The dry run is over."""

        given: Given
        looked: Looked

    @dataclass
    class Took(Message):
        """The import is over; the last sentence says what became of the vectors, where there is one."""

        taken: tuple[Taken, ...]
        last: str

    @dataclass
    class Ended(Message):
        """It ended with no report; the sentence says how."""

        sentence: str

    def __init__(self, bench: "Bench") -> None:
        super().__init__(id="intake")
        self._bench = bench
        self._cancel = threading.Event()
        self._folder = TemporaryDirectory(prefix="productresearch-pasted-")
        """Pasted rows lie here until they are imported."""
        self._scratch = Scratch(bench.home)
        self._looked: Intake.WasLooked | None = None
        self._taken: tuple[Taken, ...] = ()
        self.busy = False

    def compose(self) -> ComposeResult:
        """What is given and how it is meant, the course, and what is told."""
        yield Static(HOW, id="how", markup=False)
        yield IntakeForm()
        yield CourseBar(id="course-of-intake")
        with VerticalScroll(id="said"):
            yield Static(id="told", markup=False)

    def on_unmount(self) -> None:
        """Let what runs end after its step, which is kept."""
        self._cancel.set()
        self._folder.cleanup()
        self._scratch.close()

    def begin(self) -> None:
        """Where keys go when the pane is opened."""
        self._form.go_to("drop")

    def stop(self) -> None:
        """Stop what runs."""
        self._cancel.set()

    def write_demo(self) -> None:
        """Write the demo shop, which the person has asked for."""
        if not self.busy:
            self._run("Writing the demo shop")
            self._write_demo()

    def on_intake_form_look(self) -> None:
        """Try what was given."""
        given = self._form.given()
        if not self.busy and given.what.strip():
            self._run("Looking")
            self._look(given)

    def on_intake_form_edited(self) -> None:
        """What the dry run showed is no longer what stands in the fields."""
        if not self.busy and self._looked is not None:
            self._looked = None
            self._offer()

    def on_intake_form_confirm(self) -> None:
        """As the key does."""
        self.action_confirm()

    def on_intake_form_rejects(self) -> None:
        """As the key does."""
        self.action_rejects()

    def on_intake_form_stop(self) -> None:
        """Stop what runs."""
        self.stop()

    def action_confirm(self) -> None:
        """Import what was looked at."""
        if self._looked is not None and not self.busy:
            looked = self._looked
            self._run("Importing")
            self._take(looked.looked.importable, looked.given)

    def action_rejects(self) -> None:
        """Show the rows that were left out."""
        files = _rejects_files(self._taken)
        if files:
            self.app.push_screen(RejectsScreen(files))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer only what can be done now."""
        match action:
            case "confirm":
                return not self.busy and self._can_import
            case "rejects":
                return not self.busy and bool(_rejects_files(self._taken))
        return True

    @work(thread=True, exclusive=True, group="intake")
    def _look(self, given: Given) -> None:
        def look() -> Message:
            listener = self._listener()
            self._scratch.close()
            found: list[Found | LeftOut] = []
            for each in found_of(given, Path(self._folder.name), self._scratch):
                listener.hear("Looking for files", 0, 0, len(found), "found")
                found.append(each)
            with Catalog.open(self._bench.index.catalog.path) as catalog:
                # The first rows tell what a file is; that is over before a process of its own would begin.
                looked = look_at(found, given.meant, lambda file: ingest_here(file, catalog, lambda _: None))
            looked = rehearse(looked, given.meant, self._apart("Looking at", listener))
            return self.WasLooked(given, looked)

        self._report(look, STOPPED)

    @work(thread=True, exclusive=True, group="intake")
    def _take(self, tried: Sequence[Tried], given: Given) -> None:
        def run() -> Message:
            listener = self._listener()
            taken = tuple(take(tried, given.meant, self._apart("Importing", listener)))
            new = any(t.report and (t.report.new or t.report.changed) for t in taken)
            self._scratch.close()
            return self.Took(taken, self._make_vectors(listener) if new else "")

        self._report(run, STOPPED)

    def _apart(self, doing: str, listener: Listener) -> Bring:
        def bring(file: Importable) -> ImportReport:
            told = listener.reading(f"{doing} {file.place.named(file.path)}")
            return ingest_apart(file, self._bench.index.catalog.path, told)

        return bring

    @work(thread=True, exclusive=True, group="intake")
    def _write_demo(self) -> None:
        def write() -> Message:
            listener = self._listener()
            written = write_demo(self._bench.index.catalog, listener, self._bench.today.day)
            return self.Ended(
                f"The demo shop is written: {written:,} records. {self._make_vectors(listener)}".strip()
            )

        self._report(write, "Stopped: what was written until then is kept; asking again completes it.")

    def _report(self, run: Callable[[], Message], stopped: str) -> None:
        """Run in the worker's thread; every fault becomes a sentence."""
        try:
            ended = run()
        except StoppedError:
            ended = self.Ended(stopped)
        except Exception as error:  # whatever it is, the person is told
            ended = self.Ended(sentence(error))
        self.post_message(ended)

    def _make_vectors(self, listener: Listener) -> str:
        return make_vectors(self._bench.home, self._bench.index.catalog, listener)

    def _listener(self) -> Listener:
        return Listener(self._cancel, lambda course: void(self.post_message(self.Ran(course))))

    def _run(self, what: str) -> None:
        self.busy, self._taken = True, ()
        self._cancel.clear()
        self.query_one(CourseBar).begin(what)
        self._offer()

    def _end(self) -> None:
        self.busy = False
        self.query_one(CourseBar).end()
        self._offer()

    def on_intake_ran(self, ran: Ran) -> None:
        """Show how far it is."""
        if self.busy:
            self.query_one(CourseBar).show(ran.course)

    def on_intake_was_looked(self, looked: WasLooked) -> None:
        """Show what would happen, and wait for the person."""
        self._looked = looked
        self._end()
        self._tell(tried_text(looked.looked))
        if self._can_import:
            self._form.go_to("import")

    def on_intake_took(self, took: Took) -> None:
        """Show what happened."""
        self._looked, self._taken = None, took.taken
        self._end()
        self._tell(taken_text(took.taken, took.last))
        if all(each.report is not None for each in took.taken):
            self._form.clear()
        self._form.go_to("rejects" if _rejects_files(took.taken) else "drop")
        self.post_message(messages.CatalogueChanged())

    def on_intake_ended(self, ended: Ended) -> None:
        """Say how it ended."""
        self._end()
        self._tell(Text(ended.sentence))
        self._form.go_to("drop")
        self.post_message(messages.CatalogueChanged())

    @property
    def _can_import(self) -> bool:
        return self._looked is not None and bool(self._looked.looked.importable)

    @property
    def _form(self) -> IntakeForm:
        return self.query_one(IntakeForm)

    def _offer(self) -> None:
        rejects = bool(_rejects_files(self._taken))
        self._form.offer(busy=self.busy, can_import=self._can_import, has_rejects=rejects)
        self.refresh_bindings()

    def _tell(self, text: Text) -> None:
        self.add_class("-told")
        self.query_one("#told", Static).update(text)
        self.query_one("#said").scroll_home(animate=False)


def _rejects_files(taken: Sequence[Taken]) -> tuple[Path, ...]:
    return tuple(t.report.rejects_file for t in taken if t.report and t.report.rejects_file)


def void(_: object) -> None:
    """Leave an answer alone."""
