"""Reviews of a product, laid out a few at a time as they are read."""

from collections.abc import Sequence

from rich.text import Text
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from index.product import Review
from tui.product_words import review

AT_ONCE = 20
"""Reviews laid out together: a screen or two, and well under 10 ms."""


class Reviews(Vertical):
    """The reviews that have been reached, and how many there are."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._waiting: list[Review] = []
        self._total = 0

    async def show(self, reviews: Sequence[Review]) -> None:
        """Begin with the first of these; once only."""
        self._waiting, self._total = list(reviews), len(reviews)
        await self.go_on()

    async def go_on(self) -> bool:
        """Lay out some more; whether there were any."""
        some, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
        if not some:
            return False
        place = "later" if self.children else "first"
        await self.mount(Static(Text("\n\n").join(map(review, some)), markup=False, classes=place))
        shown = self._total - len(self._waiting)
        more = "; scroll on for more" if self._waiting else ""
        self.border_subtitle = f"{shown:,} of {self._total:,}{more}"
        return True


class Reading(VerticalScroll):
    """What is scrolled; says when its end comes near."""

    class NearEnd(Message):
        """Less than a screen is left."""

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Look how much is left."""
        super().watch_scroll_y(old_value, new_value)
        if new_value > old_value:
            self.look()

    def look(self) -> None:
        """Say whether the end is near."""
        if self.scroll_y >= self.max_scroll_y - self.size.height:
            self.post_message(self.NearEnd())
