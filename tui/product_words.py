"""A product as the screen tells it: lines and tables of plain text, nothing of which is read as markup."""

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from agent.observe import attribute_text, price_text
from agent.report.facts import rating_words
from agent.report.lines import many, note_line, stars_line
from agent.report.markdown import SIGNS
from agent.report.record import Aspect, NeedRow, Opinions
from index.conditions import in_words
from index.prices.sentences import ago, phrase
from index.prices.standing import PriceStanding
from index.product import Attribute, Offer, Price, Product, Review
from index.text.sanitize import plain, plain_lines
from tui.ages import Today
from tui.product_sheet import Sheet

STYLES = {"met": "green", "unmet": "red", "unknown": "yellow", "": ""}
ENDS = {
    "low": "its lower end counts",
    "high": "its upper end counts",
    "all": "all of it counts",
    "any": "as its variants go",
}
"""What a limit is held against, where a value is a range."""


def summary(product: Product, today: Today) -> Text:
    """Price with its day, rating, brand and category in a line or two, and below them what is stale."""
    told = [today.price(product), rating_words(product), product.brand, " > ".join(product.category)]
    text = Text("  ·  ".join(plain(each) for each in told if each))
    if stale := today.stale(product):
        text.append(f"\nStale: {'; '.join(stale)}", style="yellow")
    return text


def needs(sheet: Sheet) -> Text:
    """A line for each need, its verdict as sign and colour."""
    return Text("\n").join(map(_need, sheet.needs))


def _need(need: NeedRow) -> Text:
    told = f"{need.tag} {'must' if need.hard else 'wish'}: {plain(in_words(need.bound or need.said))}"
    if not need.cells:
        return Text(f"· {told} (for you to judge)", style="dim")
    (cell,) = need.cells
    return Text(f"{SIGNS[cell.verdict] or '·'} {told} ({plain(cell.text)})", style=STYLES[cell.verdict])


def offers(product: Product) -> Table:
    """What each seller asks, the cheapest first, and on which day that was seen."""
    table = _table("Price", "Seller", "Seen", "Said")
    for offer in sorted(product.offers, key=lambda offer: offer.price.amount):
        options = [f"{in_words(name)} {value}" for name, value in offer.options]
        told = [
            *options,
            offer.availability,
            f"was {offer.was:.2f}" if offer.was is not None else "",
            offer.url,
        ]
        said = ", ".join(plain(each) for each in told if each)
        table.add_row(*map(_cell, (money(offer.price), _seller(offer), str(offer.price.seen), said)))
    return table


def _seller(offer: Offer) -> str:
    return plain(offer.seller) or "not named"


def attributes(product: Product) -> Table:
    """Every attribute: what the record says, and how it was read for comparing."""
    table = _table("Attribute", "The record says", "Read as")
    for attribute in product.attributes:
        name, said = plain(in_words(attribute.name)), plain(attribute.raw)
        table.add_row(Text(name, style="dim"), _cell(said), _cell(reading(attribute)))
    return table


def reading(attribute: Attribute) -> str:
    """What code made of an attribute's text: yes or no, a number, a range, or words."""
    if attribute.flag is None and attribute.low is None:
        return ", ".join(plain(word) for word in attribute.words) or "not read"
    told = plain(attribute_text(attribute))
    return told if attribute.low == attribute.high else f"{told}, {ENDS[attribute.judged]}"


def description(product: Product) -> Text:
    """What the seller writes of it."""
    bullets = [f"• {plain(bullet)}" for bullet in product.bullets]
    return Text("\n".join(part for part in (plain_lines(product.description), *bullets) if part))


def identifiers(product: Product) -> str:
    """The numbers under which others know it."""
    numbers = {"GTIN": product.gtin, "MPN": (product.mpn,), "SKU": (product.sku,), "ASIN": (product.asin,)}
    told = [f"{name} {', '.join(values)}" for name, values in numbers.items() if any(values)]
    return plain("  ".join(told))


def source(product: Product) -> Text:
    """Where the record was read."""
    origin = product.origin
    where = f"From {origin.source}: {origin.file}, row {origin.row}, seen {origin.seen}"
    return Text("\n".join(filter(None, (plain(f"{where}; record {product.id}"), identifiers(product)))))


def elsewhere(product: Product, other: Product) -> Text:
    """Another record of the same thing: where it was read, what it asks, and what it says otherwise."""
    origin = other.origin
    line = Text(
        plain(f"{origin.source}: {price_text(other)}"), style="bold", no_wrap=True, overflow="ellipsis"
    )
    line.append(f", seen {origin.seen}", style="not bold dim")
    pairs = [(mine, other.attribute(mine.name)) for mine in product.attributes]
    differing = [
        f"{in_words(its.name)} {its.raw} (here {mine.raw})"
        for mine, its in pairs
        if its is not None and _read(mine) != _read(its)
    ]
    line.append("\n  " + plain("; ".join(differing) or "says nothing else"), style="not bold dim")
    return line


def _read(attribute: Attribute) -> tuple[object, ...]:
    return attribute.flag, attribute.low, attribute.high, attribute.unit, attribute.words


def money(price: Price) -> str:
    """An amount with its currency."""
    return f"{price.amount:,.2f} {price.currency}"


def history(standing: PriceStanding | None, today: Today) -> Text:
    """The lowest, the highest and the latest price in words."""
    if standing is None:
        return Text("No price history: fewer than two days were seen.", style="dim")
    now, then = standing.now, "then " if today.is_stale(standing.now) else ""
    lines = [
        f"Latest   {money(now)} on {now.seen}, {ago(now.seen, today.day)}, {then}{phrase(standing)}",
        f"Lowest   {money(standing.lowest)} on {standing.lowest.seen}",
        f"Highest  {money(standing.highest)} on {standing.highest.seen}",
        f"Prices of {many(standing.observations, 'day')} since {standing.first.seen}",
    ]
    return Text("\n".join(lines))


def review_summary(told: Opinions | None) -> Text:
    """How many reviews there are, and what they praise and criticise, each with a quote."""
    if told is None:
        return Text("The catalogue has no reviews of it.", style="dim")
    lines = [Text(stars_line(told))]
    lines += _sides("+", "Praised", told.praised, "green")
    lines += _sides("-", "Criticised", told.criticised, "red")
    lines += [Text(plain(note_line(note)), style="yellow") for note in told.notes]
    return Text("\n").join(lines)


def _sides(sign: str, word: str, aspects: Sequence[Aspect], style: str) -> Iterator[Text]:
    for aspect in aspects:
        line = Text.assemble((f"{sign} {word}: {plain(in_words(aspect.name))}", style))
        line.append(f" in {many(aspect.reviews, 'review')}")
        if aspect.quote:
            line.append(f" “{plain(aspect.quote.text)}”", style="dim")
        yield line


def review(told: Review) -> Text:
    """Stars, whether the purchase was verified, the day, and the text."""
    facts = [
        "unrated" if told.rating is None else f"{_stars(told.rating)} {told.rating:g} of 5",
        "verified" if told.verified else "",
        str(told.written or ""),
        f"helpful to {told.helpful:,}" if told.helpful else "",
    ]
    text = Text.assemble(("  ".join(filter(None, facts)), "dim"))
    if told.title:
        text.append(f"\n{plain(told.title)}", style="bold")
    return text.append(f"\n{' '.join(map(plain, told.sentences))}")


def _stars(rating: float) -> str:
    full = round(rating)
    return "★" * full + "☆" * (5 - full)


def _table(*heads: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def _cell(text: str) -> Text:
    return Text(text)
