"""The report on the screen: claims that are walked through, and tables whose first column stays in sight.

Whatever has the focus is a claim with its evidence; what is done with it is left to the app.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.coordinate import Coordinate
from textual.events import Click
from textual.message import Message
from textual.widgets import DataTable, Static

from tui.shown import Block, Claim, Entry, Heading, Matrix, Verdict

AT_ONCE = 12
"""Blocks that are laid out before the screen is painted again."""
STYLES: dict[Verdict, str] = {"met": "green", "unmet": "red", "unknown": "yellow", "": ""}
_MARGIN = 11
_TITLE = 26


class ClaimView(Static, can_focus=True):
    """A sentence of the report."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(_laid_out(claim), classes="left-out" if claim.note else "")
        self.claim = claim

    def on_click(self, click: Click) -> None:
        """A second click on a claim asks for its evidence."""
        if click.chain > 1:
            self.post_message(ReportView.Chosen(self.claim))


class HeadingView(Static):
    """The title of a section."""

    def __init__(self, heading: Heading) -> None:
        super().__init__(Text(heading.text), classes=f"h{heading.level}")


class MatrixView(DataTable[Text]):
    """Products side by side under the names of their rows, which stay in sight."""

    def __init__(self, matrix: Matrix) -> None:
        super().__init__(
            fixed_columns=1, zebra_stripes=True, cursor_type="cell", cursor_foreground_priority="renderable"
        )
        self._matrix = matrix

    def on_mount(self) -> None:
        """Fill it."""
        self.add_column(Text(self._matrix.corner))
        for tag, title in self._matrix.columns:
            self.add_column(Text(f"{tag} {title}"[:_TITLE]))
        for name, cells in self._matrix.rows:
            self.add_row(
                Text(name), *(Text(cell.text[:_TITLE], style=STYLES[cell.verdict]) for cell in cells)
            )
        self.move_cursor(row=0, column=1)

    @property
    def claim(self) -> Claim:
        """The cell under the cursor; of the first column, the whole row."""
        row, column = self.cursor_coordinate
        name, cells = self._matrix.rows[row]
        chosen: Sequence[Entry] = cells if column == 0 else cells[column - 1 : column]
        tag = self._matrix.columns[column - 1][0] if column else ""
        cites = tuple(dict.fromkeys(cite for cell in chosen for cite in cell.cites))
        return Claim(f"{name}: {'; '.join(cell.text for cell in chosen)}", cites, tag)

    def action_cursor_down(self) -> None:
        """On to what follows, from the last row."""
        if self.cursor_row >= self.row_count - 1:
            self.query_ancestor(ReportView).action_step(1)
        else:
            super().action_cursor_down()

    def action_cursor_up(self) -> None:
        """Back to what went before, from the first row."""
        if self.cursor_row <= 0:
            self.query_ancestor(ReportView).action_step(-1)
        else:
            super().action_cursor_up()

    def on_data_table_cell_selected(self, selected: DataTable.CellSelected) -> None:
        """Enter or a click on the cell under the cursor."""
        selected.stop()
        self.cursor_coordinate = Coordinate(*selected.coordinate)
        self.post_message(ReportView.Chosen(self.claim))


class ReportView(VerticalScroll, can_focus=False):
    """A report that is read and asked about."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,e", "choose", "Evidence", id="report.evidence", tooltip="What this rests on"),
        Binding("down,j", "step(1)", show=False, id="report.next", tooltip="The next claim"),
        Binding("up,k", "step(-1)", show=False, id="report.previous", tooltip="The claim before"),
        Binding("y", "act('copy')", "Copy", id="report.copy", tooltip="Copy this claim with its sources"),
        Binding("plus", "act('more_like')", "More like", id="report.more", tooltip="Find more like this"),
        Binding("minus", "act('not_this')", "Not this", id="report.not", tooltip="Leave this product out"),
        Binding("o", "act('product')", "Product", id="report.product", tooltip="All that is known of it"),
        Binding("c", "act('compare')", "Compare", id="report.compare", tooltip="The products side by side"),
    ]

    @dataclass
    class Chosen(Message):
        """The evidence of a claim is asked for."""

        claim: Claim

    @dataclass
    class Act(Message):
        """Something is to be done with a claim."""

        what: str
        claim: Claim

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._blocks: tuple[Block, ...] = ()
        self.records: dict[str, str] = {}
        """Tags of the products that it speaks of, with the ids of their records."""

    async def show(self, blocks: Sequence[Block]) -> None:
        """Another report in place of the one before; its beginning at once.

        The same report stays as it is; in another the claim of the same product has the focus.
        """
        if tuple(blocks) == self._blocks:
            return
        self._blocks, tag = tuple(blocks), self.chosen.tag if self.chosen else ""
        cites = [cite for block in blocks if isinstance(block, Claim) for cite in block.cites]
        self.records = {cite.tag: cite.record_id for cite in cites if cite.kind == "product"}
        self.workers.cancel_node(self)
        await self.remove_children()
        self.scroll_home(animate=False)
        await self.mount_all(map(_view, blocks[:AT_ONCE]))
        if same := next((view for view in self._claims if tag and view.claim.tag == tag), None):
            same.focus()
        self._go_on(blocks[AT_ONCE:])

    @work
    async def _go_on(self, blocks: Sequence[Block]) -> None:
        for start in range(0, len(blocks), AT_ONCE):
            await self.mount_all(map(_view, blocks[start : start + AT_ONCE]))

    @property
    def chosen(self) -> Claim | None:
        """The claim that has the focus."""
        focused = self.screen.focused
        if isinstance(focused, ClaimView | MatrixView) and self in focused.ancestors:
            return focused.claim
        return None

    @property
    def _claims(self) -> list[ClaimView | MatrixView]:
        return [view for view in self.children if isinstance(view, ClaimView | MatrixView)]

    def enter(self) -> None:
        """Go to the first claim in sight."""
        top, claims = self.scroll_offset.y, self._claims
        if claims:
            next((c for c in claims if c.virtual_region.y >= top), claims[0]).focus()

    def action_step(self, by: int) -> None:
        """Walk from claim to claim, at once: Textual's own way there is a glide of many frames."""
        claims = self._claims
        at = next((n for n, claim in enumerate(claims) if claim.has_focus), 0)
        claim = claims[(at + by) % len(claims)]
        claim.focus(scroll_visible=False)
        self.scroll_to_widget(claim, animate=False)

    def action_choose(self) -> None:
        """Ask for the evidence of what has the focus."""
        if self.chosen:
            self.post_message(self.Chosen(self.chosen))

    def action_act(self, what: str) -> None:
        """Do something with what has the focus."""
        if self.chosen:
            self.post_message(self.Act(what, self.chosen))


def _view(block: Block) -> Static | MatrixView:
    match block:
        case Heading():
            return HeadingView(block)
        case Matrix():
            return MatrixView(block)
    return ClaimView(block)


def _laid_out(claim: Claim) -> Text | Table:
    text = Text(claim.text)
    if claim.note:
        text.append(f"  ({claim.note})", style="dim")
    if not claim.mark:
        return text
    line = Table.grid(padding=(0, 1, 0, 0))
    line.add_column(width=_MARGIN)
    line.add_column(ratio=1)
    line.add_row(Text(claim.mark, style="bold"), text)
    return line
