"""All settings: what each does, what it is, where that comes from, and a field to change it in place."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Header, Static

from tui import messages
from tui.widgets.keys import Keys
from tui.widgets.setting_row import SettingRow

if TYPE_CHECKING:
    from tui.settings import Settings
    from tui.settings_file import Setting


class SettingsScreen(Screen[None]):
    """Posts SettingsChanged to the app for each setting that was written."""

    TITLE = "Settings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", tooltip="Take back what was typed, or leave", id="settings.back"),
        Binding(
            "ctrl+r", "reset", "Default", tooltip="Take the setting out of the file", id="settings.reset"
        ),
    ]

    class Described(Message):
        """How all settings stand; the sentence says what was done, if anything was."""

        def __init__(self, settings: list["Setting"], said: str) -> None:
            super().__init__()
            self.settings, self.said = settings, said

    class Refused(Message):
        """A setting could not be read or written; the sentence is for the person."""

        def __init__(self, name: str, sentence: str) -> None:
            super().__init__()
            self.name, self.sentence = name, sentence

    def __init__(self, settings: "Settings") -> None:
        super().__init__()
        self._settings = settings
        self._writing = threading.Lock()

    def compose(self) -> ComposeResult:
        """Where they are kept, then one after another."""
        yield Header()
        yield Static(id="kept", markup=False)
        yield VerticalScroll(id="settings", can_focus=False)
        yield Keys()

    def on_mount(self) -> None:
        """Read where the values come from."""
        self._look()

    @work(thread=True, exclusive=True, group="settings")
    def _look(self) -> None:
        self._told("", lambda: self._settings, "")

    @work(thread=True, group="settings")
    def _write(self, name: str, raw: str | None) -> None:
        """None takes the setting out of the file."""
        from tui.settings_file import checked, write

        said = f"{name} is written." if raw is not None else f"{name} is the default again."
        self._told(name, lambda: write(name, None if raw is None else checked(name, raw)), said)

    def _told(self, name: str, deed: Callable[[], "Settings"], said: str) -> None:
        from tui.settings_file import described

        try:
            with self._writing:
                settings = deed()
            stand = described(settings)
        except Exception as error:  # whatever it is, the person reads a sentence and the screen lives on
            from tui.told import sentence

            self.post_message(self.Refused(name, sentence(error)))
            return
        self.post_message(self.Described(stand, said))
        if said:
            self.app.post_message(messages.SettingsChanged(settings))

    async def on_settings_screen_described(self, described: Described) -> None:
        """Show how they stand."""
        from tui.settings import settings_path

        self.query_one("#kept", Static).update(Text(f"Kept in {_short(settings_path())}"))
        rows = {row.id: row for row in self.query(SettingRow)}
        if not rows:
            await self.query_one("#settings").mount_all(SettingRow(s) for s in described.settings)
            self.screen.focus_next("Input, Switch")
        for setting in described.settings:
            if setting.name in rows:
                rows[setting.name].show(setting)
        if described.said:
            self.notify(described.said)
        self.refresh_bindings()

    def on_settings_screen_refused(self, refused: Refused) -> None:
        """Say why; the setting is as it was."""
        self.notify(refused.sentence, severity="error", markup=False)
        for row in self.query(SettingRow):
            if row.id == refused.name:
                row.show(row.setting)

    def on_setting_row_chosen(self, chosen: SettingRow.Chosen) -> None:
        """Write it."""
        chosen.stop()
        self._write(chosen.name, chosen.raw)

    def on_descendant_focus(self) -> None:
        """What can be done depends on where one is."""
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Only what the file says can become the default again."""
        return action != "reset" or (self._row is not None and self._row.setting.source == "file")

    def action_reset(self) -> None:
        """Take the setting out of the file."""
        if self._row is not None:
            self._write(self._row.setting.name, None)

    def action_back(self) -> None:
        """Take back what was typed first, then leave."""
        taken_back = [row for row in self.query(SettingRow) if row.take_back()]
        if not taken_back:
            self.dismiss()

    @property
    def _row(self) -> SettingRow | None:
        focused = self.focused
        return next((n for n in focused.ancestors if isinstance(n, SettingRow)), None) if focused else None


def _short(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home).as_posix()}" if path.is_relative_to(home) else str(path)
