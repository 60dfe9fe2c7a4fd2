"""What a retraining learns from: the yield of its dialogues, and a few samples with what is learned."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from tui.training import words

if TYPE_CHECKING:
    from tui.training.standing import Standing

LEGEND = Text.assemble(
    "Learned: ", ("thoughts and acts", "bold green"), ("⏎ the end of a turn", "bold green reverse"), ".  ",
    "Not learned: what it is told, ", ("the template", "dim"), ", ", ("what was sent back", "yellow"), ".",
)  # fmt: skip
AHEAD = "Samples stand here once the data set is made."
CLEARED = "The samples were cleared away at the end; `productresearch retrain --keep` keeps them."


class LearnedFrom(Vertical):
    """The funnel above, the samples below, one at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "turn(1)", "Next sample", tooltip="Show the next sample", id="training.next"),
        Binding("p", "turn(-1)", "Previous", tooltip="Show the sample before", id="training.previous"),
    ]

    def __init__(self) -> None:
        super().__init__(id="learned")
        self._samples: Sequence[tuple[str, Text]] = ()
        self._at = 0

    def compose(self) -> ComposeResult:
        """The funnel, and a sample."""
        yield Static(id="funnel", markup=False)
        yield Static(AHEAD, id="heading", markup=False)
        with VerticalScroll(id="sample"):
            yield Static(id="coloured", markup=False)

    def begin(self) -> None:
        """Where keys go when the pane is opened."""
        self.query_one("#sample").focus()

    def show(self, standing: "Standing") -> None:
        """How the yield stands now; samples that were read stay."""
        self.query_one("#funnel", Static).update(words.funnel(standing))
        if not self._samples:
            self.query_one("#heading", Static).update(CLEARED if standing.phase == "ended" else AHEAD)

    def show_samples(self, samples: Sequence[tuple[str, Text]]) -> None:
        """The first of these samples; none takes those of another retraining away."""
        self._samples, self._at = samples, 0
        self._show_sample()
        self.refresh_bindings()

    def tell(self, sentence: str) -> None:
        """Why there are no samples."""
        self.query_one("#heading", Static).update(Text(sentence))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only to where there is a sample."""
        if action != "turn":
            return True
        return 0 <= self._at + int(str(parameters[0])) < len(self._samples)

    def action_turn(self, by: int) -> None:
        """The next sample, or the one before."""
        self._at += by
        self._show_sample()
        self.query_one("#sample").scroll_home(animate=False)
        self.refresh_bindings()

    def _show_sample(self) -> None:
        heading, coloured = self._samples[self._at] if self._samples else ("", Text())
        number = f"Sample {self._at + 1} of {len(self._samples)}, {heading}\n" if heading else ""
        self.query_one("#heading", Static).update(Text.assemble((number, "bold"), LEGEND if heading else ""))
        self.query_one("#coloured", Static).update(coloured)
