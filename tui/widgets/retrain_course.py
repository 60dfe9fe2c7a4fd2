"""How far a retraining is: its stages, what is counted, the plots, and what it said last."""

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from tui.training import words
from tui.widgets.curves import CallPlot, LossPlot

if TYPE_CHECKING:
    from tui.training.standing import Standing


class RetrainCourse(Vertical):
    """Takes no room where there was no retraining."""

    def __init__(self) -> None:
        super().__init__(id="course-of-retraining")

    def compose(self) -> ComposeResult:
        """From what is done to what was said."""
        yield Static(id="stages", markup=False)
        yield Static(id="counts", markup=False)
        with Horizontal(id="curves"):
            with Vertical(classes="curve"):
                yield Static("Loss: line trained, x validation", classes="heading", markup=False)
                yield LossPlot(id="loss")
            with Vertical(classes="curve"):
                yield Static("Calls right, %", classes="heading", markup=False)
                yield CallPlot(id="calls")
        yield Static(id="words", markup=False)

    def show(self, standing: "Standing") -> None:
        """How it stands now."""
        course = standing.course
        self.display = course is not None
        if course is None:
            return
        self.query_one("#stages", Static).update(words.stages(standing))
        self.query_one("#counts", Static).update(words.counts(course, running=standing.phase == "running"))
        self.query_one("#words", Static).update(words.said(course))
        self.query_one("#curves").display = bool(course.points)
        self.query_one(LossPlot).show(course.points)
        self.query_one(CallPlot).show(course.points)
