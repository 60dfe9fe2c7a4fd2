"""What `index price` prints: a product's prices over time, drawn, and the sentences that they bear."""

import sys
from collections.abc import Iterator, Sequence
from datetime import date
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.console import Console

from index.errors import NotFoundError
from index.freshness import Freshness
from index.prices.sentences import age, sentences, single
from index.prices.standing import PriceStanding, daily, price_standings
from index.product import Price, PriceObservation, Record
from index.text.sanitize import plain
from tui.plot_days import day_ticks
from tui.told import NOTHING_FITS

if TYPE_CHECKING:
    from index.search import Index

WIDEST, HIGHEST, LOWEST = 120, 20, 8
"""Columns and lines of a plot at most, and lines at least."""


class InCurrency(Record):
    """What was seen of a product's price in one currency."""

    currency: str
    stale: bool
    """Whether the newest price is too old to be called present."""
    days_ago: int
    """Since the newest was seen."""
    sentences: tuple[str, ...]
    standing: PriceStanding | None
    """None where prices of one day alone are stored."""
    observations: tuple[PriceObservation, ...]


class PriceSheet(Record):
    """Everything stored of what a product cost."""

    product_id: str
    title: str
    """Empty where only prices of it were imported so far."""
    currencies: tuple[InCurrency, ...]
    """The one seen last first."""


def show_prices(index: "Index", product_id: str, freshness: Freshness, today: date, *, as_json: bool) -> int:
    """Print them; the exit code says whether any was ever seen. Raises NotFoundError."""
    sheet = price_sheet(index, product_id, freshness, today)
    if as_json:
        sys.stdout.write(sheet.model_dump_json(indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _lines(sheet))
    if not sheet.currencies:
        sys.stderr.write("No price of it was ever seen.\n")
    return 0 if sheet.currencies else NOTHING_FITS


def price_sheet(index: "Index", product_id: str, freshness: Freshness, today: date) -> PriceSheet:
    """Read them; raises NotFoundError where neither the product nor a price of it is known."""
    history = index.catalog.prices(product_id)
    try:
        title = index.catalog.product(product_id).title
    except NotFoundError:
        if not history:
            raise
        title = ""
    standings = {standing.now.currency: standing for standing in price_standings(history)}
    by_day = daily(history)
    newest_first = sorted(by_day, key=lambda currency: (-by_day[currency][-1].seen.toordinal(), currency))
    read = (
        _in_currency([o for o in history if o.price.currency == each], standings.get(each), freshness, today)
        for each in newest_first
    )
    return PriceSheet(product_id=product_id, title=title, currencies=tuple(read))


def _in_currency(
    seen: Sequence[PriceObservation], standing: PriceStanding | None, freshness: Freshness, today: date
) -> InCurrency:
    newest = max((o.price for o in seen), key=lambda price: price.seen)
    (days,) = daily(seen).values()
    told = sentences(standing, today, freshness.price) if standing else [single(days[0], today)]
    return InCurrency(
        currency=newest.currency,
        stale=age(newest.seen, today) > freshness.price,
        days_ago=age(newest.seen, today),
        sentences=tuple(told),
        standing=standing,
        observations=tuple(seen),
    )


def _lines(sheet: PriceSheet) -> Iterator[str]:
    """A plot with its sentences for each currency; one currency fills a screen and no more."""
    if not sheet.currencies:
        return
    size = get_terminal_size() if sys.stdout.isatty() else None
    width, height = min(size.columns, WIDEST) if size else 80, size.lines if size else 24
    yield from wrap(plain(sheet.title or sheet.product_id), width)[:1]
    for each in sheet.currencies:
        told = [line for sentence in each.sentences for line in wrap(sentence, width)]
        (days,) = daily(each.observations).values()
        if len(days) > 1:
            room = height - len(told) - 3  # the title, the plot's own head, and the prompt beneath
            yield from _plot(days, width, min(max(room, LOWEST), HIGHEST))
        yield from told


def _plot(days: Sequence[Price], width: int, height: int) -> list[str]:
    """The lowest price of each day as a line; without colours where the terminal has none."""
    import plotext  # 40 ms that no other command pays

    places = [price.seen.toordinal() for price in days]
    plotext.clear_figure()
    plotext.plot_size(width, height)
    plotext.title(f"Price in {days[-1].currency}")
    plotext.theme("clear")  # the terminal's own background
    plotext.plot(places, [price.amount for price in days], marker="braille", color="cyan")
    plotext.xticks(*day_ticks(places))
    coloured = Console().color_system is not None and not Console().no_color
    drawn: str = plotext.build() if coloured else plotext.uncolorize(plotext.build())
    return [line.rstrip() for line in drawn.rstrip("\n").split("\n")]
