"""One setting: its name, what it does, where its value comes from, and the field that changes it."""

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static, Switch

if TYPE_CHECKING:
    from tui.settings_file import Setting


class SettingRow(Vertical):
    """A switch for yes or no, else a line to type in; neither where the environment decides."""

    class Chosen(Message):
        """The person wants another value: what they typed."""

        def __init__(self, name: str, raw: str) -> None:
            super().__init__()
            self.name, self.raw = name, raw

    def __init__(self, setting: "Setting") -> None:
        super().__init__(id=setting.name)
        self._setting = setting

    def compose(self) -> ComposeResult:
        """From what it is to what is wrong with what was typed."""
        yield Static(classes="name")
        yield Static(Text(self._setting.doc), classes="doc")
        if isinstance(self._setting.value, bool):
            yield Switch(animate=False)
        else:
            yield Input(select_on_focus=False, placeholder="the default")
        yield Static(classes="fault")

    def on_mount(self) -> None:
        """Show how it stands."""
        self.show(self._setting)

    def show(self, setting: "Setting") -> None:
        """Another value, or the same from elsewhere."""
        self._setting = setting
        self.query_one(".name", Static).update(
            Text.assemble((setting.name, "bold"), "  ", (_from(setting), "dim"))
        )
        self._field.disabled = setting.source == "environment"
        with self.prevent(Switch.Changed, Input.Changed):
            if isinstance(self._field, Switch):
                self._field.value = bool(setting.value)
            else:
                self._field.value = self._written
        self.tell("")

    def tell(self, sentence: str, *, wrong: bool = False) -> None:
        """A sentence beneath the field; none takes no room."""
        below = self.query_one(".fault", Static)
        below.update(Text(sentence))
        below.display = bool(sentence)
        self.set_class(wrong, "-wrong")

    def take_back(self) -> bool:
        """Show the value again instead of what was typed; whether that made a difference."""
        field = self._field
        if isinstance(field, Switch) or field.value == self._written:
            return False
        self.show(self._setting)
        return True

    def on_input_changed(self, changed: Input.Changed) -> None:
        """Say at once whether that can be kept."""
        from tui.settings import SettingsError
        from tui.settings_file import checked

        changed.stop()
        try:
            checked(self._setting.name, changed.value)
        except SettingsError as error:
            self.tell(str(error), wrong=True)
        else:
            self.tell("" if changed.value == self._written else "Enter keeps it, Esc takes it back.")

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Keep what was typed."""
        submitted.stop()
        if not self.has_class("-wrong"):
            self.post_message(self.Chosen(self._setting.name, submitted.value))

    def on_switch_changed(self, changed: Switch.Changed) -> None:
        """Keep what was switched."""
        changed.stop()
        self.post_message(self.Chosen(self._setting.name, str(changed.value)))

    @property
    def setting(self) -> "Setting":
        """How it stands."""
        return self._setting

    @property
    def _written(self) -> str:
        return "" if self._setting.value is None else str(self._setting.value)

    @property
    def _field(self) -> Input | Switch:
        switch = isinstance(self._setting.value, bool)
        return self.query_one(Switch) if switch else self.query_one(Input)


def _from(setting: "Setting") -> str:
    # A switch says it by its colour alone.
    said = ("yes, " if setting.value else "no, ") if isinstance(setting.value, bool) else ""
    match setting.source:
        case "environment":
            return f"{said}set by the environment variable {setting.variable}; change it there"
        case "file":
            return f"{said}from the settings file"
    return f"{said}default"
