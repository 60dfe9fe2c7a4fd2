"""`index price`: a product's prices drawn and told, and only what was stored of them."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from index.errors import NotFoundError
from index.freshness import Freshness
from index.product import Price, PriceObservation
from index.search import Index
from tests.agent.shop import SEEN, kettle, open_shop, origin
from tests.tui.commands import commands
from tui.ages import Today
from tui.filters import Asked
from tui.pricing import price_sheet, show_prices
from tui.searching import search_products, show_product, show_stats

TODAY = date(2026, 10, 2)
FRESH = Freshness(price=30, availability=7, rating=180)
KETTLE = "kettles:41"


def seen(amount: float, day: date, currency: str = "EUR", product: str = KETTLE) -> PriceObservation:
    return PriceObservation(
        product_id=product, origin=origin(1), price=Price(amount=amount, currency=currency, seen=day)
    )


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """A kettle for 49.90 EUR on the first of October, with prices before, some of them in dollars."""
    history = [seen(amount, date(2026, month, 1)) for month, amount in ((3, 60.0), (5, 45.5), (8, 55.0))]
    history += [seen(70.0, date(2024, 1, 1), "USD"), seen(65.0, date(2024, 6, 1), "USD")]
    history += [seen(12.0, date(2026, 9, 1), product="kettles:unknown")]
    with open_shop(tmp_path, [kettle(41, "Brissa Calm", 49.9, 1.7, 58, "White"), *history]) as opened:
        yield opened


@pytest.fixture
def shown(index: Index, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    def show(product: str = KETTLE, today: date = TODAY, *, as_json: bool = False) -> list[str]:
        show_prices(index, product, FRESH, today, as_json=as_json)
        return capsys.readouterr().out.splitlines()

    return show


def test_each_currency_is_drawn_and_told_by_itself(shown: Callable[..., list[str]]) -> None:
    lines = shown()
    assert lines[0] == "Brissa Calm"
    assert [line.strip() for line in lines if line.strip().startswith("Price in")] == [
        "Price in EUR",
        "Price in USD",
    ]
    text = " ".join(lines)
    assert "Now 49.90 EUR, seen 2026-10-01 (1 day ago), 5% below its 12-month median; the lowest" in text
    assert "Lowest 45.50 EUR on 2026-05-01 (154 days ago); highest 60.00 EUR on 2026-03-01" in text
    assert "Last seen at 65.00 USD on 2024-06-01, 853 days ago; what it costs now is not known." in text


def test_a_plot_with_its_sentences_fits_a_terminal_of_80_by_24_without_colours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    months = [seen(50 + month % 3, date(2026, month, 1)) for month in range(1, 10)]
    with open_shop(tmp_path, [kettle(41, "Brissa Calm " * 20, 49.9, 1.7, 58, "White"), *months]) as index:
        show_prices(index, KETTLE, FRESH, TODAY, as_json=False)
    out = capsys.readouterr().out
    assert len(out.splitlines()) <= 23
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out
    assert any("\u2800" < letter <= "\u28ff" for letter in out), "nothing is drawn"


def test_as_json_every_observation_stands_with_its_source(shown: Callable[..., list[str]]) -> None:
    told = json.loads("".join(shown(as_json=True)))
    assert [each["currency"] for each in told["currencies"]] == ["EUR", "USD"]
    euro, dollar = told["currencies"]
    assert [o["price"]["amount"] for o in euro["observations"]] == [60.0, 45.5, 55.0, 49.9]
    assert euro["observations"][0]["origin"]["file"] == "kettles.jsonl"
    assert (euro["stale"], euro["days_ago"], dollar["stale"]) == (False, 1, True)
    assert euro["standing"]["median_year"] == pytest.approx(52.45)
    assert dollar["standing"]["median_year"] is None


def test_prices_of_a_product_that_is_not_imported_yet_are_told(shown: Callable[..., list[str]]) -> None:
    assert shown("kettles:unknown") == [
        "kettles:unknown",
        "Seen on one day only: 12.00 EUR on 2026-09-01, 31 days ago.",
    ]


def test_what_is_not_known_at_all_is_refused(index: Index) -> None:
    with pytest.raises(NotFoundError):
        price_sheet(index, "kettles:none", FRESH, TODAY)


def test_the_command_says_where_no_price_was_ever_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpriced = kettle(42, "Brissa Gift", 1, 1.7, 58, "White").model_copy(update={"offers": ()})
    open_shop(tmp_path, [unpriced]).close()
    run = commands(tmp_path, monkeypatch)
    assert run("index", "price", "kettles:1").exit_code == 0
    answered = run("index", "price", "kettles:42")
    assert (answered.exit_code, answered.stderr) == (3, "No price of it was ever seen.\n")
    assert run("index", "price", "kettles:none").exit_code == 3


def later(days: int) -> Today:
    """As many days after the shop was seen."""
    return Today(FRESH, SEEN + timedelta(days=days))


def test_search_tells_when_a_price_was_seen_and_marks_a_stale_one(
    index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = Asked("brissa calm 17", limit=1)
    search_products(index, asked, later(30), as_json=False)
    assert "49.90 EUR seen 2026-10-01, 4.6* (10); capacity" in capsys.readouterr().out
    search_products(index, asked, later(31), as_json=False)
    told = "49.90 EUR, 4.6* (10), price seen 2026-10-01, 31 days ago; capacity"
    assert told in capsys.readouterr().out


def test_show_tells_a_stale_price_and_a_history_that_has_ended(
    index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    show_product(index, KETTLE, later(40), as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert "stale: price seen 2026-10-01, 40 days ago" in lines
    assert any(line.startswith("price history: last seen at 49.90 EUR on 2026-10-01, 40") for line in lines)
    show_product(index, KETTLE, later(1), as_json=False)
    fresh = capsys.readouterr().out
    assert "49.90 EUR seen 2026-10-01" in fresh
    assert "stale" not in fresh


def test_stats_count_stale_prices_by_source(index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    show_stats(index, later(31), as_json=False)
    assert "8 of 8" in capsys.readouterr().out
    show_stats(index, later(30), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["priced"], told["stale_prices"]) == (8, 0)
