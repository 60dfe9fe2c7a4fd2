"""The app: its screens, and what it keeps for them; research itself is at `tui.screens.research`.

Until the first paint it imports nothing of the floors below: the agent and the index would add 290 ms and
the settings 130 ms to the 230 ms of Textual (`python -c`, best of five).
"""

import gc
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.events import Event, InputEvent, Resize
from textual.filter import LineFilter
from textual.geometry import Size
from textual.screen import Screen
from textual.theme import Theme
from textual.widget import Widget

from tui import messages, offline
from tui.inert import Inert
from tui.looks import HIGH_CONTRAST, LIGHT_COLOURS, LooksError, Themes, binding_ids, keymap_of, theme_of
from tui.screens.jump import JumpScreen
from tui.screens.research import ResearchScreen
from tui.shown import Claim, Meter
from tui.widgets.course import StepTitle
from tui.widgets.drawer import Drawer
from tui.widgets.ledger import LedgerView
from tui.widgets.prompt import Prompt
from tui.widgets.quiz import Quiz
from tui.widgets.report import ReportView

if TYPE_CHECKING:
    from tui.bench import Bench
    from tui.settings import Settings

INERT = Inert()
PALETTE = Size(20, 12)
"""Cells that the list of commands needs."""
_PAUSE = 10.0
"""Seconds without a key after which a stop of a frame or two is noticed by nobody."""
_NEVER = 1 << 30
OpenBench = Callable[[threading.Event], "Bench"]


