"""A search as a person types it, and the request it becomes: one reading for the commands and the screen."""

from dataclasses import dataclass

from index.card import CategoryCard
from index.conditions import Condition, Op
from index.search import Index, SearchRequest
from index.text.units import parse_price
from index.where import parse_where
from tui.told import UsageError


@dataclass(frozen=True)
class Asked:
    """A search as it was typed."""

    query: str
    max_price: str | None = None
    min_rating: float | None = None
    category: str | tuple[str, ...] = ""
    """A name as people write it, or a path."""
    brand: str = ""
    where: tuple[str, ...] = ()
    limit: int = 10
    sort: tuple[str, bool] | None = None
    """As in `SearchRequest`."""
    typing: bool = False


def card_of(index: Index, asked: Asked) -> CategoryCard | None:
    """The card against which names and units are read; None where no product has a category.

    Raises UnknownNameError where the category is not in the catalogue.
    """
    if asked.category:
        return index.card_for(asked.category)
    return next(iter(index.card(asked.query, 1)), None)


def search_request(asked: Asked, card: CategoryCard | None) -> SearchRequest:
    """What to search for; raises UsageError, WhereError or QuantityError for what cannot be meant."""
    return SearchRequest(
        query=asked.query,
        category=card.path if card and asked.category else (),
        conditions=_conditions(asked, card),
        limit=asked.limit,
        sort=asked.sort,
        typing=asked.typing,
    )


def _conditions(asked: Asked, card: CategoryCard | None) -> tuple[Condition, ...]:
    found = []
    if asked.max_price is not None:
        amount, currency = parse_price(asked.max_price, card.currency if card else "")
        found.append(Condition(attribute="price", op=Op.AT_MOST, number=amount, currency=currency))
    if asked.min_rating is not None:
        found.append(Condition(attribute="rating", op=Op.AT_LEAST, number=asked.min_rating))
    if asked.brand:
        found.append(Condition(attribute="brand", op=Op.IS, words=(asked.brand.casefold(),)))
    if asked.where and card is None:
        raise UsageError("No product has a category, so --where finds no attributes; import one with --map.")
    found.extend(parse_where(text, card) for text in asked.where if card)
    return tuple(found)
