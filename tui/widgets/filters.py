"""What to look for, within which limits and in which order, as fields above a list."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Select

from tui.filters import Asked

PAUSE = 0.12
"""Seconds without a key after which what was typed is asked for."""
Order = tuple[str, bool]
ORDERS: tuple[tuple[str, Order], ...] = (
    ("cheapest first", ("price", False)),
    ("dearest first", ("price", True)),
    ("best rated first", ("rating", True)),
    ("by title", ("title", False)),
    ("by brand", ("brand", False)),
)


class Filters(Vertical):
    """Tells when something else is meant; `asked` says what."""

    @dataclass
    class Meant(Message):
        """Something else is meant; perhaps its last word is still being written."""

        typing: bool

    class Entered(Message):
        """The person is done with a field."""

    def compose(self) -> ComposeResult:
        """Words above limits and order."""
        yield Input(placeholder="Search by words and meaning", id="search", compact=True)
        with Horizontal(id="limits"):
            yield Input(placeholder="Limits: rating>=4; price<=200", id="where", compact=True)
            yield Input(placeholder="At most, as 40 EUR", id="max-price", compact=True)
            yield Select(ORDERS, prompt="best match first", id="sort", compact=True)

    def on_mount(self) -> None:
        """Nothing is typed yet."""
        self._clock = self.set_interval(PAUSE, self._paused, pause=True)

    def asked(self, category: tuple[str, ...], *, typing: bool) -> Asked:
        """What stands in the fields, to be looked for in a category."""
        self._clock.pause()
        limits = (part.strip() for part in self.query_one("#where", Input).value.split(";"))
        order = self._sort.value
        return Asked(
            query=self.query_one("#search", Input).value,
            max_price=self.query_one("#max-price", Input).value.strip() or None,
            category=category,
            where=tuple(filter(None, limits)),
            sort=order if isinstance(order, tuple) else None,
            typing=typing,
        )

    def offer(self, orders: Sequence[tuple[str, Order]]) -> None:
        """Orders beside what is built in; the one that was chosen stays where it is still offered."""
        offered = (*ORDERS, *orders)
        chosen = self._sort.value
        with self.prevent(Select.Changed):
            self._sort.set_options(offered)
            if isinstance(chosen, tuple) and chosen in [order for _, order in offered]:
                self._sort.value = chosen

    def begin(self) -> None:
        """Go to where words are typed."""
        self.query_one("#search").focus()

    def key_down(self) -> None:
        """From a field into the list."""
        if isinstance(self.screen.focused, Input):
            self.post_message(self.Entered())

    @on(Input.Changed)
    def _typed(self, changed: Input.Changed) -> None:
        changed.stop()
        self._clock.reset()

    @on(Input.Submitted)
    def _entered(self, submitted: Input.Submitted) -> None:
        submitted.stop()
        self.post_message(self.Meant(typing=False))
        self.post_message(self.Entered())

    @on(Select.Changed)
    def _sorted(self, changed: Select.Changed) -> None:
        changed.stop()
        self.post_message(self.Meant(typing=False))

    def _paused(self) -> None:
        self._clock.pause()
        self.post_message(self.Meant(typing=True))

    @property
    def _sort(self) -> Select[Order]:
        return self.query_one("#sort", Select)
