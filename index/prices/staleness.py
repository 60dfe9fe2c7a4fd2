"""How many products' newest prices are stale, source by source."""

from datetime import date
from typing import NamedTuple

from index.catalog import Catalog


class PricesOfSource(NamedTuple):
    """The products of one source by the age of their newest price, of whichever source that is."""

    priced: int
    """Products of which a price was ever seen."""
    stale: int


def prices_by_source(catalog: Catalog, today: date, stale_after: int) -> dict[str, PricesOfSource]:
    """For each source that has products with prices; `stale_after` is in days."""
    found = catalog.select(
        "SELECT products.source, count(*), sum(newest < ?) FROM products JOIN ("
        "SELECT product_id, max(seen) AS newest FROM prices GROUP BY product_id"
        ") ON product_id = products.id GROUP BY products.source",
        (date.fromordinal(max(1, today.toordinal() - stale_after)).isoformat(),),
    )
    return {source: PricesOfSource(priced, old) for source, priced, old in found}
