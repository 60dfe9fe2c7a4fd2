"""The keys at the foot of the screen."""

from textual.screen import Screen
from textual.widgets import Footer


class Keys(Footer):
    """Built anew only where it has something else to show; Textual does it whenever the focus moves."""

    _shown: object = None

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
