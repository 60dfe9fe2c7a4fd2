"""What the product screen looks like: pictures that are read when they change."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from tests.agent.shop import open_shop
from tests.tui.host import Host
from tests.tui.looks import in_every_look
from tests.tui.screen import until
from tests.tui.test_compare import NEEDS
from tests.tui.test_product import RICH
from tui.screens.product import ProductScreen


@in_every_look
@pytest.mark.parametrize("press", ["", "r"])
def test_a_product(
    tmp_path: Path, snap_compare: Callable[..., bool], size: tuple[int, int], theme: str, press: str
) -> None:
    async def run(pilot: Pilot[Any]) -> None:
        pilot.app.theme = theme
        await until(pilot, lambda: isinstance(pilot.app.screen, ProductScreen))
        similar = pilot.app.screen.query_one("#similar", OptionList)
        await until(pilot, lambda: similar.option_count > 0)
        await pilot.pause()
        await pilot.press(*press)
        await pilot.pause()

    open_shop(tmp_path, [RICH]).close()
    app = Host(tmp_path, lambda bench: ProductScreen(bench, "kettles:1", NEEDS))
    assert snap_compare(app, terminal_size=size, run_before=run)


def test_a_product_with_more_offers_and_texts_but_no_reviews(
    tmp_path: Path, snap_compare: Callable[..., bool]
) -> None:
    async def run(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: isinstance(pilot.app.screen, ProductScreen))
        similar = pilot.app.screen.query_one("#similar", OptionList)
        await until(pilot, lambda: similar.option_count > 0)
        await pilot.pause()

    open_shop(tmp_path, [RICH]).close()
    app = Host(tmp_path, lambda bench: ProductScreen(bench, "kettles:9", NEEDS))
    assert snap_compare(app, terminal_size=(120, 40), run_before=run)
