"""The report as it is read on the screen: Markdown whose wide tables are parted, so that words stay whole."""

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Markdown, Static

# Textual's table has no public name; the tests of the app notice if it changes.
from textual.widgets._markdown import MarkdownTable

ABREAST = 4
"""Columns beside the first one; more than these leave no room for a word in 80 columns."""
SECTION = re.compile(r"\n(?=## )")
VERDICTS = {"✓": "green", "✗": "red", "?": "yellow"}
"""How the cells of the needs begin, and their colours."""


class Paper(VerticalScroll):
    """What is read."""

    def __init__(self, first: str = "", *, id: str) -> None:
        super().__init__(id=id)
        self._first = first

    def compose(self) -> ComposeResult:
        """One document."""
        yield Page(self._first, parser_factory=_parser, open_links=False)

    async def show(self, markdown: str) -> None:
        """Put another document in its place: its first section at once, the others as they are laid out."""
        first, *others = SECTION.split(markdown)
        # A long report is 600 widgets and takes two seconds; its beginning is read meanwhile.
        self.workers.cancel_node(self)
        await self.query_one(Page).update(first)
        self.scroll_home(animate=False)
        self._go_on(self.query_one(Page), others)

    @work
    async def _go_on(self, page: "Page", sections: Sequence[str]) -> None:
        for section in sections:
            if not page.is_attached:
                return  # whoever was reading has left
            await page.append(f"\n{section}")


class PartedTable(MarkdownTable):
    """A table whose columns go on beneath where they are many; the first is repeated.

    Each part is one widget: with Textual's own, a widget a cell, a long report took two seconds more.
    """

    def compose(self) -> ComposeResult:
        """One table for every few columns."""
        headers, rows = self._get_headers_and_rows()
        for part in _parts(len(headers)):
            yield Static(_table(_chosen(headers, part), [_chosen(row, part) for row in rows]))


class Page(Markdown):
    """Markdown with our tables."""

    BLOCKS = {**Markdown.BLOCKS, "table_open": PartedTable}  # noqa: RUF012 - as Textual types it


def _parser() -> MarkdownIt:
    """Textual's own, without links: a report leads nowhere, and a draft is not checked yet."""
    return MarkdownIt("gfm-like", {"linkify": False}).disable(["link", "autolink", "image"])


def _parts(columns: int) -> Iterator[slice]:
    for start in range(1, max(columns, 2), ABREAST):
        yield slice(start, start + ABREAST)


def _chosen(cells: Sequence[Content], part: slice) -> list[str]:
    return [cell.plain for cell in (*cells[:1], *cells[part])]


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), expand=True, show_edge=False)
    for n, header in enumerate(headers):
        # Abreast parts line up, whatever stands in them; the names of rows need more room than most facts.
        table.add_column(Text(header), ratio=4 if n else 5, overflow="fold")
    for name, *cells in rows:
        table.add_row(
            Text(name, style="dim"), *(Text(cell, style=VERDICTS.get(cell[:1], "")) for cell in cells)
        )
    return table
