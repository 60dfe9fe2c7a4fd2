"""What the `index` commands print of the catalogue: search results, statistics, products and cards."""

import json
import sys
from collections.abc import Iterator
from shutil import get_terminal_size

from agent import observe
from index.catalog import SourceSummary
from index.conditions import spaced
from index.prices.sentences import money, sentence
from index.prices.staleness import PricesOfSource, prices_by_source
from index.prices.standing import standing_of
from index.product import Product
from index.reviews.reading import read
from index.search import Hit, Index
from tui.ages import Today
from tui.filters import Asked, card_of, search_request
from tui.told import NOTHING_FITS

EMPTY = "The catalogue is empty: add products with `productresearch index add FILE`, or try `index demo`."


def search_products(index: Index, asked: Asked, today: Today, *, as_json: bool) -> int:
    """Print what is found; the exit code says whether anything was."""
    card = card_of(index, asked)
    if card is None and not index.catalog.counts().products:
        sys.stderr.write(f"{EMPTY}\n")
        return NOTHING_FITS
    result = index.search(search_request(asked, card))
    for hit in result.hits:
        if as_json:
            sys.stdout.write(hit.product.model_dump_json() + "\n")
    if not as_json:
        _print_hits(result.hits, today)
    for note in result.notes:
        sys.stderr.write(f"{note}\n")
    sys.stderr.write(f"{len(result.hits):,} shown of {result.total:,} that pass the filters\n")
    return 0 if result.hits else NOTHING_FITS


def _print_hits(hits: tuple[Hit, ...], today: Today) -> None:
    """Two lines a product; on a terminal the second is cut to its width, the id never is."""
    width = get_terminal_size().columns if sys.stdout.isatty() else None
    wide = max((len(hit.product.id) for hit in hits), default=0)
    for product in (hit.product for hit in hits):
        facts = "; ".join(f"{spaced(a.name)} {observe.attribute_text(a)}" for a in product.attributes)
        standing = ", ".join([today.price(product), observe.rating_text(product), *today.stale(product)])
        below = f"{'':{wide}}  {standing}{'; ' if facts else ''}{facts}"
        title = f"{product.id:{wide}}  {product.title}"
        sys.stdout.write(f"{title}\n{observe.shorten(below, width) if width else below}\n")


def show_stats(index: Index, today: Today, *, as_json: bool) -> None:
    """Counts and ages, source by source."""
    sources = index.catalog.sources()
    prices = prices_by_source(index.catalog, today.day, today.freshness.price)
    none = PricesOfSource(0, 0)
    if as_json:
        for source in sources:
            priced, old = prices.get(source.name, none)
            told = source.model_dump(mode="json") | {"priced": priced, "stale_prices": old}
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    if not sources:
        sys.stderr.write(f"{EMPTY}\n")
        return
    heads = ("source", "products", "reviews", "pages", "events", "stale prices", "oldest", "newest")
    lines = [heads, *(_stats_line(source, prices.get(source.name, none)) for source in sources)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heads))]
    for name, *cells in lines:
        numbers = "  ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True))
        sys.stdout.write(f"{name:{widths[0]}}  {numbers}\n")
    pending = index.catalog.counts().pending
    if pending:
        sys.stderr.write(f"{pending:,} products are found by words alone; `index rebuild` embeds them.\n")


def _stats_line(source: SourceSummary, prices: PricesOfSource) -> tuple[str, ...]:
    numbers = (source.products, source.reviews, source.pages, source.events)
    old = f"{prices.stale:,} of {prices.priced:,}" if prices.priced else ""
    days = (str(source.oldest or ""), str(source.newest or ""))
    return (source.name, *(f"{n:,}" for n in numbers), old, *days)


def show_product(index: Index, product_id: str, today: Today, *, as_json: bool) -> None:
    """One product with its offers, attributes, price history and reviews."""
    product = index.catalog.product(product_id)
    if as_json:
        sys.stdout.write(product.model_dump_json(indent=2) + "\n")
        return
    sys.stdout.writelines(f"{line}\n" for line in _product_lines(index, product, today) if line)


def _product_lines(index: Index, product: Product, today: Today) -> Iterator[str]:
    yield product.title
    yield f"{today.price(product)}, {observe.rating_text(product)}"
    yield from (f"stale: {each}" for each in today.stale(product))
    yield " > ".join(product.category)
    numbers = {
        "brand": product.brand,
        "gtin": ", ".join(product.gtin),
        "mpn": product.mpn,
        "sku": product.sku,
    }
    yield from (f"{name}: {value}" for name, value in numbers.items() if value)
    yield from (f"{spaced(a.name)}: {observe.attribute_text(a)}" for a in product.attributes)
    yield product.description
    yield from (f"- {bullet}" for bullet in product.bullets)
    if len(product.offers) > 1:
        for offer in sorted(product.offers, key=lambda o: o.price.amount):
            told = f"{money(offer.price)} seen {offer.price.seen} {offer.seller}".rstrip()
            yield f"offer: {told}{observe.options_text(offer)}"
    yield observe.differences_text(index.catalog.differences(product.id))
    history = standing_of(product, index.catalog.prices(product.id))
    if history is not None:
        told = sentence(history, today.day, today.freshness.price)
        yield f"price history: {told} ({history.observations} prices)"
    reading = read(product, index.catalog)
    if reading.reviews:
        yield observe.review_summary("reviews", reading)
        yield from observe.trust_lines(reading)
    for record in (product, *index.catalog.same_elsewhere(product)):
        origin = record.origin
        yield f"source: {origin.source}, {origin.file} row {origin.row}, seen {origin.seen}"
