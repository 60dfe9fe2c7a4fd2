"""One model's answer beside another's: its name, what it takes, its steps, and then its report."""

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from tui.side_by_side import Tally
from tui.widgets.paper import Paper

WAITS = "Waits for its turn."


class AnswerColumn(Vertical):
    """Shows its steps until there is a report, and then that."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._lines = Text()

    def compose(self) -> ComposeResult:
        """Two lines over what is read."""
        yield Static(classes="name", markup=False)
        yield Static(classes="tally", markup=False)
        with VerticalScroll(classes="steps"):
            yield Static(classes="lines", markup=False)
        yield Paper(id=f"{self.id}-paper")

    def begin(self, name: str) -> None:
        """Another question, which waits for its turn."""
        self._lines = Text()
        self.remove_class("-answered", "-failed")
        self.query_one(".name", Static).update(Text(name))
        self.query_one(".tally", Static).update(WAITS)
        self.query_one(".lines", Static).update("")

    def tell(self, line: Text) -> None:
        """One line of its course."""
        self._lines.append(line).append("\n")
        self.query_one(".lines", Static).update(self._lines)
        self.query_one(".steps", VerticalScroll).scroll_end(animate=False)

    def tally(self, tally: Tally) -> None:
        """What it has taken so far."""
        steps = f"{tally.steps} step{'' if tally.steps == 1 else 's'}"
        tokens = f"{tally.tokens:,} token{'' if tally.tokens == 1 else 's'}"
        line = f"{tally.seconds:.0f} s · {steps} · {tokens} · {tally.rate:.1f} tokens a second"
        self.query_one(".tally", Static).update(line)

    def say(self, sentence: str, *, failed: bool = False) -> None:
        """Why there is no report, or not yet."""
        self.set_class(failed, "-failed")
        self.query_one(".tally", Static).update(Text(sentence))

    async def show(self, markdown: str) -> None:
        """The report in place of the steps."""
        self.add_class("-answered")
        await self.query_one(Paper).show(markdown)
