"""Lists to choose from; in `Choices` the first click points at a line, and the second chooses it."""

from textual import events
from textual.widgets import OptionList


class Listing(OptionList):
    """Textual's list, which fails at the page keys while it has no room or is not laid out yet."""

    def action_page_up(self) -> None:
        """A page up."""
        if self.scrollable_content_region:
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """A page down."""
        if self.scrollable_content_region:
            super().action_page_down()  # type: ignore[no-untyped-call]


class Choices(Listing):
    """A list where a click alone decides nothing: keys and the footer act on what it points at."""

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
