"""One line that says how things stand and what the model costs, and shows that time passes."""

from time import monotonic

from rich.table import Table
from rich.text import Text
from textual.widgets import Static

from tui.shown import Meter

TAIL = 60
"""Characters of what is being written that are shown."""


class Status(Static):
    """A sentence, or what is being done and for how long; at its end the model's meter."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self._began = 0.0
        self._written = ""
        self._sentence = ""
        self._meter = Meter("")

    def on_mount(self) -> None:
        """Tick from when something runs."""
        self._clock = self.set_interval(0.5, self._tick, pause=True)

    def say(self, sentence: str) -> None:
        """Something has ended, or can be done now."""
        self._clock.pause()
        self._sentence = sentence
        self._paint()

    def work(self) -> None:
        """Something runs from now on."""
        self._began, self._written = monotonic(), ""
        self._clock.resume()
        self._tick()

    def write(self, text: str) -> None:
        """Text is coming into being; its end is shown."""
        self._written = (self._written + text)[-TAIL:]

    def measure(self, meter: Meter) -> None:
        """What the model costs just now."""
        self._meter = meter
        self._paint()

    def _tick(self) -> None:
        seconds = int(monotonic() - self._began)
        self._sentence = f"Researching, {seconds} s   {' '.join(self._written.split())}"
        self._paint()

    def _paint(self) -> None:
        line = Table.grid(padding=(0, 2, 0, 0), expand=True)
        line.add_column(ratio=1)
        line.add_column(justify="right", no_wrap=True)
        line.add_row(Text(self._sentence), Text(_costs(self._meter), style="dim"))
        self.update(line)


def _costs(meter: Meter) -> str:
    rate = f" · {meter.rate:.0f} tokens/s" if meter.rate else ""
    share = f" · context {meter.used / meter.size:.0%}" if meter.size else ""
    return f"{meter.model}{rate}{share}"
