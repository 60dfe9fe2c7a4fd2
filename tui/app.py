"""The app: one screen with a prompt, the run as it happens, and the report.

It drives the same loop as the command line, in worker threads that post messages and never touch a widget.
Until the first paint it imports nothing of the floors below: the agent and the index would add 290 ms and
the settings 130 ms to the 230 ms of Textual (`python -c`, best of five).
"""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Footer, Header, Input

from tui import messages
from tui.screens.export import ExportScreen
from tui.widgets.needs import Needs
from tui.widgets.paper import Paper
from tui.widgets.status import Status
from tui.widgets.steps import Steps

if TYPE_CHECKING:
    from agent.report.record import Report
    from tui.bench import Bench

OpenBench = Callable[[threading.Event], "Bench"]
WELCOME = Path(__file__).with_name("welcome.md")
FIRST, NEXT = "a light tent for two under 200, not red", "a follow-up, such as: and in white?"


class ResearchApp(App[str]):
    """Research at one screen; returns the session that was open last."""

    TITLE = "ProductResearch"
    SUB_TITLE = "offline"
    CSS_PATH = "app.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual types it per instance
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop", tooltip="Stop the run; it can go on later"),
        Binding("ctrl+s", "export", "Save report", tooltip="Write the report to a file"),
        Binding("ctrl+t", "steps", "Steps", tooltip="Show or hide the steps"),
        Binding("ctrl+n", "new", "New", tooltip="Begin a new session"),
        Binding("pagedown", "scroll(1, 'page')", "Scroll", key_display="PgUp/PgDn", priority=True),
        Binding("pageup", "scroll(-1, 'page')", show=False, priority=True),
        Binding("down", "scroll(1, 'line')", show=False),
        Binding("up", "scroll(-1, 'line')", show=False),
        Binding("ctrl+q", "quit", "Quit", priority=True),
    ]

    def __init__(self, open_bench: OpenBench) -> None:
        super().__init__()
        self.fault: Exception | None = None
        """Why the app could not begin, for whoever ran it."""
        self._open_bench = open_bench
        self._cancel = threading.Event()
        self._bench: Bench | None = None
        self._waiting: str | None = None
        """A question that was asked before the bench was open."""
        self._report: Report | None = None
        self._session = ""
        """The session that the next question follows up."""
        self._busy = False
        self._unfinished = False

    def compose(self) -> ComposeResult:
        """Header, needs and steps beside the report, status, prompt, footer."""
        yield Header()
        with Horizontal(id="work"):
            with Vertical(id="course"):
                yield Needs(id="needs", markup=False)
                yield Steps(id="steps")
            yield Paper(WELCOME.read_text(encoding="utf-8"), id="paper")
        yield Status(id="status")
        yield Input(placeholder=FIRST, id="prompt")
        yield Footer()

    def on_mount(self) -> None:
        """Begin at the prompt, and open the bench once the screen is painted."""
        self.query_one("#prompt").focus()
        self.call_after_refresh(self._begin)

    def on_unmount(self) -> None:
        """Let a run end after its step, which is stored; closing the loop waits for its thread."""
        self._cancel.set()

    @work(thread=True)
    def _begin(self) -> None:
        try:
            bench = self._open_bench(self._cancel)
        except Exception as error:  # whatever it is, whoever ran the app says it
            self.post_message(messages.Unopened(error))
            return
        from tui.drive import stock

        for message in stock(bench):
            self.post_message(message)
        self.post_message(messages.Opened(bench))  # last: a bench serves one thread at a time

    @work(thread=True, exclusive=True)
    def _research(self, bench: "Bench", question: str, session: str) -> None:
        from tui.drive import drive

        for message in drive(bench, question, session):
            self.post_message(message)

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """A question, a follow-up, or an empty line that goes on after a stop."""
        question = submitted.value.strip()
        if self._busy:
            self.notify("Still researching; Esc stops it.")
        elif question or self._unfinished:
            submitted.input.clear()
            self._ask(question)

    def _ask(self, question: str) -> None:
        self._busy, self._unfinished = True, False
        self._cancel.clear()
        self._work_area.set_class(True, "-asked").set_class(False, "-reading")
        self.query_one(Steps).begin(question or "(going on)")
        self.query_one(Status).work()
        self.refresh_bindings()
        if self._bench is None:
            self._waiting = question
        else:
            self._research(self._bench, question, self._session)

    def on_opened(self, opened: messages.Opened) -> None:
        """Say who researches, and begin what was asked meanwhile."""
        self._bench = opened.bench
        self.sub_title = f"offline, {opened.bench.researcher}"
        if self._waiting is not None:
            self._research(opened.bench, self._waiting, self._session)

    def on_unopened(self, unopened: messages.Unopened) -> None:
        """Leave it to the terminal to say why."""
        self.fault = unopened.error
        self.exit()

    def on_stocked(self, stocked: messages.Stocked) -> None:
        """Say what can be searched."""
        if not self._busy:
            self.query_one(Status).say(stocked.line)

    def on_began(self, began: messages.Began) -> None:
        """Remember what a follow-up follows."""
        self._session = began.session

    def on_told(self, told: messages.Told) -> None:
        """Show one line of the run."""
        self.query_one(Steps).tell(told.line)

    def on_wrote(self, wrote: messages.Wrote) -> None:
        """Show that something is being written."""
        self.query_one(Status).write(wrote.text)

    def on_bound(self, bound: messages.Bound) -> None:
        """Show the needs as they stand."""
        self.query_one(Needs).show(bound.needs)

    async def on_reported(self, reported: messages.Reported) -> None:
        """Show the report from its beginning."""
        self._report = reported.report
        await self.query_one(Paper).show(reported.markdown)
        self._work_area.set_class(self.default_screen.has_class("-narrow"), "-reading")
        self.query_one("#prompt", Input).placeholder = NEXT
        self._end("Done; ask a follow-up, or save the report with Ctrl+S.")

    def on_stopped(self) -> None:
        """The session can go on."""
        self._unfinished = True
        self._end("Stopped; an empty line goes on, or ask something else.")

    def on_failed(self, failed: messages.Failed) -> None:
        """Say what went wrong and let the person ask again."""
        if self._busy:
            self.query_one(Steps).tell(Text(f"! {failed.sentence}", style="red"))
        self._end("That did not work; ask again." if self._busy else failed.sentence)

    def _end(self, sentence: str) -> None:
        self._busy = False
        self.query_one(Status).say(sentence)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer only what can be done now."""
        match action:
            case "stop":
                return self._busy
            case "export":
                return self._report is not None
            case "steps" | "new":
                return self._work_area.has_class("-asked") and not (self._busy and action == "new")
        return True

    def action_stop(self) -> None:
        """Ask the loop to stop after this step."""
        self._cancel.set()

    def action_steps(self) -> None:
        """Show the steps, or the report alone."""
        self._work_area.toggle_class("-reading")

    def action_scroll(self, direction: int, amount: str) -> None:
        """Scroll what is being read, from wherever the cursor is."""
        paper = self.query_one(Paper)
        pane = paper if paper.display else self.query_one(Steps)
        rows = pane.size.height - 2 if amount == "page" else 2
        pane.scroll_relative(y=direction * rows, animate=False)

    async def action_new(self) -> None:
        """Begin a new session; the one before stays stored."""
        self._session, self._report, self._unfinished = "", None, False
        self._work_area.remove_class("-asked", "-reading")
        self.query_one(Steps).clear()
        self.query_one(Needs).show(())
        self.query_one("#prompt", Input).placeholder = FIRST
        await self.query_one(Paper).show(WELCOME.read_text(encoding="utf-8"))
        self._end("A new session.")

    def action_export(self) -> None:
        """Ask for a file's name and write the report to it."""
        if self._report is not None:
            self.push_screen(ExportScreen(self._report), self._exported)

    def _exported(self, path: Path | None) -> None:
        if path is not None:
            self.query_one(Status).say(f"Written to {path.absolute()}")

    async def action_quit(self) -> None:
        """Leave; a run that is under way can go on later."""
        self.exit(self._session)

    @property
    def _work_area(self) -> Horizontal:
        return self.query_one("#work", Horizontal)


def run_app() -> None:
    """Open the app over the person's settings and data; raises SettingsError."""
    app = ResearchApp(_open_bench)
    session = app.run()
    if app.fault is not None:
        raise app.fault
    if session:
        sys.stderr.write(f'Ask on with: productresearch research --resume {session} "…"\n')


def _open_bench(cancel: threading.Event) -> "Bench":
    from tui.bench import Bench
    from tui.settings import home, load

    return Bench(load(), home(), cancel)
