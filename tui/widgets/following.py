"""What grows while it is read: its end stays in sight unless the person scrolls away."""

from textual.containers import VerticalScroll


class Following(VerticalScroll):
    """Holds to its end from the moment it is longer than its room; what is shorter begins at the top."""

    def follow(self) -> None:
        """Hold to the end again, wherever the person has scrolled to."""
        self.anchor(anchor=False)
        self.grown()

    def grown(self) -> None:
        """To be called after something was added."""
        self.call_after_refresh(self._hold)

    def on_resize(self) -> None:
        """What was longer may fit now."""
        self._hold()

    def _hold(self) -> None:
        longer = self.max_scroll_y > 0
        if self.size.height and longer != self.is_anchored:
            self.anchor(anchor=longer)
            if not longer:
                self.set_scroll(None, 0)
