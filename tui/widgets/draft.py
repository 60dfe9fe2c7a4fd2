"""The report while it is being written: its end stays in sight unless the person scrolls away."""

from textual.widgets import Static

from tui.styled import styled
from tui.widgets.following import Following

LONG = 1500
"""Characters after which a part is closed at its last empty line: only the open part is wrapped again."""


class DraftView(Following):
    """A text that grows."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._open = ""

    async def begin(self) -> None:
        """An empty page."""
        self._open = ""
        await self.remove_children()
        await self.mount(Static())
        self.follow()

    async def write(self, text: str) -> None:
        """More of it."""
        self._open += text
        if len(self._open) > LONG and (end := self._open.rfind("\n\n")) > 0:
            self._paint(self._open[: end + 1])
            self._open = self._open[end + 2 :]
            await self.mount(Static())
        self._paint(self._open)

    def _paint(self, text: str) -> None:
        self.query(Static).last().update(styled(text))
        self.grown()
