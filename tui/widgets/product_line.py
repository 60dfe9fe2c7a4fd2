"""A product in a list: its title, and beneath it the price and the rating."""

from rich.text import Text

from agent.observe import price_text
from agent.report.facts import rating_words
from index.product import Product
from index.text.sanitize import TITLE_LIMIT, plain


def product_line(product: Product) -> Text:
    """Two lines of plain text, cut where the list ends."""
    line = Text(plain(product.title, TITLE_LIMIT), style="bold", overflow="ellipsis", no_wrap=True)
    line.append(f"\n  {price_text(product)}, {rating_words(product)}", style="not bold dim")
    return line