class ResearchApp(App[str]):
    """Research at its home screen, with others beside it; returns the session that can be asked on."""

    TITLE = "ProductResearch"
    CSS_PATH = "app.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual types it per instance
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "open('catalogue')", "Catalogue", id="catalogue", tooltip="Browse, import, sources"),
        Binding("f3", "open('sessions')", "Sessions", id="sessions", tooltip="Past research"),
        Binding("f4", "open('settings')", "Settings", id="settings", tooltip="What can be set"),
        Binding("f9", "open('models')", "Models", id="models", tooltip="Which are here, fit, and answer"),
        Binding(
            "f10", "open('training')", "Training", show=False, id="training", tooltip="Retrain the model"
        ),
        Binding("ctrl+o", "jump", "Jump", id="jump", tooltip="A letter on everything; press it to go there"),
        Binding("f1", "show_help_panel", "Keys", id="keys", tooltip="All keys of what has the focus"),
        Binding("ctrl+q", "quit", "Quit", priority=True, id="quit", tooltip="Leave; nothing is lost"),
    ]

    def __init__(self, open_bench: OpenBench, replay: str = "") -> None:
        """`replay` is a stored session that is played when the bench is open."""
        super().__init__()
        self._replay = replay
        self.fault: Exception | None = None
        """Why the app could not begin, for whoever ran it."""
        self._open_bench = open_bench
        self._bench: Bench | None = None
        self._meter: Meter | None = None
        self._themes = Themes(Path())
        self._undressed = ""
        """The theme before the person's own is known."""
        self._home = ResearchScreen()
        self._touched = 0.0
        self._usual = gc.get_threshold()
        """When Python looks for garbage by itself; put back when the app is left."""

    def get_default_screen(self) -> ResearchScreen:
        """Home."""
        return self._home

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and ours."""
        return [*super().get_line_filters(), INERT]

    def on_mount(self) -> None:
        """Open the bench once the screen is painted."""
        self.register_theme(HIGH_CONTRAST)
        self.ansi_theme_light = LIGHT_COLOURS
        self._undressed = self.theme
        offline.watch()
        self._badge()
        self.set_interval(2, self._badge)
        self.call_after_refresh(self._begin)

    def on_unmount(self) -> None:
        """Let a run end after its step, which is stored."""
        gc.set_threshold(*self._usual)
        self._home.cancel.set()

    def _badge(self) -> None:
        """That nothing leaves the machine, counted, and what the model costs."""
        calls = offline.calls()
        offline_said = f"offline · {calls} network call{'' if calls == 1 else 's'}"
        self.sub_title = f"{offline_said} · {self._meter.line}" if self._meter else offline_said

    def _measure(self, meter: Meter) -> None:
        self._meter = meter
        self._badge()

    def on_metered(self, metered: messages.Metered) -> None:
        """Show on every screen what the model costs just now."""
        self._measure(metered.meter)

    @work(thread=True)
    def _begin(self) -> None:
        try:
            bench = self._open_bench(self._home.cancel)
        except Exception as error:  # whatever it is, whoever ran the app says it
            self.post_message(messages.Unopened(error))
            return
        from tui.drive import asked_before, left_off, stock

        for message in (*stock(bench), *asked_before(bench), *left_off(bench, datetime.now(UTC))):
            self._home.post_message(message)
        self.post_message(messages.Opened(bench))  # last: a bench serves one run at a time

    def on_opened(self, opened: messages.Opened) -> None:
        """Research can begin, in the person's colours and with their keys."""
        if not self.is_running:  # somebody quit while it was opened
            opened.bench.close()
            return
        self._spare_frames()
        self._bench = opened.bench
        self._themes = Themes(opened.bench.looks / "themes")
        self._dress(opened.bench)
        self._measure(Meter(opened.bench.researcher))
        self._home.open(opened.bench)
        if self._replay:
            self._home.play(self._replay)

    def _spare_frames(self) -> None:
        """Look through everything for garbage only while no key is pressed: it stopped the screen for 100 ms.

        What is loaded by now stays and is not looked through at all.
        """
        gc.freeze()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, _NEVER)
        gc.enable()
        self.set_interval(_PAUSE, self._collect)

    def _collect(self) -> None:
        if monotonic() - self._touched >= _PAUSE:
            gc.collect()

    async def on_event(self, event: Event) -> None:
        """Note when a key or the mouse was last used."""
        if isinstance(event, InputEvent):
            self._touched = monotonic()
        await super().on_event(event)

    def _dress(self, bench: "Bench") -> None:
        """Take over themes and keys as the person's files have them."""
        self._look_at_themes()
        if self.theme != self._undressed:  # one was chosen while it was opened
            self._remember_theme(self.theme)
        elif bench.settings.theme in self.available_themes:
            self.theme = bench.settings.theme
        try:
            self.set_keymap(dict(keymap_of(bench.looks / "keys.toml", IDS)))
        except LooksError as error:
            self.notify(str(error), severity="error", markup=False)
        self.set_interval(1, self._look_at_themes)
        self.theme_changed_signal.subscribe(self, self._theme_chosen)

    def _look_at_themes(self) -> None:
        """Show a theme anew that was saved."""
        for path in self._themes.changed():
            try:
                self.register_theme(theme_of(path))
            except LooksError as error:
                self.notify(str(error), severity="error", markup=False)
            else:
                if self.theme == path.stem:
                    self._invalidate_css()
                    self.refresh_css()

    def _theme_chosen(self, theme: Theme) -> None:
        if self._bench is not None and theme.name != self._bench.settings.theme:
            self._remember_theme(theme.name)

    @work(thread=True, exclusive=True, group="theme")
    def _remember_theme(self, theme: str) -> None:
        """What was chosen is chosen next time too."""
        from tui.settings_file import write
        from tui.told import inert_sentence

        try:
            write("theme", theme)
        except Exception as error:  # the thread's end is the app's edge
            self.post_message(messages.Failed(inert_sentence(error)))

    def on_unopened(self, unopened: messages.Unopened) -> None:
        """Leave it to the terminal to say why."""
        self.fault = unopened.error
        self.exit()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What can be done here, for the command palette."""
        own = [
            SystemCommand(key.description, key.tooltip, partial(self.run_action, key.action, node))
            for node in (screen, self)
            for key in node.BINDINGS
            if isinstance(key, Binding) and key.description and key.action != "quit"
        ]
        named = {command.title for command in own}
        yield from (each for each in super().get_system_commands(screen) if each.title not in named)
        yield from own

    def action_jump(self) -> None:
        """Put a letter on everything that can have the focus."""
        sight = self.screen.region
        seen = [w for w in self.screen.focus_chain if w.region.area and sight.contains_region(w.region)]
        self.push_screen(JumpScreen(seen), self._jumped)

    def _jumped(self, widget: Widget | None) -> None:
        if widget is not None:
            widget.focus()

    # -- other screens ---------------------------------------------------------------------------------------

    def action_open(self, name: str) -> None:
        """Open a screen over the present one; the same one only once."""
        if name == "training" and self._replay:
            self.notify("A recording has nothing to retrain.")
        elif self._bench is not None:
            screen = _screen(name, self._bench)
            if not isinstance(self.screen, type(screen)):
                self.push_screen(screen)

    def on_stock_asked(self, asked: messages.StockAsked) -> None:
        """Fill the catalogue, on its own screen."""
        from tui.screens.catalogue import CatalogueScreen

        if self._bench is not None:
            self.push_screen(CatalogueScreen(self._bench, begin="demo" if asked.demo else "intake"))

    def on_catalogue_changed(self) -> None:
        """Say at home what there is to search now."""
        self._restock()

    @work(thread=True, exclusive=True, group="stock")
    def _restock(self) -> None:
        from tui.drive import stock

        if self._bench is not None:
            for message in stock(self._bench):
                self._home.post_message(message)

    async def on_session_chosen(self, chosen: messages.SessionChosen) -> None:
        """Go on with a session of the past."""
        if self._home.busy:
            self.notify("Still researching; Esc stops it.")
        else:
            await self._home.take_up(chosen.session_id)

    def on_settings_changed(self, changed: messages.SettingsChanged) -> None:
        """Research by them from the next question on: another model may be wanted."""
        self._home.when_idle(lambda: self._renew(changed.settings))

    def on_retraining_ended(self, ended: messages.RetrainingEnded) -> None:
        """Say so on whatever screen is shown; another model may answer from the next question on."""
        self.notify(ended.sentence, severity="error" if ended.failed else "information", markup=False)
        if self._bench is not None and not ended.failed:
            self.on_settings_changed(messages.SettingsChanged(self._bench.settings))

    def _renew(self, settings: "Settings") -> None:
        if self._bench is None:
            return
        self._bench.renew(settings)
        self._measure(Meter(self._bench.researcher))
        self._home.open(self._bench)

    def on_copy_asked(self, asked: messages.CopyAsked) -> None:
        """Put a text on the clipboard."""
        from tui.copying import copy

        copy(self, asked.text)

    # -- what a screen asks for ------------------------------------------------------------------------------

    def on_product_asked(self, asked: messages.ProductAsked) -> None:
        """Show everything that is known of a product."""
        from tui.screens.product import ProductScreen

        if self._bench is not None:
            self.push_screen(ProductScreen(self._bench, asked.record_id, asked.needs))

    def on_compare_asked(self, asked: messages.CompareAsked) -> None:
        """Put products side by side."""
        from tui.screens.compare import CompareScreen

        if self._bench is not None:
            self.push_screen(CompareScreen(self._bench, asked.records, asked.needs, dict(asked.tags)))

    def on_cite_asked(self, asked: messages.CiteAsked) -> None:
        """Show what a fact rests on, over whatever screen asks."""
        from tui.screens.evidence import EvidenceScreen

        if self._bench is not None:
            claim = Claim(asked.text, (asked.cite,))
            self.push_screen(EvidenceScreen(self._bench, self._home.session, claim))

    def on_failed(self, failed: messages.Failed) -> None:
        """Say why something could not be shown."""
        self.notify(failed.sentence, severity="error", markup=False)

    def action_command_palette(self) -> None:
        """Where there is room for it; Textual's own fails at its keys where there is none."""
        if _has_room(self.size):
            super().action_command_palette()

    def on_resize(self, event: Resize) -> None:
        """Close the list of commands where there is no more room for it."""
        if isinstance(self.screen, CommandPalette) and not _has_room(event.size):
            self.screen.dismiss()

    async def action_quit(self) -> None:
        """Leave; a run that is under way can go on later."""
        self.exit("" if self._replay else self._home.session)


IDS = tuple(binding_ids(ResearchApp, ResearchScreen, ReportView, LedgerView, Quiz, Prompt, Drawer, StepTitle))
"""What can be given another key."""


def _has_room(size: Size) -> bool:
    """Whether the list of commands can be shown."""
    return size.width >= PALETTE.width and size.height >= PALETTE.height


def _screen(name: str, bench: "Bench") -> Screen[None]:
    """A screen by the name that its key gives it; imported when it is first wanted."""
    if name == "catalogue":
        from tui.screens.catalogue import CatalogueScreen

        return CatalogueScreen(bench)
    if name == "sessions":
        from tui.screens.sessions import SessionsScreen

        return SessionsScreen(bench)
    if name == "models":
        from tui.screens.models import ModelsScreen

        return ModelsScreen(bench)
    if name == "training":
        from tui.screens.training import TrainingScreen

        return TrainingScreen(bench)
    from tui.screens.settings import SettingsScreen

    return SettingsScreen(bench.settings)
