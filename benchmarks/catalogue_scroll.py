"""Scrolling through 10,000 products: our list, which draws what is in sight, beside a full `DataTable`.

    python -m benchmarks.catalogue_scroll [--products 10000] [--home FOLDER]

The app runs without a terminal. A frame is the time from a key to the end of the paint that follows it, the
making of the terminal's sequence included; only a paint that shows where the key moved the cursor is its
own. The next key comes at once, so that reading further rows in the background weighs on the frames as it
would for a person who holds a key down. Beside it stands the
processor's time of the thread that draws, which a busy machine does not lengthen. A home that is named is
kept and used again.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple
from unittest.mock import patch

from textual import events
from textual._compositor import CompositorUpdate
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import DataTable, Input

from index.catalog import Catalog
from index.demo.shop import build_demo
from index.freshness import shipped
from index.search import Index, SearchRequest
from tui.ages import Today
from tui.app import ResearchApp
from tui.bench import Bench
from tui.browsing import PAGE, page_of, rows_of
from tui.screens.catalogue import CatalogueScreen
from tui.settings import Settings
from tui.widgets.product_list import ProductList

SIZE = (140, 45)
PATIENCE = 20.0
SCROLLED = {"page": ["pagedown"] * 150 + ["pageup"] * 50, "line": ["down"] * 150 + ["up"] * 50}
KEYS = {**SCROLLED, "ends": ["end", "home"] * 25}
TABLE_KEYS = {**SCROLLED, "ends": ["ctrl+end", "ctrl+home"] * 25}
"""In a `DataTable` the plain keys go along the row."""
LIMIT = 50.0
"""Milliseconds that a frame may take."""


class Painted(App[Any]):
    """Says when it has painted the cursor at another place."""

    painted: asyncio.Event
    before: int | None = -1
    """Where the cursor stood when the key came; until one comes every paint counts."""
    drawn: int | None = None
    """Where it stood when the list was last drawn."""

    def on_load(self) -> None:
        """Nothing is painted yet."""
        self.painted = asyncio.Event()

    @contextmanager
    def watching(self, widget: Widget, cursor: Callable[[], int]) -> Iterator[None]:
        """Note where the cursor stands whenever the widget is drawn."""
        draw = widget.render_lines

        def noted(crop: Region) -> list[Strip]:
            self.drawn = cursor()
            return draw(crop)

        self.drawn = cursor()
        with patch.object(widget, "render_lines", noted):
            yield

    def _display(self, screen: Screen[object], renderable: object) -> None:
        super()._display(screen, renderable)  # type: ignore[arg-type]
        if isinstance(renderable, CompositorUpdate):
            renderable.render_segments(self.console)  # without a terminal Textual leaves this out
            if self.drawn != self.before:
                self.painted.set()


class Ours(Painted, ResearchApp):
    """The app as it is."""

    CSS_PATH = str(Path(__file__).parents[1] / "tui" / "app.tcss")


class Plain(Painted):
    """The same rows in a `DataTable`."""

    def compose(self) -> ComposeResult:
        """The table alone."""
        yield DataTable(cursor_type="row")


class Frames(NamedTuple):
    """Milliseconds of the frames of one kind of scrolling."""

    what: str
    times: list[float]
    busy: list[float]
    """Of the processor, in the thread that draws."""

    def line(self) -> str:
        """Percentiles, and how many took too long."""
        late = sum(each > LIMIT for each in self.times)
        busy = f"   processor {_spread(self.busy)}" if self.busy else ""
        return (
            f"  {self.what:<5} {_spread(self.times)} ms, {late} of {len(self.times)} over {LIMIT:.0f}{busy}"
        )


def _spread(times: Sequence[float]) -> str:
    cuts = quantiles(times, n=100, method="inclusive")
    return f"p50 {cuts[49]:5.1f}  p95 {cuts[94]:5.1f}  max {max(times):5.1f}"


async def frames(
    app: Painted, widget: Widget, cursor: Callable[[], int], keys: Mapping[str, Sequence[str]]
) -> list[Frames]:
    """Press every key, each of which moves the cursor, and wait for its paint."""
    with app.watching(widget, cursor):
        return [await _scrolled(app, what, pressed) for what, pressed in keys.items()]


async def _scrolled(app: Painted, what: str, keys: Sequence[str]) -> Frames:
    times, busy = [], []
    for key in keys:
        app.painted.clear()
        app.before = app.drawn
        began, busy_before = time.perf_counter(), time.thread_time()
        app.post_message(events.Key(key, None))
        async with asyncio.timeout(PATIENCE):
            await app.painted.wait()
        times.append((time.perf_counter() - began) * 1000)
        busy.append((time.thread_time() - busy_before) * 1000)
    return Frames(what, times, busy)


async def ours(home: Path, products: int) -> list[Frames]:
    """Frames of our list."""
    app = Ours(lambda cancel: Bench(Settings(engine="rules"), home, cancel))
    began = time.perf_counter()
    async with app.run_test(size=SIZE) as pilot:
        await until(partial(_opened, app))
        await until(lambda: isinstance(app.screen, CatalogueScreen) and bool(app.screen.query(ProductList)))
        listed = app.screen.query_one(ProductList)
        await until(lambda: listed.rows == products)
        print(f"our list: {(time.perf_counter() - began) * 1000:.0f} ms from the start to the first rows")
        await until(lambda: isinstance(app.focused, Input))
        await pilot.press("enter")
        await until(lambda: listed.has_focus)
        measured = await frames(app, listed, lambda: listed.cursor, KEYS)
        await jumps(listed)
        return measured


async def jumps(listed: ProductList) -> None:
    """How long it takes until rows that were never seen stand there."""
    times = []
    for place in range(PAGE * 3, listed.rows - PAGE, max(listed.rows // 20, 1)):
        listed.show(listed.rows, ())
        began = time.perf_counter()
        listed.action_move(place)
        await until(partial(_is_there, listed, place))
        times.append((time.perf_counter() - began) * 1000)
    print(Frames("rows", times, []).line(), "(until the rows of a far jump stand there, nothing kept)")


def _opened(app: Ours) -> bool:
    """Whether the catalogue is open; it opens as soon as the app can."""
    app.action_open("catalogue")
    return isinstance(app.screen, CatalogueScreen)


def _is_there(listed: ProductList, place: int) -> bool:
    return listed.row_at(place) is not None


async def plain(home: Path) -> list[Frames]:
    """Frames of a `DataTable` that holds every row."""
    with Index.open(home, meaning=False) as index:
        listing = index.listing(SearchRequest(query=""))
        pages = range(-(-len(listing.keys) // PAGE))
        today = Today(shipped(), date.today())
        rows = [row for page in pages for row in rows_of(index, page_of(listing.keys, page), today)]
    app = Plain()
    async with app.run_test(size=SIZE):
        table = app.query_one(DataTable)
        table.add_columns("Product", "Brand", "Price", "Rating", "Facts")
        app.painted.clear()
        began = time.perf_counter()
        table.add_rows(row[1:] for row in rows)
        await until(app.painted.is_set)
        print(f"DataTable: {(time.perf_counter() - began) * 1000:.0f} ms to fill, the screen stands still")
        table.focus()
        await until(lambda: table.has_focus)
        return await frames(app, table, lambda: table.cursor_row, TABLE_KEYS)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what a thread brings about."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.002)


@contextmanager
def stocked(named: Path | None, products: int) -> Iterator[Path]:
    """A home with a demo shop of so many products."""
    with tempfile.TemporaryDirectory() as folder:
        home = named or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        with Catalog.open(home / "catalog.sqlite") as catalog:
            build_demo(catalog, products=products)
        yield home


def report(measured: Coroutine[None, None, list[Frames]]) -> None:
    """Run and print."""
    for each in asyncio.run(measured):
        print(each.line())


def main() -> None:
    """Print both, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args()
    with stocked(asked.home, asked.products) as home:
        report(ours(home, asked.products))
        report(plain(home))


if __name__ == "__main__":
    main()
