"""The catalogue screen in an app of its own, for every test of it."""

import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from index.product import Product, Review
from tests.agent.shop import open_shop
from tests.tui.screen import until
from tui import messages
from tui.bench import Bench
from tui.screens.catalogue import CatalogueScreen
from tui.settings import Settings
from tui.widgets.drop import Drop
from tui.widgets.intake import Intake
from tui.widgets.product_list import ProductList

TODAY = date(2026, 10, 11)
LAMPS = """\
{"sku": "a1", "name": "Lamp One", "brand": "Lumo", "category": "Lamps", "price": "29,90 €", "flux": "800 lm"}
{"sku": "a2", "name": "Lamp Two", "brand": "Lumo", "category": "Lamps", "price": "call us", "flux": "450 lm"}
no JSON
"""


class CatalogueApp(App[None]):
    """Opens the screen at once and keeps what it asks for."""

    TITLE = "ProductResearch"
    CSS_PATH = Path(__file__).parents[2] / "tui" / "app.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual types it per instance

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.bench = bench
        self.asked: list[str] = []
        self.compared: list[tuple[str, ...]] = []

    def on_mount(self) -> None:
        self.push_screen(CatalogueScreen(self.bench, lambda: TODAY))

    def on_product_asked(self, asked: messages.ProductAsked) -> None:
        self.asked.append(asked.record_id)

    def on_compare_asked(self, asked: messages.CompareAsked) -> None:
        self.compared.append(asked.records)


def bench_over(home: Path) -> Bench:
    return Bench(Settings(engine="rules"), home, threading.Event(), lambda: TODAY)


def app_over(home: Path, more: Sequence[Product | Review] = ()) -> CatalogueApp:
    """Over the tiny shop and what is given."""
    open_shop(home, more).close()
    return CatalogueApp(bench_over(home))


@asynccontextmanager
async def opened(app: CatalogueApp, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[None]]:
    """The app with its screen shown and its first search answered."""
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CatalogueScreen))
        await until(
            pilot,
            lambda: "product" in said(pilot, "#found") or app.screen.query_one("#browse").has_class("-empty"),
        )
        await until(pilot, lambda: app.focused is not None and app.focused.id in ("search", "demo"))
        yield pilot
    app.bench.close()


def said(pilot: Pilot[Any], selector: str) -> str:
    """What a line of text says, in or out of sight."""
    return str(pilot.app.screen.query_one(selector, Static).content)


def titles(pilot: Pilot[Any]) -> list[str]:
    """The titles of the rows that are listed."""
    products = pilot.app.screen.query_one(ProductList)
    rows = (products.row_at(place) for place in range(products.rows))
    return [row.title if row else "…" for row in rows]


async def look_at(pilot: Pilot[Any], text: str, then: Callable[[], bool] | None = None) -> None:
    """Paste into the import pane and wait for the dry run, or for something before it has ended."""
    await pilot.press("f6")
    await until(pilot, lambda: isinstance(pilot.app.focused, Drop))
    pilot.app.post_message(events.Paste(text))
    await until(pilot, lambda: pilot.app.screen.query_one(Drop).text.endswith(text))
    await pilot.press("enter")
    await (until(pilot, then) if then else rested(pilot))


async def rested(pilot: Pilot[Any]) -> None:
    """Wait until the import pane has done what it does."""
    await until(pilot, lambda: not pilot.app.screen.query_one(Intake).busy)
    await pilot.pause()
