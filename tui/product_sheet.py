"""Everything that is known of one product, read for the product screen.

What the reviews say, how the price stands and what the needs make of it is worked out by the agent's own
code; this only brings it together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.desk import Desk
from agent.ledger import Need, SeenProduct
from agent.observe import telling
from agent.report import comparison as compared
from agent.report.opinions import opinions
from agent.report.prices import price_points
from agent.report.record import NeedRow, Opinions, PricePoint
from index.prices.standing import PriceStanding, standing_of
from index.product import Product, Review
from index.search import Index, SearchRequest

SIMILAR = 6


@dataclass(frozen=True)
class Sheet:
    """A product with all that the catalogue holds of it."""

    product: Product
    needs: tuple[NeedRow, ...]
    """How it stands to the needs, the hard ones first; a row has no cell where no record can decide."""
    points: tuple[PricePoint, ...]
    """The lowest price of each day; none where it has no standing."""
    standing: PriceStanding | None
    opinions: Opinions | None
    reviews: tuple[Review, ...]
    """In the order worth reading."""
    elsewhere: tuple[Product, ...]
    """The same thing as other sources tell of it."""


def read_sheet(index: Index, record_id: str, needs: Sequence[Need]) -> Sheet:
    """Read a product; raises NotFoundError."""
    product = index.catalog.product(record_id)
    desk = Desk(index=index, needs=list(needs))
    observed = index.catalog.prices(record_id)
    standing = standing_of(product, observed)
    seen = SeenProduct(tag="", record=product)
    return Sheet(
        product=product,
        needs=compared.needs([seen], desk),
        points=price_points(observed, standing.now.currency) if standing else (),
        standing=standing,
        opinions=opinions(product, (), desk),
        reviews=tuple(telling(index.catalog.reviews(record_id))),
        elsewhere=tuple(index.catalog.same_elsewhere(product)),
    )


def similar(index: Index, product: Product) -> tuple[Product, ...]:
    """Products of the same category that a search for its title finds, without itself."""
    request = SearchRequest(query=product.title, category=product.category, limit=SIMILAR + 1)
    hits = index.search(request).hits
    itself = {product.id, *(other.id for other in index.catalog.same_elsewhere(product))}
    return tuple(hit.product for hit in hits if hit.product.id not in itself)[:SIMILAR]
