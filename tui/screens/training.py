"""Retraining: what one would take, how far one is, what it learns from, and what the gate found.

The retraining is a process of its own, and this screen only looks: at its journal, and at what its stages
leave. So it can be left and opened again, here or in another app, and shows where the retraining is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Header, Static, TabbedContent, TabPane

from finetune.retrain.journal import Follower, ask_to_stop
from index.text.sanitize import plain
from tui import messages
from tui.screens.rolling_back import RollingBackScreen
from tui.told import UsageError, inert_sentence
from tui.training import words
from tui.training.apart import Apart, Foretelling
from tui.training.choices import Chosen
from tui.widgets.gate_view import GateView
from tui.widgets.keys import Keys
from tui.widgets.learned_from import LearnedFrom
from tui.widgets.retrain_course import RetrainCourse
from tui.widgets.retrain_form import RetrainForm

if TYPE_CHECKING:
    from models.usable import Model
    from tui.bench import Bench
    from tui.training.standing import Standing

EVERY = 1.0
"""Seconds between two looks."""
SAMPLES = 4
"""Samples that can be looked at."""
BEGINS = "It begins …"
TRYING = "Trying out a few dialogues and one task, to tell what it would take …"
STOPPING = "It was asked to stop, and ends as soon as it can; Stop again ends it at once."


class TrainingScreen(Screen[None]):
    """Posts RetrainingEnded to the app, and SettingsChanged where the model before answers again."""

    TITLE = "Training"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", tooltip="Leave; a retraining goes on", id="training.back"),
        Binding("f5", "pane('run')", "Run", show=False, tooltip="How far it is", id="training.run"),
        Binding("f6", "pane('data')", "Data", show=False, tooltip="What is learned", id="training.data"),
        Binding("f7", "pane('gate')", "Gate", show=False, tooltip="The comparison", id="training.gate"),
    ]

    @dataclass
    class Seen(Message):
        """How it stands now."""

        standing: "Standing"

    @dataclass
    class Foretold(Message):
        """A line of what it would take; the last one is empty."""

        line: str

    @dataclass
    class Sampled(Message):
        """Samples of a data set, each with its heading; or why there are none."""

        folder: Path
        samples: Sequence[tuple[str, Text]]
        fault: str = ""

    @dataclass
    class Changed(Message):
        """Another model answers; or why it does not."""

        sentence: str
        failed: bool

    def __init__(self, bench: "Bench", clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self._bench = bench
        self._clock = clock
        self._follower = Follower(bench.home)
        self._looking = False
        self._standing: Standing | None = None
        self._begun: Apart | None = None
        self._foretelling: Foretelling | None = None
        self._forecast_lines: list[str] = []
        self._asked_to_stop = False
        self._sampled: Path | None = None
        """The folder whose samples were read, or are being read."""

    def compose(self) -> ComposeResult:
        """Where it is, and the three panes."""
        yield Header()
        yield Static(id="state", markup=False)
        with TabbedContent(id="panes"):
            with TabPane("Run F5", id="pane-run"), Vertical(id="run"):
                yield RetrainForm()
                with VerticalScroll(id="going", can_focus=False):
                    yield Static(id="forecast", markup=False)
                    yield RetrainCourse()
            with TabPane("Learned from F6", id="pane-data"):
                yield LearnedFrom()
            with TabPane("Comparison F7", id="pane-gate"):
                yield GateView()
        yield Keys()

    def on_mount(self) -> None:
        """Look now, and again and again."""
        self.query_one(RetrainCourse).display = False
        self.set_interval(EVERY, self._look_again)
        self._look_again()

    def on_unmount(self) -> None:
        """A forecast is for this screen alone; a retraining goes on."""
        self._stop_foretelling()

    # -- how it stands ---------------------------------------------------------------------------------------

    def _look_again(self) -> None:
        if not self._looking:
            self._looking = True
            self._look()

    @work(thread=True, group="look")
    def _look(self) -> None:
        from tui.training.standing import standing  # 430 ms, which the screen is not held up by

        try:
            seen = self.Seen(standing(self._bench.home, self._follower))
        except Exception as error:  # whatever it is, the person reads a sentence and the screen lives on
            self.post_message(messages.Failed(inert_sentence(error)))
        else:
            self.post_message(seen)

    def on_training_screen_seen(self, seen: Seen) -> None:
        """Show it."""
        self._looking = False
        self._standing = now = seen.standing
        if now.phase != "running":
            self._asked_to_stop = False
        if now.course and now.asked and now.phase in ("stopped", "died"):
            self.query_one(RetrainForm).go_on_with(now.course.name, now.asked)
        self._say_state()
        self.query_one(RetrainCourse).show(now)
        self.query_one(LearnedFrom).show(now)
        self.query_one(GateView).show(now)
        self._read_samples_once()

    def _say_state(self) -> None:
        now = self._standing
        if now is None:
            return
        running, begins = now.phase == "running", self._begins
        text = words.state(now, self._clock())
        if self._asked_to_stop:
            text = Text(STOPPING)
        elif begins:
            text = Text(BEGINS)
        self.query_one("#state", Static).update(text)
        form = self.query_one(RetrainForm)
        form.offer(running=running, busy=begins or self._foretelling is not None)

    @property
    def _begins(self) -> bool:
        """Whether one was begun here that has not told anything yet."""
        running = self._standing is not None and self._standing.phase == "running"
        return self._begun is not None and not self._begun.over and not running

    def on_failed(self, failed: messages.Failed) -> None:
        """Say why something cannot be shown."""
        failed.stop()
        self._looking = False
        self.notify(failed.sentence, severity="error", markup=False)

    # -- what it learns from ---------------------------------------------------------------------------------

    def on_tabbed_content_tab_activated(self) -> None:
        """Samples are read when they are wanted."""
        self._read_samples_once()

    def _read_samples_once(self) -> None:
        folder = self._standing.data if self._standing else None
        wanted = self.query_one(TabbedContent).active == "pane-data"
        if wanted and folder is not None and folder != self._sampled:
            self._sampled = folder
            self.query_one(LearnedFrom).tell("Reading samples …")
            self._read_samples(folder)

    @work(thread=True, group="samples")
    def _read_samples(self, folder: Path) -> None:
        from finetune.data.looking import coloured, heading  # with tokenizers: 300 ms, only for samples
        from tui.training.looking import samples_of

        try:
            found = islice(samples_of(folder / "dataset", folder / "base", "train"), SAMPLES)
            samples = [(plain(heading(sample)), coloured(sample)) for sample in found]
        except Exception as error:  # the data set may be cleared away just now
            self.post_message(self.Sampled(folder, (), inert_sentence(error)))
        else:
            self.post_message(self.Sampled(folder, samples))

    def on_training_screen_sampled(self, sampled: Sampled) -> None:
        """Show them."""
        learned = self.query_one(LearnedFrom)
        if sampled.fault:
            learned.tell(sampled.fault)
        else:
            learned.show_samples(sampled.samples)

    # -- begin, foretell, stop -------------------------------------------------------------------------------

    def on_retrain_form_start(self) -> None:
        """Begin, or go on."""
        self._begin(distill_only=False)

    def on_retrain_form_distill(self) -> None:
        """Begin, or go on, up to the data set."""
        self._begin(distill_only=True)

    def _begin(self, *, distill_only: bool) -> None:
        if (chosen := self._chosen()) is None or self._begins:
            return
        chosen = chosen._replace(distill_only=distill_only)
        app = self.app

        def ended(sentence: str, failed: bool) -> None:
            app.post_message(messages.RetrainingEnded(plain(sentence), failed))

        self._begun = Apart(chosen, ended)
        self.query_one("#forecast", Static).update("")
        self._say_state()

    def on_retrain_form_foretell(self) -> None:
        """Say what it would take."""
        if (chosen := self._chosen()) is None or self._foretelling is not None:
            return
        self._foretelling = Foretelling(chosen)
        self._forecast_lines.clear()
        self._show_forecast()
        self._foretell(self._foretelling)
        self._say_state()

    @work(thread=True, exclusive=True, group="forecast")
    def _foretell(self, foretelling: Foretelling) -> None:
        try:
            for line in foretelling.lines():
                self.post_message(self.Foretold(plain(line)))
        except Exception as error:  # the thread's end is the app's edge
            self.post_message(messages.Failed(inert_sentence(error)))
        self.post_message(self.Foretold(""))

    def on_training_screen_foretold(self, foretold: Foretold) -> None:
        """A line more."""
        if foretold.line:
            self._forecast_lines.append(foretold.line)
        else:
            self._foretelling = None
            self._say_state()
        self._show_forecast()

    def on_retrain_form_stop(self) -> None:
        """Stop a forecast, or ask the retraining to end; asked again, it is ended."""
        if self._foretelling is not None:
            self._stop_foretelling()
            return
        self._ask_to_stop(firmly=self._asked_to_stop)
        self._asked_to_stop = True
        self._say_state()

    @work(thread=True, group="stop")
    def _ask_to_stop(self, *, firmly: bool) -> None:
        ask_to_stop(self._bench.home, firmly=firmly)

    # -- the way back ----------------------------------------------------------------------------------------

    def on_gate_view_go_back(self) -> None:
        """Ask once more, then let the model before answer."""
        if self._standing is not None:
            self.app.push_screen(RollingBackScreen(self._standing.in_use), self._answered)

    def _answered(self, back: bool | None) -> None:
        if back:
            self._roll_back()

    def on_gate_view_promote(self) -> None:
        """Let what passed its comparison answer again."""
        if self._standing is not None and self._standing.passed is not None:
            self._promote(self._standing.passed)

    @work(thread=True, exclusive=True, group="in use")
    def _roll_back(self) -> None:
        from models.bundled_agent import bundled_agent
        from models.in_use import ModelsInUse

        self._change(ModelsInUse(self._bench.home, bundled_agent()).rollback)

    @work(thread=True, exclusive=True, group="in use")
    def _promote(self, adapter: Path) -> None:
        from tui.using_models import promote_again

        self._change(lambda: promote_again(adapter, self._bench.home))

    def _change(self, change: Callable[[], "Model"]) -> None:
        try:
            model = change()
        except Exception as error:  # whatever it is, the person reads a sentence and the screen lives on
            self.post_message(self.Changed(inert_sentence(error), failed=True))
        else:
            self.post_message(self.Changed(plain(f"{model.name} answers again."), failed=False))

    def on_training_screen_changed(self, changed: Changed) -> None:
        """Say what became of it."""
        self.notify(changed.sentence, severity="error" if changed.failed else "information", markup=False)
        if not changed.failed:
            self.app.post_message(messages.SettingsChanged(self._bench.settings))
        self._look_again()

    # -- where one is ----------------------------------------------------------------------------------------

    def action_pane(self, name: str) -> None:
        """Open a pane, and put the keys where they are wanted."""
        self.query_one(TabbedContent).active = f"pane-{name}"
        if name == "data":
            self.call_after_refresh(self.query_one(LearnedFrom).begin)
        elif name == "gate":
            self.call_after_refresh(self.query_one(GateView).begin)

    def _chosen(self) -> Chosen | None:
        """What is asked for; where it cannot be meant, that is said."""
        try:
            return self.query_one(RetrainForm).chosen()
        except UsageError as error:
            self.notify(str(error), severity="error", markup=False)
            return None

    def _show_forecast(self) -> None:
        """The lines so far, and that more are to come."""
        more = [TRYING] if self._foretelling is not None else []
        self.query_one("#forecast", Static).update(Text("\n".join([*self._forecast_lines, *more])))

    def _stop_foretelling(self) -> None:
        if self._foretelling is not None:
            self._foretelling.stop()
