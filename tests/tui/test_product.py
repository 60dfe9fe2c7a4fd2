"""The product screen over the tiny shop: all that is known, told in order, and the way on."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from agent.ledger import Need
from index.product import Attribute, Offer, Price, PriceObservation, Product, Review
from tests.agent.shop import SEEN, kettle, open_shop, origin
from tests.tui.host import Host
from tests.tui.screen import text, until
from tests.tui.test_compare import HOSTILE, NEEDS
from tui.messages import ProductAsked
from tui.screens.product import ProductScreen
from tui.widgets.reviews import AT_ONCE

RICH = kettle(9, "Brissa Calm 19", 44.0, 1.9, 57, "White / Red", description="Boils.\nAnd keeps warm.")
RICH = RICH.model_copy(
    update={
        "offers": (
            Offer(price=Price(amount=48.0, currency="EUR", seen=SEEN), seller="Corner", was=60.0),
            Offer(
                price=Price(amount=44.0, currency="EUR", seen=SEEN),
                seller="Market",
                availability="in stock",
                url="https://example.org/9",
            ),
        ),
        "attributes": (
            *RICH.attributes,
            Attribute(name="warmth", raw="40 to 90 °C", low=40, high=90, judged="high", unit="degC"),
        ),
        "bullets": ("Lid opens wide",),
        "gtin": ("4006381333931",),
    }
)
MANY = [
    Review(
        id=f"many:{n}",
        product_id="kettles:9",
        origin=origin(n, "reviews.jsonl"),
        rating=4,
        title=f"Title {n}",
        sentences=(f"Sentence of review {n}.",),
        helpful=300 - n,
    )
    for n in range(1, 151)
]


@asynccontextmanager
async def showing(
    home: Path,
    record_id: str = "kettles:1",
    needs: Sequence[Need] = NEEDS,
    more: Sequence[Product | Review | PriceObservation] = (),
    size: tuple[int, int] = (120, 40),
) -> AsyncIterator[Pilot[Any]]:
    open_shop(home, more).close()
    app = Host(home, lambda bench: ProductScreen(bench, record_id, needs))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ProductScreen))
        await until(
            pilot, lambda: not app.screen.query_one("#reading").loading and bool(said(pilot, "#title"))
        )
        await until(
            pilot, lambda: not app.screen.query_one("#source").display or bool(said(pilot, "#source"))
        )
        await pilot.pause()
        yield pilot
    app.bench.close()


def said(pilot: Pilot[Any], part: str) -> str:
    return " ".join(text(pilot, part).replace("│", "").split())


async def test_everything_known_is_told(tmp_path: Path) -> None:
    async with showing(tmp_path) as pilot:
        assert said(pilot, "#title") == "Brissa Calm 17"
        summary = "49.90 EUR seen 2026-10-01 · 4.6 of 5 (10 ratings) · Brissa · Kitchen > Kettles"
        assert said(pilot, "#summary") == summary
        assert "✓ N1 must: price <= 60 EUR" in said(pilot, "#product-needs")
        assert "N3 wish: pretty (for you to judge)" in said(pilot, "#product-needs")
        assert "49.90 EUR Shop 2026-10-01" in said(pilot, "#offers")
        assert "noise level 58 58 dB" in said(pilot, "#attributes")
        assert "From kettles: kettles.jsonl, row 1, seen 2026-10-01" in said(pilot, "#source")


async def test_how_the_price_stands_is_said_in_words_beside_its_plot(tmp_path: Path) -> None:
    async with showing(tmp_path) as pilot:
        prices = said(pilot, "#price-words")
        assert "Latest 49.90 EUR on 2026-10-01" in prices
        assert "Lowest 45.00 EUR on 2026-05-01" in prices
        assert "Highest 59.00 EUR on 2026-03-01" in prices
        assert "2026-03-01" in said(pilot, "#price-plot")


async def test_what_is_stale_is_told_with_its_day(tmp_path: Path) -> None:
    seen = date(2026, 1, 1)
    old = kettle(9, "Serel Old", 44.0, 1.7, 60, "White")
    offers = (Offer(price=Price(amount=44.0, currency="EUR", seen=seen), availability="in stock"),)
    earlier = Price(amount=50.0, currency="EUR", seen=date(2025, 1, 1))
    history = PriceObservation(product_id=old.id, origin=old.origin, price=earlier)
    more: list[Product | PriceObservation] = [old.model_copy(update={"offers": offers}), history]
    async with showing(tmp_path, "kettles:9", more=more) as pilot:
        summary = said(pilot, "#summary")
        assert summary.startswith("44.00 EUR · ")
        assert "Stale: price and availability seen 2026-01-01, 283 days ago" in summary
        prices = said(pilot, "#price-words")
        assert "Latest 44.00 EUR on 2026-01-01, 283 days ago, then the lowest seen since 2025-01-01" in prices


async def test_reviews_are_summed_up_and_told(tmp_path: Path) -> None:
    async with showing(tmp_path) as pilot:
        summary = said(pilot, "#review-summary")
        assert "2 reviews, 1 verified; 1 × 5 stars, 1 × 2 stars" in summary
        assert "+ Praised: noise in 2 reviews “Boils softly, no trouble in room 1.”" in summary
        assert "- Criticised: lid in 2 reviews" in summary
        reviews = said(pilot, "#reviews")
        assert "★★★★★ 5 of 5 verified 2026-05-02 Boils softly" in reviews
        assert "★★☆☆☆ 2 of 5" in reviews


async def test_what_tells_a_variant_from_others_stands_beside_its_price(tmp_path: Path) -> None:
    options = (("size", "XL"), ("lid_colour", "red"))
    offers = (*RICH.offers[:1], RICH.offers[1].model_copy(update={"options": options}))
    shirt = RICH.model_copy(update={"offers": offers})
    async with showing(tmp_path, "kettles:9", more=[shirt]) as pilot:
        assert "size XL, lid colour red, in stock" in said(pilot, "#offers")


async def test_offers_ranges_and_texts_are_told_as_the_record_has_them(tmp_path: Path) -> None:
    async with showing(tmp_path, "kettles:9", more=[RICH]) as pilot:
        offers = said(pilot, "#offers")
        assert offers.index("44.00 EUR Market") < offers.index("48.00 EUR Corner")
        assert "was 60.00" in offers
        assert "https://example.org/9" in offers
        assert "its upper end counts" in said(pilot, "#attributes")
        assert "40 to 90 °C" in said(pilot, "#attributes")
        assert "Boils. And keeps warm. • Lid opens wide" in said(pilot, "#description")
        assert "GTIN 4006381333931" in said(pilot, "#source")
        assert "No price history" in said(pilot, "#price-words")
        assert "no reviews" in said(pilot, "#review-summary")


@pytest.mark.longer
async def test_hundreds_of_reviews_are_laid_out_as_they_are_reached(tmp_path: Path) -> None:
    async with showing(tmp_path, "kettles:9", more=[RICH, *MANY]) as pilot:
        reviews = pilot.app.screen.query_one("#reviews")
        assert len(reviews.children) == 1
        assert f"{AT_ONCE} of 150; scroll on for more" in str(reviews.border_subtitle)

        await pilot.press("r")
        for _ in range(40):
            await pilot.press("end")
            await pilot.pause()
            if len(reviews.children) == 8:
                break
        await until(pilot, lambda: str(reviews.border_subtitle) == "150 of 150")
        assert "Sentence of review 150." in said(pilot, "#reviews")


async def test_similar_products_are_asked_for_in_turn(tmp_path: Path) -> None:
    async with showing(tmp_path) as pilot:
        similar = pilot.app.screen.query_one("#similar", OptionList)
        await until(pilot, lambda: similar.option_count > 0)
        ids = [option.id for option in similar.options]
        assert "kettles:1" not in ids
        assert ids[0] == "kettles:2"

        await pilot.press("s", "enter")
        assert isinstance(pilot.app, Host)
        host = pilot.app
        await until(pilot, lambda: host.asked == [ProductAsked("kettles:2")])


async def test_other_sources_say_what_they_say_otherwise_and_open(tmp_path: Path) -> None:
    other = RICH.model_copy(
        update={
            "id": "market:9",
            "origin": RICH.origin.model_copy(update={"source": "market"}),
            "attributes": kettle(9, "Its twin", 40.0, 1.5, 50, HOSTILE).attributes,
        }
    )
    async with showing(tmp_path, "kettles:9", more=[RICH, other]) as pilot:
        told = said(pilot, "#elsewhere")
        assert "market: 44.00 EUR, seen 2026-10-01" in told
        assert "capacity 1.5 L (here 1.9 L)" in told
        assert "\x1b" not in told
        await pilot.press("o", "enter")
        assert isinstance(pilot.app, Host)
        host = pilot.app
        await until(pilot, lambda: host.asked == [ProductAsked("market:9")])


async def test_a_product_that_has_gone_is_one_sentence(tmp_path: Path) -> None:
    async with showing(tmp_path, "kettles:99") as pilot:
        assert "kettles:99 is no longer in the catalogue" in said(pilot, "#title")
        for part in ("#offers", "#source", "#prices", "#similar", "#reviews"):
            assert not pilot.app.screen.query_one(part).display
        await pilot.press("r", "s", "t", "escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, ProductScreen))


async def test_a_catalogue_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(b"no database" * 100)
    app = Host(tmp_path, lambda bench: ProductScreen(bench, "kettles:1"))
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query("#title")) and "is damaged" in said(pilot, "#title"))


async def test_a_hostile_record_is_shown_as_the_text_it_is(tmp_path: Path) -> None:
    gift = kettle(10, HOSTILE, 20.0, 1.7, 50, HOSTILE, 5.0, description=HOSTILE)
    words = Review(
        id="hostile", product_id="kettles:10", origin=origin(9), title=HOSTILE, sentences=(HOSTILE,)
    )
    async with showing(tmp_path, "kettles:10", more=[gift, words]) as pilot:
        for part in ("#title", "#attributes", "#description", "#reviews"):
            assert "[red]Gift[/]" in said(pilot, part)
            assert "\x1b" not in text(pilot, part)
            assert "\u202e" not in text(pilot, part)


@pytest.mark.parametrize("size", [(20, 10), pytest.param((40, 12), marks=pytest.mark.slow)])
async def test_a_tiny_terminal_is_no_fault(tmp_path: Path, size: tuple[int, int]) -> None:
    async with showing(tmp_path, size=size) as pilot:
        await pilot.press("pagedown", "r", "s", "t")
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert "Brissa" in said(pilot, "#title")
