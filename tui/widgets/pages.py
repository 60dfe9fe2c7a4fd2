"""What is read at home: a first page, what was found, the report as it is written and as it stands."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Static

from tui import messages
from tui.shown import Block
from tui.widgets.draft import DraftView
from tui.widgets.drawer import Drawer
from tui.widgets.report import ReportView
from tui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from agent.ledger import Need
    from agent.report.record import Report
    from tui.bench import Bench

WAITING = "What fits is listed here as it is found, and then the report is written."


class Pages(Vertical):
    """One page at a time, over the drawer in which evidence is shown."""

    @dataclass
    class Steered(Message):
        """The person wants more like a product, or not this one: the kind of a move, and a tag."""

        kind: str
        tag: str

    def __init__(self, example: str, *, id: str) -> None:
        super().__init__(id=id)
        self.bench: Bench | None = None
        """Where evidence is looked up, once it is open."""
        self.session = ""
        """The session that is read."""
        self.report: Report | None = None
        self.markdown = ""
        self._needs: tuple[Need, ...] = ()
        """The ledger that the report answers."""
        self._example = example
        self._asked_from: Widget | None = None
        """What had the focus when evidence was asked for."""

    def compose(self) -> ComposeResult:
        """The pages over the drawer."""
        with ContentSwitcher(initial="welcome", id="pages"):
            yield Welcome(self._example, id="welcome")
            yield Static(WAITING, id="waiting")
            yield DraftView(id="draft")
            yield ReportView(id="report")
        yield Drawer(id="drawer")

    def wait(self) -> None:
        """Make room for what will be found."""
        if self._page == "welcome":
            self._turn_to("waiting")

    def rest(self) -> None:
        """Promise nothing more: the run is over."""
        if self._page == "waiting":
            self._turn_to("welcome")

    async def found(self, blocks: tuple[Block, ...]) -> None:
        """Show what was found so far, where no evidence is being read."""
        if not self.query_one(Drawer).display:
            self._turn_to("report")
            await self.query_one(ReportView).show(blocks)

    async def draft(self, text: str) -> None:
        """Show more of the report as it is being written; empty text begins it anew."""
        draft = self.query_one(DraftView)
        if self._page != "draft" or not text:
            self._turn_to("draft")
            await draft.begin()
        await draft.write(text)

    async def show(self, reported: messages.Reported) -> None:
        """Show the report from its beginning."""
        self.report, self.markdown, self._needs = reported.report, reported.markdown, reported.needs
        await self.query_one(ReportView).show(reported.blocks)
        self._turn_to("report")

    def clear(self) -> None:
        """Back to the first page."""
        self.session, self.report, self.markdown, self._needs = "", None, "", ()
        self.query_one(Drawer).display = False
        self._turn_to("welcome")

    def page(self) -> None:
        """Open the report in the person's pager."""
        from tui.opening import OpeningError, page

        try:
            page(self.app, self.markdown)
        except OpeningError as error:
            self.notify(str(error), severity="error", markup=False)

    def export(self, say: Callable[[str], object]) -> None:
        """Ask for a file's name, write the report to it and say where."""
        from tui.screens.export import ExportScreen

        def written(path: Path | None) -> None:
            if path is not None:
                say(f"Written to {path.absolute()}")

        if self.report is not None:
            self.app.push_screen(ExportScreen(self.report), written)

    @property
    def panes(self) -> Iterable[Widget]:
        """What scrolls, the evidence before the page."""
        return self.query_one(Drawer), *self.query_one(ContentSwitcher).children

    def on_report_view_chosen(self, chosen: ReportView.Chosen) -> None:
        """Look up what a claim rests on."""
        self._asked_from = self.screen.focused
        if self.bench is not None:
            self.query_one(Drawer).look_up(self.bench, self.session, chosen.claim)

    def on_drawer_closed(self) -> None:
        """Back to where the evidence was asked for."""
        if self._asked_from is not None and self._asked_from.is_attached:
            self._asked_from.focus()
        else:
            self.query_one(ReportView).enter()

    def on_report_view_act(self, act: ReportView.Act) -> None:
        """Do something with a claim."""
        tag = act.claim.tag
        match act.what:
            case "copy":
                self.post_message(messages.CopyAsked(act.claim.source))
            case "compare":
                self._compare()
            case "more_like" | "not_this" if tag:
                self.post_message(self.Steered(act.what, tag))
            case "product" if record := self.query_one(ReportView).records.get(tag):
                self.post_message(messages.ProductAsked(record, self._needs))
            case _:
                self.notify("This line is about no single product.")

    def _compare(self) -> None:
        """Put the compared products of the report side by side; before there is one, what was found."""
        tags = self.query_one(ReportView).records
        if self.report is not None and self.report.columns:
            tags = {column.tag: column.cite.record_id for column in self.report.columns}
        records = tuple((record, tag) for tag, record in tags.items())
        self.post_message(messages.CompareAsked(tuple(r for r, _ in records), self._needs, records))

    @property
    def _page(self) -> str | None:
        return self.query_one(ContentSwitcher).current

    def _turn_to(self, page: str) -> None:
        self.query_one(ContentSwitcher).current = page
