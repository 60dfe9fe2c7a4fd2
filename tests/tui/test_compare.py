"""The comparison screen over the tiny shop, driven by its keys."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from agent.ledger import Aim, Need
from index.conditions import Condition, Op
from index.product import Attribute, Price, PriceObservation, Product, Review
from tests.agent.shop import SEEN, kettle, open_shop, origin
from tests.tui.host import Host
from tests.tui.screen import text, until
from tui.messages import CiteAsked, CopyAsked, ProductAsked
from tui.screens.compare import CompareScreen
from tui.screens.find import FindScreen
from tui.screens.plots import PlotsScreen
from tui.widgets.comparison_table import ComparisonTable

FOUR = ("kettles:1", "kettles:2", "kettles:6", "kettles:7")
NEEDS = (
    Need(
        tag="N1",
        said="under 60",
        hard=True,
        attribute="price",
        condition=Condition(attribute="price", op=Op.AT_MOST, number=60, currency="EUR"),
        bound="price <= 60 EUR",
    ),
    Need(
        tag="N2",
        said="the quietest",
        hard=False,
        aim=Aim.LOWEST,
        attribute="noise_level",
        bound="lowest noise_level",
    ),
    Need(tag="N3", said="pretty", hard=False, bound="pretty"),
)
HOSTILE = "[red]Gift[/] **free** \x1b[31m\u202ekettle"


@asynccontextmanager
async def comparing(
    home: Path,
    products: Sequence[str] = FOUR,
    needs: Sequence[Need] = NEEDS,
    more: Sequence[Product | Review | PriceObservation] = (),
    size: tuple[int, int] = (120, 40),
) -> AsyncIterator[Pilot[Any]]:
    open_shop(home, more).close()
    app = Host(home, lambda bench: CompareScreen(bench, products, needs, {"kettles:1": "P4"}))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await until(pilot, lambda: not table(pilot).loading)
        await until(pilot, lambda: table(pilot).row_count > 0 or not table(pilot).display)
        await pilot.pause()
        await pilot.pause()
        yield pilot
    app.bench.close()


def table(pilot: Pilot[Any]) -> ComparisonTable:
    return pilot.app.screen.query_one(ComparisonTable)


def asked(pilot: Pilot[Any]) -> list[Any]:
    assert isinstance(pilot.app, Host)
    return pilot.app.asked


def columns(pilot: Pilot[Any]) -> list[str]:
    return [str(column.key.value) for column in table(pilot).ordered_columns][1:]


def lines(pilot: Pilot[Any]) -> list[str]:
    return [str(row.key.value) for row in table(pilot).ordered_rows]


async def go_to(pilot: Pilot[Any], line: str, product: str) -> None:
    grid = table(pilot)
    grid.move_cursor(row=grid.get_row_index(line), column=grid.get_column_index(product))
    await pilot.pause()


async def test_every_product_has_the_same_lines(tmp_path: Path) -> None:
    async with comparing(tmp_path) as pilot:
        assert columns(pilot) == list(FOUR)
        assert lines(pilot)[:6] == ["price", "rating", "N1", "N2", "N3", "brand"]
        assert {"capacity", "colour", "cordless", "noise_level"} <= set(lines(pilot))
        shown = text(pilot, "#grid")
        assert "✓ 39.90 EUR" in shown
        assert "✗ 89.00 EUR" in shown
        assert "? unknown" in shown
        assert "for you to judge" in shown
        assert "P4 Brissa Calm 17" in shown
        assert "✗ misses" in shown


async def test_what_differs_is_marked_and_what_is_equal_can_be_hidden(tmp_path: Path) -> None:
    async with comparing(tmp_path, ("kettles:1", "kettles:7")) as pilot:
        assert "≠ price" in text(pilot, "#grid")
        assert "≠ capacity" not in text(pilot, "#grid")

        await pilot.press("e")
        assert "capacity" not in lines(pilot)
        assert "equal, hidden" in text(pilot, "#said")

        await pilot.press("e")
        assert "capacity" in lines(pilot)


async def test_products_are_sorted_by_a_line_and_again_the_other_way(tmp_path: Path) -> None:
    async with comparing(tmp_path) as pilot:
        await go_to(pilot, "price", "kettles:2")
        await pilot.press("s")
        assert columns(pilot) == ["kettles:2", "kettles:1", "kettles:6", "kettles:7"]
        assert table(pilot).place == ("price", "kettles:2")

        await pilot.press("s")
        assert columns(pilot) == ["kettles:6", "kettles:1", "kettles:2", "kettles:7"]
        assert "↓ price" in text(pilot, "#grid")


async def test_enter_on_a_name_sorts(tmp_path: Path) -> None:
    async with comparing(tmp_path) as pilot:
        grid = table(pilot)
        grid.move_cursor(row=grid.get_row_index("noise_level"), column=0)
        await pilot.press("enter")
        assert columns(pilot) == ["kettles:7", "kettles:6", "kettles:1", "kettles:2"]


async def test_enter_on_a_cell_asks_for_its_evidence(tmp_path: Path) -> None:
    async with comparing(tmp_path) as pilot:
        await go_to(pilot, "noise_level", "kettles:1")
        assert text(pilot, "#cell").strip() == "P4 Brissa Calm 17: noise level: 58 dB"

        await pilot.press("enter")
        await until(pilot, lambda: bool(asked(pilot)))
        (cite,) = asked(pilot)
        assert isinstance(cite, CiteAsked)
        assert cite.cite.record_id == "kettles:1"
        assert (cite.cite.file, cite.cite.row, cite.cite.seen) == ("kettles.jsonl", 1, SEEN)
        assert cite.text == "P4 Brissa Calm 17: noise level: 58 dB"


async def test_a_product_is_opened_by_its_key_and_by_its_head(tmp_path: Path) -> None:
    async with comparing(tmp_path) as pilot:
        await go_to(pilot, "price", "kettles:6")
        await pilot.press("o")
        await pilot.click(ComparisonTable, offset=(40, 1))
        await until(pilot, lambda: len(asked(pilot)) == 2)
        assert asked(pilot) == [ProductAsked("kettles:6"), ProductAsked("kettles:1")]


async def test_a_product_is_removed_but_not_the_last(tmp_path: Path) -> None:
    async with comparing(tmp_path, ("kettles:1", "kettles:6")) as pilot:
        await go_to(pilot, "rating", "kettles:6")
        await pilot.press("x")
        assert columns(pilot) == ["kettles:1"]
        assert "Removed: Ondel Grand" in text(pilot, "#said")

        await pilot.press("delete")
        assert columns(pilot) == ["kettles:1"]
        assert "last product" in text(pilot, "#said")


async def test_a_product_is_found_while_typing_and_added(tmp_path: Path) -> None:
    async with comparing(tmp_path, ("kettles:1", "kettles:2")) as pilot:
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, FindScreen))
        await pilot.press(*"ondel")
        found = pilot.app.screen.query_one(OptionList)
        await until(pilot, lambda: found.option_count == 3 and not found.loading)
        await until(pilot, lambda: "89.00 EUR" in text(pilot, "#found"))
        first, second = (found.get_option_at_index(at).id for at in (0, 1))

        await pilot.press("down", "up", "down", "enter")
        await until(pilot, lambda: len(columns(pilot)) == 3 if pilot.app.screen.query("#grid") else False)
        assert columns(pilot) == ["kettles:1", "kettles:2", second]
        assert first != second


async def test_a_search_without_a_find_says_so_and_escape_adds_nothing(tmp_path: Path) -> None:
    async with comparing(tmp_path, ("kettles:1",)) as pilot:
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, FindScreen))
        pilot.app.screen.query_one(Input).value = "xylophone"
        await until(pilot, lambda: "Nothing was found" in text(pilot, "#advice"))
        pilot.app.screen.query_one(Input).value = ""
        await pilot.press("enter", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))
        assert columns(pilot) == ["kettles:1"]


async def test_the_grid_is_copied_as_markdown(tmp_path: Path) -> None:
    async with comparing(tmp_path, ("kettles:1", "kettles:2")) as pilot:
        await pilot.press("e", "y")
        await until(pilot, lambda: bool(asked(pilot)))
        (copy,) = asked(pilot)
        assert isinstance(copy, CopyAsked)
        head, rule, price, *_ = copy.text.splitlines()
        assert head == "|  | P4 Brissa Calm 17 | Brissa Calm 15 |"
        assert rule == "| --- | --- | --- |"
        assert price == "| price | 49.90 EUR | 39.90 EUR |"
        assert "brand" not in copy.text


async def test_products_that_have_gone_are_one_sentence(tmp_path: Path) -> None:
    async with comparing(tmp_path, ("kettles:1", "kettles:99", "kettles:98")) as pilot:
        assert columns(pilot) == ["kettles:1"]
        assert "2 products are no longer in the catalogue" in text(pilot, "#said")


async def test_with_nothing_to_compare_a_product_can_be_added(tmp_path: Path) -> None:
    async with comparing(tmp_path, ()) as pilot:
        assert "nothing to compare yet" in text(pilot, "#said")
        await pilot.press("s", "x", "y", "p", "a")
        await until(pilot, lambda: isinstance(pilot.app.screen, FindScreen))


async def test_a_catalogue_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(b"no database" * 100)
    app = Host(tmp_path, lambda bench: CompareScreen(bench, FOUR))
    async with app.run_test() as pilot:
        await until(pilot, lambda: "is damaged" in " ".join(text(pilot, "#said").split()))


async def test_hostile_records_are_shown_as_the_text_they_are(tmp_path: Path) -> None:
    gift = kettle(9, HOSTILE, 20.0, 1.7, 50, HOSTILE, 5.0)
    async with comparing(tmp_path, ("kettles:9", "kettles:1"), more=[gift]) as pilot:
        await go_to(pilot, "colour", "kettles:9")
        assert "[red]Gift[/] **free** kettle: colour: [red]Gift[/]" in text(pilot, "#cell")
        for part in ("#grid", "#cell"):
            assert "[red]Gift[/]" in text(pilot, part)
            assert "\x1b" not in text(pilot, part)
            assert "\u202e" not in text(pilot, part)


async def test_the_products_are_plotted(tmp_path: Path) -> None:
    async with comparing(tmp_path) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlotsScreen))
        await until(pilot, lambda: "1 Brissa Calm 17" in text(pilot, "#legend"))
        assert "Rating against price in EUR" in text(pilot, "#ratings-heading")
        assert "2026-03-01" in text(pilot, "#history")
        assert "No rating, or no price in EUR: 1 product." in text(pilot, "#legend")

        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))


async def test_products_without_prices_are_plotted_as_a_sentence(tmp_path: Path) -> None:
    async with comparing(tmp_path, ("kettles:7",)) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlotsScreen))
        await until(pilot, lambda: "None of these products has a price" in text(pilot, "#legend"))


@pytest.mark.parametrize("size", [(20, 10), pytest.param((40, 12), marks=pytest.mark.slow)])
async def test_a_tiny_terminal_is_no_fault(tmp_path: Path, size: tuple[int, int]) -> None:
    async with comparing(tmp_path, size=size) as pilot:
        await until(pilot, lambda: not pilot.app.screen.query_one("#grid").loading)
        await pilot.press("right", "right", "down", "s", "e")
        await until(pilot, lambda: not pilot.app.screen.query_one("#grid").loading)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, PlotsScreen))
        await until(pilot, lambda: not pilot.app.screen.query_one("#plots").loading)
        await pilot.press("escape", "a")
        await until(pilot, lambda: isinstance(pilot.app.screen, FindScreen))
        await pilot.resize_terminal(120, 40)
        await pilot.press("escape")


@pytest.mark.longer
async def test_forty_products_of_sixty_attributes_stay_smooth(tmp_path: Path) -> None:
    many = [wide(number) for number in range(100, 140)]
    async with comparing(tmp_path, [product.id for product in many], more=many) as pilot:
        assert len(columns(pilot)) == 40
        assert len(lines(pilot)) > 60
        began = time.perf_counter()
        await pilot.press("s", "right", "down", "s", "e", "x")
        assert time.perf_counter() - began < 10
        assert len(columns(pilot)) == 39


def wide(number: int) -> Product:
    facts = tuple(
        Attribute(name=f"fact_{n}", raw=str(n * number), low=n * number, high=n * number) for n in range(60)
    )
    return kettle(number, f"Wide {number}", 20.0 + number, 1.7, 50, "White").model_copy(
        update={"attributes": facts}
    )


def later(number: int, amount: float, day: date) -> PriceObservation:
    return PriceObservation(
        product_id=f"kettles:{number}",
        origin=origin(day.month, "prices.jsonl"),
        price=Price(amount=amount, currency="EUR", seen=day),
    )
