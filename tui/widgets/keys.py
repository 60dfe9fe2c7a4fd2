"""The keys at the foot of the screen."""

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey


class Keys(Footer):
    """Built anew only where it has something else to show; Textual does it whenever the focus moves."""

    _shown: object = None

    def compose(self) -> ComposeResult:
        """The keys as Textual makes them, each with its form from the start.

        Textual makes each compact and then not: styled three times over. That of the palette stays compact.
        """
        for key in super().compose():
            if isinstance(key, FooterKey) and not key.has_class("-command-palette"):
                key.set_reactive(FooterKey.compact, self.compact)
            yield key

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Show the keys of what has the focus now."""
        shown = [
            (key, active.binding.description, active.enabled)
            for key, active in screen.active_bindings.items()
            if active.binding.show
        ]
        if shown != self._shown and self.is_attached and screen.app.app_focus:
            self._shown = shown
            super().bindings_changed(screen)
