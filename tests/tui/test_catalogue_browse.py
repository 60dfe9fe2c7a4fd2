"""Browsing the catalogue: what is listed while one types, chooses, filters, scrolls and marks."""

import threading
from datetime import date
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select, Tree

from index.search import Index, Listing, SearchRequest
from tests.agent.shop import kettle, open_shop
from tests.tui.catalogue import CatalogueApp, app_over, bench_over, opened, said, titles
from tests.tui.screen import PATIENCE, text, until
from tui.bench import Bench
from tui.browsing import PAGE
from tui.settings import Settings
from tui.widgets.product_list import ProductList

MANY = [kettle(100 + n, f"Serel {n:03}", 20.0 + n, 1.7, 60, "White") for n in range(400)]


async def test_everything_is_listed_with_its_categories_and_counts(tmp_path: Path) -> None:
    async with opened(app_over(tmp_path)) as pilot:
        await until(pilot, lambda: "Kettles 8" in text(pilot, "#categories"))

        assert "8 products" in said(pilot, "#found")
        assert "Brissa Calm 17" in text(pilot, "#products")
        assert "49.90 EUR" in text(pilot, "#products")


async def test_a_stale_price_bears_a_mark_and_the_facts_begin_with_its_age(tmp_path: Path) -> None:
    open_shop(tmp_path).close()
    clock = date(2026, 11, 27)
    bench = Bench(Settings(engine="rules"), tmp_path, threading.Event(), lambda: clock)
    async with opened(CatalogueApp(bench), (160, 40)) as pilot:
        await until(pilot, lambda: "49.90 EUR†" in text(pilot, "#products"))
        assert "price seen 2026-10-01, 57 days ago; " in text(pilot, "#products")


async def test_the_list_follows_what_is_typed_an_unfinished_word_too(tmp_path: Path) -> None:
    async with opened(app_over(tmp_path)) as pilot:
        await pilot.press(*"tol")
        await until(pilot, lambda: titles(pilot) == ["Tolva Rapid", "Tolva Rapid Red"])


async def test_enter_goes_into_the_list_and_enter_again_asks_for_the_product(tmp_path: Path) -> None:
    app = app_over(tmp_path)
    async with opened(app) as pilot:
        await pilot.press(*"ondel grand", "enter")
        await until(pilot, lambda: titles(pilot)[:1] == ["Ondel Grand"])
        await pilot.press("enter")

        assert app.asked == ["kettles:6"]


async def test_a_limit_a_price_and_an_order_are_read_as_at_the_command_line(tmp_path: Path) -> None:
    async with opened(app_over(tmp_path)) as pilot:
        await pilot.press(*"kettle")
        fields = pilot.app.screen
        fields.query_one("#where", Input).value = "noise level <= 62 dB; cordless"
        fields.query_one("#max-price", Input).value = "60"
        fields.query_one("#sort", Select).value = ("price", False)

        await until(pilot, lambda: titles(pilot) == ["Ondel Mini", "Brissa Calm 17"])


async def test_a_limit_that_cannot_be_meant_is_told_and_the_list_stays(tmp_path: Path) -> None:
    async with opened(app_over(tmp_path)) as pilot:
        pilot.app.screen.query_one("#where", Input).value = "loudnes<=20"
        await until(
            pilot, lambda: "Choose a category" in said(pilot, "#found") or "loudn" in said(pilot, "#found")
        )
        assert len(titles(pilot)) == 8

        pilot.app.screen.query_one("#where", Input).value = "rating>=4.6"
        await until(pilot, lambda: "3 products" in said(pilot, "#found"))


async def test_an_attribute_without_a_category_asks_for_one(tmp_path: Path) -> None:
    async with opened(app_over(tmp_path)) as pilot:
        pilot.app.screen.query_one("#where", Input).value = "capacity>=1.7"
        await until(pilot, lambda: "Choose a category" in said(pilot, "#found"))

        await choose_kettles(pilot)
        await until(pilot, lambda: "6 products" in said(pilot, "#found"))


async def choose_kettles(pilot: Pilot[None]) -> None:
    tree = pilot.app.screen.query_one(Tree)
    tree.focus()
    await until(pilot, lambda: "Kettles" in text(pilot, "#categories"))
    await pilot.press("home", "down", "down", "enter")


async def test_a_category_can_be_sorted_by_its_own_numbers(tmp_path: Path) -> None:
    async with opened(app_over(tmp_path)) as pilot:
        await choose_kettles(pilot)
        sort = pilot.app.screen.query_one("#sort", Select)
        await until(pilot, lambda: ("noise level, lowest first", ("noise_level", False)) in sort._options)
        sort.value = ("noise_level", False)

        await until(pilot, lambda: titles(pilot)[0] == "Ondel Quiet")


