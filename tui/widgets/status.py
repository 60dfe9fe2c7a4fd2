"""One line that says how things stand, and shows that time passes."""

import re
from time import monotonic

from rich.text import Text
from textual.widgets import Static

TAIL = 60
"""Characters of what is being thought that are shown."""
REPORT = "## Verdict"
"""How a report begins."""
_CALL = re.compile(r'<tool_call>\s*\{"name": "(\w+)"')


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
        """More of a step: its thought, then its call or the report."""
        self._written += text

    def begin_step(self) -> None:
        """What was written is done."""
        self._written = ""

    def _tick(self) -> None:
        seconds = int(monotonic() - self._began)
        self.update(Text(f"Researching, {seconds} s   {_in_short(self._written)}"))


def _in_short(step: str) -> str:
    """What a step is at: the end of its thought, the name of its call, or the report."""
    if call := _CALL.search(step):
        return call[1].replace("_", " ")
    if REPORT in step:
        return "writing the report"
    return " ".join(step.partition("<tool_call>")[0].split())[-TAIL:]
