"""Products in a list of any length: only the rows in sight are drawn, and rows are asked for page by page.

A `DataTable` lays out every row before it shows the first (see `benchmarks/catalogue_scroll.py`). Where rows
come from is left to whoever answers `Wanted`.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.browsing import PAGE, Row
from tui.columns import MARK, cells, fitted, head

KEPT = 120
"""Pages kept, 6,000 rows; those looked at longest ago go first."""
NOTHING_YET = Row("", "…", "", "", "", "")


class _Styles(NamedTuple):
    """Of the head, of the row at the cursor and of every other row, a style for each column."""

    head: tuple[Style, ...]
    cursor: tuple[Style, ...]
    plain: tuple[Style, ...]


class ProductList(ScrollView, can_focus=True):
    """A cursor over rows; the marked ones are kept by id, whatever is listed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "product-list--head",
        "product-list--cursor",
        "product-list--mark",
        "product-list--quiet",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", tooltip="Show everything known of the product", id="list.open"),
        Binding("c", "mark", "Mark", tooltip="Mark the product for comparison, or not", id="list.mark"),
        Binding("up", "move(-1)", "Up", show=False, tooltip="One product up", id="list.up"),
        Binding("down", "move(1)", "Down", show=False, tooltip="One product down", id="list.down"),
        Binding("pageup", "leaf(-1)", "Page up", show=False, tooltip="One screen up", id="list.pageup"),
        Binding(
            "pagedown", "leaf(1)", "Page down", show=False, tooltip="One screen down", id="list.pagedown"
        ),
        Binding("home", "jump(0)", "First", show=False, tooltip="The first product", id="list.first"),
        Binding("end", "jump(-1)", "Last", show=False, tooltip="The last product", id="list.last"),
    ]

    @dataclass
    class Wanted(Message):
        """Rows of these pages are in sight or about to be, and are not here."""

        pages: tuple[int, ...]

    @dataclass
    class Opened(Message):
        """The person wants to see one product."""

        record: str

    @dataclass
    class Marked(Message):
        """The products marked now, in the order in which they were marked."""

        records: tuple[str, ...]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.rows = 0
        self.cursor = 0
        self._pages: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self._marked: dict[str, None] = {}
        self._wanted: tuple[int, ...] = ()
        self._drawn_in: _Styles | None = None

    def show(self, rows: int, first: Sequence[Row]) -> None:
        """List something else from its beginning."""
        self.rows, self.cursor, self._wanted = rows, 0, ()
        self._pages = OrderedDict(
            (start // PAGE, first[start : start + PAGE]) for start in range(0, len(first), PAGE)
        )
        self.virtual_size = Size(self.size.width, rows + 1)
        self.scroll_to(y=0, animate=False, immediate=True)
        self.refresh()

    def take(self, page: int, rows: Sequence[Row]) -> None:
        """Put rows where they belong."""
        self._pages[page] = rows
        while len(self._pages) > KEPT:
            self._pages.popitem(last=False)
        self._wanted = tuple(other for other in self._wanted if other != page)
        if page in self._shown():
            self.refresh()

    def unmark(self) -> None:
        """Forget what was marked."""
        self._marked.clear()
        self.refresh()
        self.post_message(self.Marked(()))

    @property
    def marked(self) -> tuple[str, ...]:
        """Ids of the marked products."""
        return tuple(self._marked)

    def row_at(self, place: int) -> Row | None:
        """The row at a place, counted from 0; None where it is not here yet."""
        page = self._pages.get(place // PAGE, ())
        return page[place % PAGE] if place % PAGE < len(page) else None

    def render_line(self, y: int) -> Strip:
        """The head, or a row beneath it."""
        width, styles = self.size.width, self._styles()
        if y == 0:
            return _strip(head(width), styles.head, width)
        place = self.scroll_offset.y + y - 1
        if place >= self.rows:
            return Strip.blank(width, styles.plain[0])
        row = self.row_at(place)
        at_cursor = place == self.cursor and self.has_focus
        sign = "●" if row is not None and row.id in self._marked else ""
        columns = cells(row or NOTHING_YET, width, sign)
        return _strip(columns, styles.cursor if at_cursor else styles.plain, width)

    def notify_style_update(self) -> None:
        """Work the styles out anew: another theme, or the focus came or went."""
        super().notify_style_update()
        self._drawn_in = None

    def _styles(self) -> _Styles:
        if self._drawn_in is None:
            self._drawn_in = _Styles(
                self._columns(self.get_component_rich_style("product-list--head"), quiet=False),
                self._columns(self.get_component_rich_style("product-list--cursor"), quiet=False),
                self._columns(self.rich_style, quiet=True),
            )
        return self._drawn_in

    def _columns(self, style: Style, *, quiet: bool) -> tuple[Style, ...]:
        """A style for each column; the brand and the facts stand back in a quiet row."""
        dim = self.get_component_rich_style("product-list--quiet") if quiet else style
        mark = style + self.get_component_rich_style("product-list--mark", partial=True)
        return (mark, style, dim, style, style, dim)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scroll, and move the bar by whole cells: to draw it takes a fifth of a frame."""
        cell = self.virtual_size.height / max(self.size.height, 1)
        at_end = new_value >= self.max_scroll_y
        self.vertical_scrollbar.position = new_value if at_end else new_value // cell * cell
        if round(old_value) != round(new_value):
            self.refresh(self.size.region)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw, and ask for what has come into sight."""
        self._want()
        return super().render_lines(crop)

    def on_resize(self) -> None:
        """Lay the columns out anew."""
        self.virtual_size = Size(self.size.width, self.rows + 1)

    def on_focus(self) -> None:
        """The cursor is seen only where keys move it."""
        self.refresh()

    def on_blur(self) -> None:
        """As above."""
        self.refresh()

    def on_click(self, click: events.Click) -> None:
        """Move the cursor; on the mark's column mark, and twice open."""
        place = self.scroll_offset.y + click.y - 1
        if click.y == 0 or place >= self.rows:
            return
        self._move_to(place)
        if click.x < MARK:
            self.action_mark()
        elif click.chain == 2:
            self.action_open()

    def action_open(self) -> None:
        """Ask for the product at the cursor."""
        if row := self.row_at(self.cursor):
            self.post_message(self.Opened(row.id))

    def action_mark(self) -> None:
        """Mark the product at the cursor, or no longer."""
        if row := self.row_at(self.cursor):
            if row.id in self._marked:
                del self._marked[row.id]
            else:
                self._marked[row.id] = None
            self.refresh()
            self.post_message(self.Marked(self.marked))

    def action_move(self, rows: int) -> None:
        """Move the cursor by some rows."""
        self._move_to(self.cursor + rows)

    def action_leaf(self, direction: int) -> None:
        """Move the cursor by a screen."""
        self._move_to(self.cursor + direction * max(self._in_sight, 1))

    def action_jump(self, place: int) -> None:
        """Move the cursor to the first row, or with -1 to the last."""
        self._move_to(place % max(self.rows, 1))

    @property
    def _in_sight(self) -> int:
        return max(self.size.height - 1, 1)

    def _move_to(self, place: int) -> None:
        before, self.cursor = self.cursor, max(0, min(place, self.rows - 1))
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= top + self._in_sight:
            self.scroll_to(y=self.cursor - self._in_sight + 1, animate=False, immediate=True)
        # Where nothing scrolls two lines have changed: drawing all of them takes 10 ms.
        for line in (before, self.cursor):
            self.refresh_line(line + 1)
        self._want()

    def _want(self) -> None:
        """Ask for the pages in sight first, then for those near."""
        wanted = tuple(page for page in self._near() if page not in self._pages)
        for page in self._near():
            if page in self._pages:
                self._pages.move_to_end(page)
        if wanted and wanted != self._wanted:
            self.post_message(self.Wanted(wanted))
        self._wanted = wanted

    def _near(self) -> Iterator[int]:
        shown = self._shown()
        yield from shown
        for further in (shown.stop, shown.start - 1, shown.stop + 1):
            if 0 <= further <= (self.rows - 1) // PAGE:
                yield further

    def _shown(self) -> range:
        """Pages with rows in sight."""
        top = self.scroll_offset.y
        return range(top // PAGE, min(top + self._in_sight, max(self.rows - 1, 0)) // PAGE + 1)


def _strip(columns: Sequence[tuple[str, int]], styles: Sequence[Style], width: int) -> Strip:
    segments = [
        Segment(fitted(text, size), style)
        for (text, size), style in zip(columns, styles, strict=True)
        if size
    ]
    return Strip(segments, sum(size for _, size in columns)).adjust_cell_length(width, styles[1])
