"""A list to choose from: the first click points at a line, the second chooses it."""

from textual import events
from textual.widgets import OptionList


class Choices(OptionList):
    """Textual's list, where a click alone decides nothing: keys and the footer act on what it points at."""

    def on_click(self, event: events.Click) -> None:
        """Point first; Textual's own handling, which also chooses, is for what is pointed at already."""
        clicked = event.style.meta.get("option")
        if clicked is not None and clicked != self.highlighted:
            self.highlighted = clicked
            event.prevent_default()

    @property
    def chosen(self) -> str | None:
        """The id of the line that is pointed at; None where there is none."""
        return None if self.highlighted is None else self.get_option_at_index(self.highlighted).id
