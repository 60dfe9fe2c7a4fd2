"""The home screen: a prompt, the run as it happens, the needs at hand, and the report with its evidence.

It drives the same loop as the command line, in a worker thread that posts messages and touches no widget.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widget import MountError
from textual.widgets import Header

from tui import messages
from tui.panes import after
from tui.shown import Ledger
from tui.widgets.course import Course
from tui.widgets.keys import Keys
from tui.widgets.ledger import LedgerView
from tui.widgets.pages import Pages
from tui.widgets.prompt import Prompt
from tui.widgets.quiz import Quiz
from tui.widgets.report import ReportView
from tui.widgets.status import Status
from tui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from tui.asked import AppPerson
    from tui.bench import Bench

LONG = 20
"""Seconds after which a run's end is told to somebody who looks elsewhere."""
PANES = "#prompt", "#report", "#needs", "#steps"
FIRST, NEXT = "a light tent for two under 200, not red", "a follow-up, such as: and in white?"


class ResearchScreen(Screen[None]):
    """Questions are asked and answered here; the bench comes once it is open."""

    TITLE = "Research"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop", id="stop", tooltip="Stop the run; it can go on later"),
        Binding("f8", "write_now", "Write now", id="write", tooltip="Write with what was found so far"),
        Binding("f6", "next_pane", "Panes", priority=True, id="pane", tooltip="To report, needs, steps"),
        Binding("ctrl+s", "export", "Save report", id="export", tooltip="Write the report to a file"),
        Binding("ctrl+r", "pager", "Pager", show=False, id="pager", tooltip="Read the report in $PAGER"),
        Binding("ctrl+t", "steps", "Steps", id="steps", tooltip="Show or hide the steps"),
        Binding("ctrl+n", "new", "New", id="new", tooltip="Begin a new session"),
        Binding("pagedown", "scroll(1)", show=False, priority=True, id="down", tooltip="Read on"),
        Binding("pageup", "scroll(-1)", show=False, priority=True, id="up", tooltip="Read back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.cancel = threading.Event()
        """Ends the run after its step."""
        self.session = ""
        """The session that the next question follows up."""
        self._bench: Bench | None = None
        self._person: AppPerson | None = None
        self._waiting: str | None = None
        """A question that was asked before the bench was open."""
        self.busy = False
        """Whether something is being researched."""
        self._unfinished = False
        """Whether the session can go on without another question."""
        self._left_off = ""
        """A session that was not finished when the app was last left."""
        self._began = monotonic()
        self._then: Callable[[], object] | None = None
        """What waits for the end of the run."""

    def compose(self) -> ComposeResult:
        """Header, steps beside the report, its evidence, status, prompt, footer."""
        yield Header()
        with Horizontal(id="work"):
            with Vertical(id="course"):
                yield Course(id="steps")
            yield Pages(FIRST, id="reading")
        yield Status(id="status")
        yield Prompt(FIRST, id="prompt")
        yield Keys()

    def on_mount(self) -> None:
        """Begin at the prompt."""
        self.query_one("#prompt").focus()
        self.call_after_refresh(self._furnish)

    async def _furnish(self) -> None:
        """Mount what has lists, fields and buttons and comes into sight later than the first paint."""
        with self.app.batch_update(), suppress(MountError):  # the app may be left meanwhile
            await self.query_one("#course").mount(LedgerView(id="ledger"), before=0)
            await self.mount(Quiz(id="quiz"), before="#status")

    @work(thread=True, exclusive=True)
    def _tell(self, happening: Callable[["Bench"], Iterator[Message]]) -> None:
        """Post what a thread says of a run, of a stored session, or of one that is played."""
        if self._bench is not None:
            for message in happening(self._bench):
                self.post_message(message)

    def _research(self, person: "AppPerson", question: str) -> None:
        from tui.drive import drive
        from tui.pacing import paced

        session, prompt = self.session, self.query_one(Prompt)
        self._tell(lambda bench: paced(drive(bench, person, question, session), lambda: prompt.typed_at))

    # -- asking ------------------------------------------------------------------------------------------

    async def on_prompt_sent(self, sent: Prompt.Sent) -> None:
        """A question, a follow-up, or an empty line that goes on after a stop."""
        if not self.query(Quiz):  # typed ahead of the first paint
            self.call_after_refresh(self.on_prompt_sent, sent)
        elif self.busy:
            self.query_one(Prompt).value = sent.text
            self.notify("Still researching; Esc stops it.")
        elif sent.text or self._unfinished:
            self._ask(sent.text)
        elif self._left_off and self._bench is not None:
            await self.take_up(self._left_off)
            self.when_idle(lambda: self._ask(""))

    def _ask(self, question: str) -> None:
        self._unfinished, self._left_off = self._unfinished and not question, ""
        self._begin()
        self.query_one(Course).begin(question or "(going on)")
        if self._bench is None or self._person is None:
            self._waiting = question
        else:
            self._person.begin()
            self._research(self._person, question)

    def _begin(self) -> None:
        """Something is told from now on."""
        self.busy, self._began = True, monotonic()
        self.cancel.clear()
        self._work_area.set_class(True, "-asked").set_class(False, "-reading")
        self._pages.wait()
        self.query_one(Status).work()
        self.refresh_bindings()

    def open(self, bench: "Bench") -> None:
        """Take the bench, and begin what was asked meanwhile."""
        from tui.asked import AppPerson

        self._bench = self._pages.bench = bench
        self._person = AppPerson(self.post_message, self.cancel, approve_plan=bench.settings.approve_plan)
        if self._waiting is not None:
            question, self._waiting = self._waiting, None
            self._research(self._person, question)

    def on_stocked(self, stocked: messages.Stocked) -> None:
        """Say what can be searched."""
        self.query_one(Welcome).offer(stocked=stocked.products > 0)
        if not self.busy:
            self.query_one(Status).say(stocked.line)

    def on_welcome_chosen(self, chosen: Welcome.Chosen) -> None:
        """Try a question, or let the app fill the catalogue."""
        if chosen.what == "example":
            self._ask(FIRST)
        else:
            self.post_message(messages.StockAsked(demo=chosen.what == "demo"))

    def on_left_off(self, left: messages.LeftOff) -> None:
        """Offer to go on, unless there is something newer by now."""
        if not self.busy and not self.session:
            self._left_off = left.session
            question = f"Your last question was not finished: “{left.question}”."
            self.query_one(Status).say(f"{question} An empty line goes on.")

    def on_remembered(self, remembered: messages.Remembered) -> None:
        """Earlier questions, for the arrow keys."""
        self.query_one(Prompt).remember(remembered.questions)
        if remembered.fault and not self.busy:
            self.query_one(Status).say(remembered.fault)

    # -- the run as it happens -----------------------------------------------------------------------------

    async def take_up(self, session: str) -> None:
        """Show a stored session and go on from there."""
        from tui.drive import take_up

        await self.action_new()
        self._begin()
        self._tell(lambda bench: take_up(bench, session))

    def play(self, session: str) -> None:
        """Play a stored session."""
        from tui.drive import play

        self._begin()
        self._tell(lambda bench: play(bench, session, self.cancel))

    def on_asking(self, asking: messages.Asking) -> None:
        """A question of a session that is told again."""
        self.query_one(Course).begin(asking.question)

    def on_began(self, began: messages.Began) -> None:
        """Remember what a follow-up follows; from here on the session can go on whatever happens."""
        self.session = self._pages.session = began.session
        self._unfinished = True

    def on_told(self, told: messages.Told) -> None:
        """Show one line of the run."""
        self.query_one(Status).begin_step()
        self.query_one(Course).tell(told.line)

    def on_acting(self, acting: messages.Acting) -> None:
        """A step begins."""
        self.query_one(Status).begin_step()
        self.query_one(Course).act(acting.thought, acting.call)

    def on_acted(self, acted: messages.Acted) -> None:
        """A step ends."""
        self.query_one(Course).acted(acted.summary, acted.seconds, acted.text, failed=acted.failed)

    def on_wrote(self, wrote: messages.Wrote) -> None:
        """Show that something is being written."""
        self.query_one(Status).write(wrote.text)

    def on_bound(self, bound: messages.Bound) -> None:
        """Show the needs as they stand."""
        self.query_one(LedgerView).show(bound.ledger)

    async def on_found(self, found: messages.Found) -> None:
        """Show what was found so far."""
        if self.busy:
            await self._pages.found(found.blocks)

    async def on_drafted(self, drafted: messages.Drafted) -> None:
        """Show the report as it is being written."""
        await self._pages.draft(drafted.text)

    async def on_reported(self, reported: messages.Reported) -> None:
        """Show the report."""
        self._unfinished = False
        await self._pages.show(reported)
        self._work_area.set_class(self.has_class("-narrow"), "-reading")
        self.query_one(Prompt).placeholder = NEXT
        self._end("Done; F6 walks through the report, Ctrl+S saves it.")

    def on_stopped(self) -> None:
        """The session can go on."""
        self._end("Stopped; an empty line goes on, or ask something else.")

    def on_failed(self, failed: messages.Failed) -> None:
        """Say what went wrong and let the person ask again."""
        failed.stop()
        if self.busy:
            self.query_one(Course).tell(Text(f"! {failed.sentence}", style="red"))
        again = "an empty line tries again, or ask something else." if self._unfinished else "ask again."
        self._end(f"That did not work; {again}" if self.busy else failed.sentence)

    def when_idle(self, do: Callable[[], object]) -> None:
        """Do something now, or once the run has ended."""
        if self.busy:
            self._then = do
        else:
            do()

    def _end(self, sentence: str) -> None:
        self.busy = False
        if monotonic() - self._began > LONG and not self.app.app_focus:
            self.app.bell()
            self.notify(sentence, title="Research")
        self._pages.rest()
        self.query_one(LedgerView).ask(asked=False)
        self.query_one(Quiz).close()
        self.query_one(Status).say(sentence)
        self.query_one("#prompt").focus()
        self.refresh_bindings()
        if self._then is not None:
            do, self._then = self._then, None
            do()

    # -- the person's hand on the wheel ------------------------------------------------------------------

    def on_approving(self) -> None:
        """Let the person see the needs before anything is searched."""
        self._work_area.set_class(False, "-reading")
        self.query_one(LedgerView).ask(asked=True)
        self.query_one(Status).say("Is that right? Change what is not, then search.")

    def on_ledger_view_agreed(self) -> None:
        """Search."""
        self.query_one(LedgerView).ask(asked=False)
        self.query_one(Status).work()
        self.query_one("#prompt").focus()
        if self._person is not None:
            self._person.agree()

    def on_ledger_view_changed(self, changed: LedgerView.Changed) -> None:
        """A need is to be otherwise."""
        self._steer(changed.kind, changed.target, changed.words)

    async def on_asked(self, asked: messages.Asked) -> None:
        """Put a question to the person."""
        await self.query_one(Quiz).ask(asked.question, asked.tabs)
        self.query_one(Status).say("A question to you; it waits as long as you like.")

    def on_quiz_answered(self, answered: Quiz.Answered) -> None:
        """Hand the answer on."""
        self.query_one(Status).work()
        self.query_one("#prompt").focus()
        if self._person is not None:
            self._person.reply(answered.answer, more=not answered.all)

    def on_unread(self, unread: messages.Unread) -> None:
        """Say that words were not understood."""
        self.notify(
            f"No need could be read in “{unread.words}”; try “price <= 60” or “not red”.", markup=False
        )

    def _steer(self, kind: str, target: str = "", words: str = "") -> None:
        """Ask for a change; where nothing runs, the session goes on with it."""
        if self._person is None or not self.session:
            return
        self._person.wish(kind, target, words)
        if not self.busy:
            self._ask("")

    def on_pages_steered(self, steered: Pages.Steered) -> None:
        """More like a product, or not this one."""
        self._steer(steered.kind, steered.tag)

    def action_write_now(self) -> None:
        """Ask for the report with what there is."""
        self._steer("stop")

    # -- keys -----------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer only what can be done now."""
        match action:
            case "stop" | "write_now":
                return self.busy
            case "export" | "pager":
                return self._pages.report is not None
            case "steps" | "new":
                return self._work_area.has_class("-asked") and not (self.busy and action == "new")
        return True

    def action_stop(self) -> None:
        """Ask the loop to stop after this step."""
        self.cancel.set()

    def action_steps(self) -> None:
        """Show the steps, or the report alone."""
        self._work_area.toggle_class("-reading")

    def action_next_pane(self) -> None:
        """From the prompt to the report, the needs, the steps, and back."""
        shown = [p for name in PANES for p in self.query(name) if p.display and p.region.area]
        if isinstance(following := after(self.focused, shown), ReportView):
            following.enter()
        else:
            following.focus()

    def action_scroll(self, direction: int) -> None:
        """Scroll what is being read, from wherever the cursor is."""
        panes = [*self._pages.panes, self.query_one(Course)]
        if pane := next((pane for pane in panes if pane.region.area), None):
            pane.scroll_relative(y=direction * (pane.size.height - 2), animate=False)

    async def action_new(self) -> None:
        """Begin a new session; the one before stays stored."""
        self.session, self._unfinished, self._left_off = "", False, ""
        self._pages.clear()
        self._work_area.remove_class("-asked", "-reading")
        self.query_one(Course).clear()
        self.query_one(LedgerView).show(Ledger())
        self.query_one(Prompt).placeholder = FIRST
        self._end("A new session.")

    def action_export(self) -> None:
        """Ask for a file's name and write the report to it."""
        self._pages.export(self.query_one(Status).say)

    def action_pager(self) -> None:
        """Read the report in the person's pager."""
        self._pages.page()

    @property
    def _work_area(self) -> Horizontal:
        return self.query_one("#work", Horizontal)

    @property
    def _pages(self) -> Pages:
        return self.query_one(Pages)