async def test_rows_far_down_are_read_when_they_come_into_sight(tmp_path: Path) -> None:
    async with opened(app_over(tmp_path, MANY)) as pilot:
        products = pilot.app.screen.query_one(ProductList)
        products.focus()
        await until(pilot, lambda: products.rows == 408)
        assert products.row_at(PAGE * 4) is None

        await pilot.press("end")
        await until(pilot, lambda: "Serel 399" in text(pilot, "#products"))
        await pilot.press("pageup", "up", "home")
        await until(pilot, lambda: "Brissa Calm 17" in text(pilot, "#products"))


@pytest.mark.longer
async def test_the_bar_moves_by_whole_cells_and_ends_where_the_list_ends(tmp_path: Path) -> None:
    async with opened(app_over(tmp_path, MANY)) as pilot:
        products = pilot.app.screen.query_one(ProductList)
        products.focus()
        await until(pilot, lambda: products.rows == 408)
        places = []
        for _ in range(60):
            await pilot.press("down")
            places.append((products.scroll_y, products.vertical_scrollbar.position))
        assert len({at for at, _ in places}) > 30
        assert 1 < len({bar for _, bar in places}) < 12
        assert all(at - 408 / products.size.height - 1 <= bar <= at for at, bar in places)

        await pilot.press("end")
        assert products.vertical_scrollbar.position == products.scroll_y == products.max_scroll_y
        await pilot.press("home")
        assert products.vertical_scrollbar.position == products.scroll_y == 0


async def test_marked_products_are_kept_through_searches_and_compared_together(tmp_path: Path) -> None:
    app = app_over(tmp_path)
    async with opened(app) as pilot:
        pilot.app.screen.query_one(ProductList).focus()
        await pilot.press("c", "C")
        assert app.compared == []

        await pilot.press("slash", *"grand", "enter")
        await until(pilot, lambda: titles(pilot)[0] == "Ondel Grand")
        await pilot.press("c", "C")
        assert app.compared == [("kettles:1", "kettles:6")]
        assert "2 marked" in said(pilot, "#found")

        await pilot.press("c")
        await pilot.press("C")
        assert len(app.compared) == 1


async def test_the_mouse_moves_marks_and_opens(tmp_path: Path) -> None:
    app = app_over(tmp_path)
    async with opened(app) as pilot:
        await pilot.click("#products", offset=(0, 2))
        await until(pilot, lambda: "1 marked" in said(pilot, "#found"))
        await pilot.click("#products", offset=(6, 3), times=2)

        assert app.asked == ["kettles:3"]


class Slow(Index):
    """An index whose first answers wait at a gate."""

    gate: threading.Event
    held = "brissa"

    def listing(self, request: SearchRequest) -> Listing:
        found = super().listing(request)
        if request.query == self.held:
            self.gate.wait(PATIENCE)
        return found


class SlowBench(Bench):
    """A bench over a slow index."""

    def __init__(self, home: Path, gate: threading.Event) -> None:
        super().__init__(Settings(engine="rules"), home, threading.Event())
        self._slow = Slow.open(home)
        self._slow.gate = gate

    @property
    def index(self) -> Index:
        return self._slow


async def test_an_older_answer_never_takes_the_place_of_a_newer_one(tmp_path: Path) -> None:
    open_shop(tmp_path).close()
    gate = threading.Event()
    bench = SlowBench(tmp_path, gate)
    async with opened(CatalogueApp(bench)) as pilot:
        search = pilot.app.screen.query_one("#search", Input)
        search.value = "brissa"
        await pilot.pause(0.3)
        search.value = "marn"
        await pilot.pause(0.3)
        gate.set()

        await until(pilot, lambda: titles(pilot) == ["Marn Basic"])
        await pilot.pause(0.2)
        assert titles(pilot) == ["Marn Basic"]
    bench.index.close()


async def test_a_hostile_title_is_shown_as_the_text_it_is(tmp_path: Path) -> None:
    hostile = kettle(9, "[red]Gift[/] **free** \x1b[31m\u202eelttek", 20.0, 1.7, 50, "White", 5.0)
    async with opened(app_over(tmp_path, [hostile])) as pilot:
        shown = text(pilot, "#products")

        assert "[red]Gift[/] **free** elttek" in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown


async def test_a_fault_of_the_catalogue_is_a_sentence_and_the_screen_lives_on(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(b"no database" * 100)
    app = CatalogueApp(bench_over(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: bool(app.screen.query("#found")) and "is damaged" in said(pilot, "#found"))


async def test_a_very_narrow_terminal_is_no_reason_to_fail(tmp_path: Path) -> None:
    async with opened(app_over(tmp_path), size=(20, 10)) as pilot:
        await pilot.press("f6", "f7", "f5", "down")
        await pilot.resize_terminal(200, 50)
        await until(pilot, lambda: "capacity 1.7 liter" in text(pilot, "#products"))


async def test_escape_leaves_the_catalogue(tmp_path: Path) -> None:
    async with opened(app_over(tmp_path)) as pilot:
        await pilot.press("escape")

        assert len(pilot.app.screen_stack) == 1
