"""Evidence over another screen: what a cell or a sentence rests on."""

from textual.app import ComposeResult
from textual.screen import ModalScreen

from tui.messages import Evidenced
from tui.widgets.drawer import Drawer


class EvidenceScreen(ModalScreen[None]):
    """The drawer, where there is no report to open it beside."""

    def __init__(self, evidenced: Evidenced) -> None:
        super().__init__()
        self._evidenced = evidenced

    def compose(self) -> ComposeResult:
        """The drawer."""
        yield Drawer()

    def on_mount(self) -> None:
        """Open it."""
        self.query_one(Drawer).show(self._evidenced.claim, self._evidenced.passages)

    def on_drawer_closed(self) -> None:
        """Go back."""
        self.dismiss()
