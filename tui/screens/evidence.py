"""Evidence over another screen: what a cell or a sentence rests on."""

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.screen import ModalScreen

from tui.shown import Claim
from tui.widgets.drawer import Drawer

if TYPE_CHECKING:
    from tui.bench import Bench


class EvidenceScreen(ModalScreen[None]):
    """The drawer, where there is no report to open it beside."""

    def __init__(self, bench: "Bench", session: str, claim: Claim) -> None:
        super().__init__()
        self._bench, self._session, self._claim = bench, session, claim

    def compose(self) -> ComposeResult:
        """The drawer."""
        yield Drawer()

    def on_mount(self) -> None:
        """Look it up."""
        self.query_one(Drawer).look_up(self._bench, self._session, self._claim)

    def on_drawer_closed(self) -> None:
        """Go back."""
        self.dismiss()
