"""What the `index` commands print of the catalogue: search results, statistics, products and cards."""

import json
import sys
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent import observe
from agent.card_text import card_text
from agent.prices import price_standing
from index.card import CategoryCard
from index.conditions import Condition, Op
from index.search import Hit, Index, SearchRequest
from index.units import parse_price
from index.where import parse_where
from tui.told import NOTHING_FITS


@dataclass(frozen=True)
class Asked:
    """A search as it was typed."""

    query: str
    max_price: str | None = None
    min_rating: float | None = None
    category: str = ""
    brand: str = ""
    where: tuple[str, ...] = ()
    limit: int = 10


def search_products(index: Index, asked: Asked, *, as_json: bool) -> int:
    """Print what is found; the exit code says whether anything was."""
    card = index.card_for(asked.category) if asked.category else next(iter(index.card(asked.query, 1)), None)
    request = SearchRequest(
        query=asked.query,
        category=card.path if card and asked.category else (),
        conditions=_conditions(asked, card),
        limit=asked.limit,
    )
    result = index.search(request)
    for note in result.notes:
        sys.stderr.write(f"{note}\n")
    for hit in result.hits:
        if as_json:
            sys.stdout.write(hit.product.model_dump_json() + "\n")
    if not as_json:
        _print_hits(result.hits)
        sys.stderr.write(f"{len(result.hits)} of {result.total}\n")
    return 0 if result.hits else NOTHING_FITS


def _conditions(asked: Asked, card: CategoryCard | None) -> tuple[Condition, ...]:
    found = []
    if asked.max_price is not None:
        amount, currency = parse_price(asked.max_price, card.currency if card else "")
        found.append(Condition(attribute="price", op=Op.AT_MOST, number=amount, currency=currency))
    if asked.min_rating is not None:
        found.append(Condition(attribute="rating", op=Op.AT_LEAST, number=asked.min_rating))
    if asked.brand:
        found.append(Condition(attribute="brand", op=Op.IS, words=(asked.brand.casefold(),)))
    if card is not None:
        found.extend(parse_where(text, card) for text in asked.where)
    return tuple(found)


def _print_hits(hits: tuple[Hit, ...]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "title", "price", "rating", "facts"):
        table.add_column(heading, overflow="fold" if heading == "facts" else "ellipsis")
    for hit in hits:
        product = hit.product
        facts = ", ".join(f"{a.name} {observe.attribute_text(a)}" for a in product.attributes[:6])
        cells = (product.id, product.title, observe.price_text(product), observe.rating_text(product), facts)
        table.add_row(*(Text(cell) for cell in cells))
    Console().print(table)


def show_stats(index: Index, *, as_json: bool) -> None:
    """Counts and ages, source by source."""
    sources = index.catalog.sources()
    if as_json:
        sys.stdout.write(json.dumps([s.model_dump(mode="json") for s in sources], indent=2) + "\n")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("source", "products", "reviews", "pages", "events", "oldest", "newest"):
        table.add_column(heading, justify="left" if heading == "source" else "right")
    for source in sources:
        numbers = (source.products, source.reviews, source.pages, source.events)
        table.add_row(
            Text(source.name),
            *(f"{n:,}" for n in numbers),
            str(source.oldest or ""),
            str(source.newest or ""),
        )
    Console().print(table)


def show_product(index: Index, product_id: str, *, as_json: bool) -> None:
    """One product with its offers, attributes, price history and reviews."""
    product = index.catalog.product(product_id)
    if as_json:
        sys.stdout.write(product.model_dump_json(indent=2) + "\n")
        return
    console = Console()
    console.print(Text(product.title, style="bold"))
    origin = product.origin
    lines = [
        f"{observe.price_text(product)}, {observe.rating_text(product)}",
        f"{origin.source}: {origin.file} row {origin.row}, seen {origin.seen}",
        *(f"{a.name}: {observe.attribute_text(a)}" for a in product.attributes),
        product.description,
    ]
    standing = price_standing(index.catalog.prices(product_id))
    if standing is not None:
        lines.append(f"{standing.sentence()} ({standing.observations} prices since {standing.first.seen})")
    reviews = index.catalog.reviews(product_id)
    if reviews:
        lines.append(observe.review_summary("reviews", reviews))
    for line in lines:
        if line:
            console.print(Text(line))


def show_card(index: Index, category: str, *, as_json: bool) -> None:
    """What can be asked of a category."""
    card = index.card_for(category)
    sys.stdout.write(card.model_dump_json(indent=2) + "\n" if as_json else card_text([card]) + "\n")
