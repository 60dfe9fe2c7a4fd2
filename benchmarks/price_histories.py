"""Price histories at full size: how fast they are imported, and how long one product's takes to be told.

    python -m benchmarks.price_histories FILE SCHEMA [FILE SCHEMA …] [--products N] [--today DAY]

The files (products may stand among them) are imported in this order into a home that is thrown away. Seconds
at work are those of this process alone, whatever else the machine does.
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
    parser.add_argument("files", type=Path, nargs="+", help="files, each followed by its column schema")
    parser.add_argument("--products", type=int, default=1000)
    parser.add_argument("--today", type=date.fromisoformat, default=date.today())
    asked = parser.parse_args()
    with TemporaryDirectory() as folder, Catalog.open(Path(folder) / "catalog.sqlite") as catalog:
        for file, schema in zip(asked.files[::2], asked.files[1::2], strict=True):
            _import(file, schema, catalog)
        known = [product for (product,) in catalog.select("SELECT DISTINCT product_id FROM prices")]
        chosen = random.Random(7).sample(known, min(asked.products, len(known)))
        took_each = [_told(catalog, product, asked.today) for product in chosen]
        spread = f"p50 {median(took_each):.2f} ms, p95 {quantiles(took_each, n=20)[-1]:.2f} ms"
        print(f"one history of {len(known):,} read and told: {spread}")
        began = time.perf_counter()
        prices_by_source(catalog, asked.today, shipped().price)
        print(f"stale prices by source: {1000 * (time.perf_counter() - began):.0f} ms")
    print(f"process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _import(file: Path, schema: Path, catalog: Catalog) -> None:
    began, worked = time.perf_counter(), time.process_time()
    report = ingest(file, catalog, schema=schema)
    took, cpu = time.perf_counter() - began, time.process_time() - worked
    print(
        f"{file.name}: {report.read:,} rows, {report.new:,} new records in {took:.1f} s, {cpu:.1f} s at work:"
    )
    print(f"  {report.read / cpu:,.0f} rows/s and {report.new / cpu:,.0f} records/s at work")


def _told(catalog: Catalog, product_id: str, today: date) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    for standing in price_standings(catalog.prices(product_id)):
        list(sentences(standing, today, shipped().price))
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
