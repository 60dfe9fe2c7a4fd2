"""Price histories at full size: how fast they are imported, and how long one product's takes to be told.

    python -m benchmarks.price_histories FILE SCHEMA [--products N] [--today DAY]

The file is imported into a home that is thrown away; nothing else is read.
"""

import argparse
import random
import resource
import time
from datetime import date
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from index.catalog import Catalog
from index.freshness import shipped
from index.ingest import ingest
from index.prices.sentences import sentences
from index.prices.staleness import prices_by_source
from index.prices.standing import price_standings


def main() -> None:
    """Import, tell the histories of some products, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("schema", type=Path)
    parser.add_argument("--products", type=int, default=1000)
    parser.add_argument("--today", type=date.fromisoformat, default=date.today())
    asked = parser.parse_args()
    with TemporaryDirectory() as folder, Catalog.open(Path(folder) / "catalog.sqlite") as catalog:
        began = time.perf_counter()
        report = ingest(asked.file, catalog, schema=asked.schema)
        took = time.perf_counter() - began
        print(
            f"{report.read:,} rows, {report.new:,} prices in {took:.1f} s: {report.read / took:,.0f} rows/s,"
        )
        print(f"  {report.new / took:,.0f} prices/s")
        began = time.perf_counter()
        again = ingest(asked.file, catalog, schema=asked.schema)
        print(f"again, unchanged: {again.new:,} new in {time.perf_counter() - began:.2f} s")
        known = [product for (product,) in catalog.select("SELECT DISTINCT product_id FROM prices")]
        chosen = random.Random(7).sample(known, min(asked.products, len(known)))
        took_each = [_told(catalog, product, asked.today) for product in chosen]
        spread = f"p50 {median(took_each):.2f} ms, p95 {quantiles(took_each, n=20)[-1]:.2f} ms"
        print(f"one history of {len(known):,} read and told: {spread}")
        began = time.perf_counter()
        prices_by_source(catalog, asked.today, shipped().price)
        print(f"stale prices by source: {1000 * (time.perf_counter() - began):.0f} ms")
    print(f"process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _told(catalog: Catalog, product_id: str, today: date) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    for standing in price_standings(catalog.prices(product_id)):
        list(sentences(standing, today, shipped().price))
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
