"""The keys at the foot of the screen, in one line."""

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.binding import ActiveBinding
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

_BAR = "▏"


class Key(NamedTuple):
    """A key as it stands at the foot."""

    press: str
    shown: str
    said: str
    tooltip: str
    enabled: bool
    palette: bool = False

    @property
    def width(self) -> int:
        """Cells that it takes, its margins among them."""
        return cell_len(self.shown) + cell_len(self.said) + 3


class Keys(Widget, can_focus=False):
    """The keys that act here, as many as have room as a whole, and at the right that of the palette.

    Textual's Footer makes a widget of each key, to be styled and laid out as any other is.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key", "keys--said", "keys--hovered", "keys--bar"}
    DEFAULT_CSS = """
    Keys {
        dock: bottom;
        height: 1;
        color: $footer-foreground;
        background: $footer-background;
        .keys--key {
            color: $footer-key-foreground;
            background: $footer-key-background;
            text-style: bold;
        }
        .keys--said {
            color: $footer-description-foreground;
            background: $footer-description-background;
        }
        .keys--hovered {
            color: $footer-key-foreground;
            background: $block-hover-background;
        }
        .keys--bar { color: $foreground 20%; }
    }
    """

    keys: reactive[tuple[Key, ...]] = reactive(())
    """What has the focus now can do, the palette last."""
    hovered: reactive[str] = reactive("")
    """What a click would press."""

    def __init__(self, *, show_command_palette: bool = True) -> None:
        super().__init__()
        self._with_palette = show_command_palette

    def on_mount(self) -> None:
        """Follow the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen.app.app_focus:
            self.keys = tuple(self._acting(screen))

    def _acting(self, screen: Screen[object]) -> Iterator[Key]:
        """One key of each action, and the palette's."""
        active = screen.active_bindings
        first: dict[str, ActiveBinding] = {}
        for each in active.values():
            if each.binding.show:
                first.setdefault(each.binding.action, each)
        yield from map(self._key, first.values())
        palette = active.get(self.app.COMMAND_PALETTE_BINDING)
        if self._with_palette and palette is not None:
            yield self._key(palette)._replace(palette=True)

    def _key(self, active: ActiveBinding) -> Key:
        said, shown = active.binding.description, self.app.get_key_display(active.binding)
        return Key(active.binding.key, shown, said, active.tooltip, active.enabled)

    def _places(self) -> Iterator[tuple[int, Key]]:
        """The cell in which each begins that has room."""
        room = self.size.width - sum(key.width for key in self.keys if key.palette)
        at = 0
        for key in self.keys:
            if key.palette:
                yield room, key
            elif at + key.width <= room:
                yield at, key
                at += key.width

    def render(self) -> Content:
        """The keys in one line."""
        line = Content("")
        for at, key in self._places():
            gap = Content(" " * (at - line.cell_length))
            line = line.append(gap).append(self._drawn(key))
        return line

    def _drawn(self, key: Key) -> Content:
        pressed, said = ("keys--hovered",) * 2 if key.press == self.hovered else ("keys--key", "keys--said")
        margin = (_BAR, self.get_visual_style("keys--bar")) if key.palette else (" ", "")
        shown = (f"{key.shown} ", self.get_visual_style(pressed))
        drawn = Content.assemble(margin, shown, (f"{key.said} ", self.get_visual_style(said)))
        return drawn if key.enabled else drawn.stylize("dim")

    def _under(self, column: int) -> Key | None:
        return next((key for at, key in self._places() if at <= column < at + key.width), None)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show what a click would press, and what that does."""
        key = self._under(event.x)
        self.hovered = key.press if key is not None and key.enabled else ""
        self.tooltip = key.tooltip if key is not None and key.tooltip else None

    def on_leave(self) -> None:
        """Nothing would be pressed."""
        self.hovered = ""

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key under the pointer."""
        key = self._under(event.x)
        if key is None:
            return
        if key.enabled:
            self.app.simulate_key(key.press)
        else:
            self.app.bell()
