"""One line that says how things stand, and shows that time passes."""

from time import monotonic

from rich.text import Text
from textual.widgets import Static

TAIL = 60
"""Characters of what is being written that are shown."""


class Status(Static):
    """A sentence, or what is being done and for how long."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self._began = 0.0
        self._written = ""

    def on_mount(self) -> None:
        """Tick from when something runs."""
        self._clock = self.set_interval(0.5, self._tick, pause=True)

    def say(self, sentence: str) -> None:
        """Something has ended, or can be done now."""
        self._clock.pause()
        self.update(Text(sentence))

    def work(self) -> None:
        """Something runs from now on."""
        self._began, self._written = monotonic(), ""
        self._clock.resume()
        self._tick()

    def write(self, text: str) -> None:
        """Text is coming into being; its end is shown."""
        self._written = (self._written + text)[-TAIL:]

    def _tick(self) -> None:
        seconds = int(monotonic() - self._began)
        self.update(Text(f"Researching, {seconds} s   {' '.join(self._written.split())}"))
