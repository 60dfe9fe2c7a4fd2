"""The app: one screen with a prompt, the run as it happens, the report, and its export.

It drives the same loop as the command line, in a worker thread that posts messages and never touches a
widget. Everything that comes from records is shown as plain text.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Footer, Header, Input, Markdown, RichLog, Static

from agent.loop import Called, Event, Faulted, Interrupted, Observed, Planned, Reported, Steered
from agent.report import Report
from tui.narration import call_text, need_text
from tui.settings import Settings, home, load

WELCOME = """\
# ProductResearch

Ask what you want to buy, in your own words. Everything happens on this machine.

- `index demo` on the command line fills the catalogue with a demo shop
- `index add FILE` brings in your own products
"""


@dataclass
class Happened(Message):
    """An event of the loop, from the worker."""

    event: Event


@dataclass
class Failed(Message):
    """The run could not go on; the sentence is for the person."""

    sentence: str


class ResearchApp(App[None]):
    """Research at one screen."""

    TITLE = "ProductResearch"
    SUB_TITLE = "offline"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop", tooltip="Stop the run; it can be resumed"),
        Binding("ctrl+e", "export", "Export", tooltip="Write the report to a file"),
        Binding("ctrl+l", "focus_prompt", "Ask", tooltip="Go to the prompt"),
        Binding("ctrl+q", "quit", "Quit"),
    ]

    def __init__(self, settings: Settings, home_path: Path) -> None:
        super().__init__()
        self._settings = settings
        self._home = home_path
        self._cancel = threading.Event()
        self._report: Report | None = None
        self._session = ""
        """The session that the next question follows up."""
        self._running = False

    def compose(self) -> ComposeResult:
        """Header, steps beside report, prompt, footer."""
        yield Header()
        with Horizontal(id="work"):
            yield RichLog(id="steps", wrap=True, markup=False, highlight=False)
            with VerticalScroll(id="paper"):
                yield Markdown(WELCOME, id="report", open_links=False)
        yield Static("", id="status")
        yield Input(placeholder="a light tent for two under 200, not red", id="prompt")
        yield Footer()

    def on_mount(self) -> None:
        """Begin at the prompt."""
        self.query_one("#steps").border_title = "Steps"
        self.query_one("#paper").border_title = "Report"
        self.query_one("#prompt", Input).focus()

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """A question, or a file name while exporting."""
        text = submitted.value.strip()
        if not text or self._running:
            return
        submitted.input.clear()
        self._running = True
        self._cancel.clear()
        self._say(Text(f"? {text}", style="bold"))
        self._status("researching; Esc stops")
        self._research(text)

    @work(thread=True, exclusive=True)
    def _research(self, question: str) -> None:
        """The loop, in its own thread."""
        from tui.run import open_run  # the agent and the index load after the first paint

        try:
            run = open_run(question, self._session, self._settings, self._home, self._cancel)
            self._session = run.trajectory.id
            for event in run.run():
                self.post_message(Happened(event))
        except Exception as error:
            # The thread's end is the app's edge: whatever went wrong is told, and the app lives on.
            self.post_message(Failed(str(error) or type(error).__name__))

    def on_failed(self, failed: Failed) -> None:
        """Say what went wrong and let the person ask again."""
        self._say(Text(f"! {failed.sentence}", style="red"))
        self._end("failed")

    async def on_happened(self, happened: Happened) -> None:
        """Show one event."""
        event = happened.event
        match event:
            case Called():
                self._say(Text(f"→ {call_text(event.call)}", style="cyan"))
            case Observed():
                first = next(iter(event.observation.text.splitlines()), "")
                self._say(Text(f"  {first}", style="red" if event.observation.error else "dim"))
            case Planned():
                for need in event.needs:
                    self._say(Text(f"  {need_text(need)}", style="green" if need.hard else "yellow"))
            case Steered() | Faulted():
                self._say(Text(f"· {getattr(event, 'text', '')}", style="magenta"))
            case Interrupted():
                self._end("stopped; ask again to go on in this session")
            case Reported():
                await self._show(event.report)

    async def _show(self, report: Report) -> None:
        from agent.render_markdown import markdown

        self._report = report
        await self.query_one("#report", Markdown).update(markdown(report))
        self.query_one("#paper").focus()
        self._end("done; ask a follow-up, or Ctrl+E writes the report to a file")

    def action_stop(self) -> None:
        """Ask the loop to stop after this step."""
        self._cancel.set()

    def action_focus_prompt(self) -> None:
        """Go to the prompt."""
        self.query_one("#prompt").focus()

    def action_export(self) -> None:
        """Write the report beside where the app was started."""
        if self._report is None:
            self.notify("There is no report yet.")
            return
        from tui.export import ExportError, export

        path = Path.cwd() / f"report-{datetime.now(UTC):%Y%m%d-%H%M%S}.html"
        try:
            export(self._report, path)
        except (ExportError, OSError) as error:
            self.notify(str(error), severity="error")
        else:
            self.notify(f"Written to {path}", markup=False)

    def _end(self, status: str) -> None:
        self._running = False
        self._status(status)

    def _say(self, line: Text) -> None:
        self.query_one("#steps", RichLog).write(line)

    def _status(self, text: str) -> None:
        self.query_one("#status", Static).update(Text(text))


def run_app() -> None:
    """Open the app."""
    ResearchApp(load(), home()).run()
