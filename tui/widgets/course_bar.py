"""What runs in the background, how far it is, and that it can be stopped."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Label, ProgressBar

from tui.listener import Course


class CourseBar(Vertical):
    """A bar with percentage under a line of what was done; takes no room while nothing runs."""

    def compose(self) -> ComposeResult:
        """The line and the bar."""
        yield Label(id="course-told", markup=False)
        yield ProgressBar(id="course-bar", show_eta=False)

    def begin(self, what: str) -> None:
        """Something runs from now on."""
        self.query_one(ProgressBar).update(total=None, progress=0)
        self.query_one(Label).update(f"{what} …  (Esc stops)")
        self.add_class("-running")

    def show(self, course: Course) -> None:
        """How far it is."""
        self.query_one(ProgressBar).update(total=course.total or None, progress=course.done)
        self.query_one(Label).update(f"{course.what}: {course.told}  (Esc stops)")

    def end(self) -> None:
        """It is done, or was stopped."""
        self.remove_class("-running")
