"""How fast the search is over the PC parts with two typed filters, and whether it finds what fits.

    python -m benchmarks.search [DATA] [--home HOME]

Products' vectors are made by a cheap stand-in (a bag of words): they cost a search as much as true ones,
which take an hour to make on two cores, and typed filters decide what fits. The question goes through the
true model. The sets that should be found are computed from the raw rows.
"""

import argparse
import gzip
import json
import os
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from index.catalog import Catalog
from index.conditions import Condition, Op
from index.ingest import ingest
from index.search import Index, SearchRequest
from index.store.vector_log import WIDTH, Vectors32
from index.vectors import Vectors

ROUNDS = 20
TOP = 50
SCHEMA = Path(__file__).parents[1] / "tests" / "schemas" / "pc_parts.toml"

Row = dict[str, Any]


class Case(NamedTuple):
    """A search with two typed filters, and the same filters over a raw row."""

    query: str
    category: str
    conditions: tuple[Condition, Condition]
    fits: Callable[[Row], bool]


def at_most(attribute: str, number: float) -> Condition:
    """An upper limit; prices are in the rows' currency."""
    currency = "USD" if attribute == "price" else ""
    return Condition(attribute=attribute, op=Op.AT_MOST, number=number, currency=currency)


def at_least(attribute: str, number: float) -> Condition:
    """A lower limit."""
    return Condition(attribute=attribute, op=Op.AT_LEAST, number=number)


def equal(attribute: str, value: float | str) -> Condition:
    """A number or a word."""
    if isinstance(value, str):
        return Condition(attribute=attribute, op=Op.IS, words=(value.casefold(),))
    return Condition(attribute=attribute, op=Op.IS, number=value)


def said(row: Row, name: str) -> float:
    """A number of a raw row; below every limit and above none where it is missing."""
    return float(row[name]) if isinstance(row.get(name), int | float) else float("nan")


CASES = (
    Case(
        "quiet 140 mm PWM case fan",
        "case-fan",
        (equal("size", 140), at_most("price", 20)),
        lambda r: said(r, "size") == 140 and said(r, "price") <= 20,
    ),
    Case(
        "27 inch 1440p IPS monitor for games",
        "monitor",
        (at_least("refresh_rate", 144), at_most("price", 250)),
        lambda r: said(r, "refresh_rate") >= 144 and said(r, "price") <= 250,
    ),
    Case(
        "cheapest NVMe SSD with a cache",
        "internal-hard-drive",
        (equal("capacity", 2000), equal("type", "SSD")),
        lambda r: said(r, "capacity") == 2000 and r["type"] == "SSD",
    ),
    Case(
        "ATX case with a tempered glass side panel",
        "case",
        (equal("color", "black"), at_most("price", 80)),
        lambda r: "black" in colours(r) and said(r, "price") <= 80,
    ),
    Case(
        "processor for a small server",
        "cpu",
        (at_least("core_count", 8), at_most("tdp", 65)),
        lambda r: said(r, "core_count") >= 8 and said(r, "tdp") <= 65,
    ),
    Case(
        "corsair vengeance memory with low latency",
        "memory",
        (at_most("cas_latency", 16), at_most("price", 60)),
        lambda r: said(r, "cas_latency") <= 16 and said(r, "price") <= 60,
    ),
    Case(
        "graphics card that fits a small case",
        "video-card",
        (at_least("memory", 12), at_most("length", 250)),
        lambda r: said(r, "memory") >= 12 and said(r, "length") <= 250,
    ),
    Case(
        "efficient gold power supply",
        "power-supply",
        (at_least("wattage", 750), equal("efficiency", "gold")),
        lambda r: said(r, "wattage") >= 750 and "gold" in str(r["efficiency"]).casefold().split(),
    ),
    Case(
        "mechanical keyboard",
        "keyboard",
        (Condition(attribute="tenkeyless", op=Op.IS, flag=True), at_most("price", 100)),
        lambda r: r["tenkeyless"] is True and said(r, "price") <= 100,
    ),
    Case(
        "white wireless headphones",
        "headphones",
        (Condition(attribute="wireless", op=Op.IS, flag=True), equal("color", "white")),
        lambda r: r["wireless"] is True and "white" in colours(r),
    ),
)


def colours(row: Row) -> list[str]:
    """The words of a raw row's colour."""
    return re.findall(r"[a-z]+", str(row.get("color") or "").casefold())


def stand_in(texts: Sequence[str]) -> Vectors32:
    """A unit vector for each text, by its words."""
    vectors = np.full((len(texts), WIDTH), 1e-3, dtype=np.float32)
    for row, text in enumerate(texts):
        for word in re.findall(r"\w+", text.casefold()):
            vectors[row, crc32(word.encode()) % WIDTH] += 1.0
    normed: Vectors32 = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return normed


def main() -> None:
    """Print the table and the two percentiles."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, default=Path("../shared/data"))
    parser.add_argument("--home", type=Path, help="where the index is kept from run to run")
    options = parser.parse_args()
    file = options.data / "pc-parts" / "pc_parts.jsonl.gz"
    with tempfile.TemporaryDirectory() as folder:
        home = options.home or Path(folder)
        fill(home, file)
        with Index.open(home) as index:
            measure(index, file)


def fill(home: Path, file: Path) -> None:
    """Import the parts and give them vectors, where that has not been done."""
    with Catalog.open(home / "catalog.sqlite") as catalog:
        if not catalog.counts().products:
            ingest(file, catalog, schema=SCHEMA)
        Vectors.open(home / "chroma", stand_in).drain(catalog, lambda _done, _total: None)


def measure(index: Index, file: Path) -> None:
    """Time every case and compare what it finds with the rows."""
    with gzip.open(file, "rt", encoding="utf-8", newline="\n") as lines:
        rows = [json.loads(line) for line in lines]
    print(f"{index.catalog.counts().products} products")
    print(f"{'question':45}{'fit':>6}{'found':>7}{'recall':>8}{'p50 ms':>8}{'max ms':>8}")
    every: list[Timing] = []
    recalls: list[float] = []
    for case in CASES:
        request = SearchRequest(
            query=case.query, category=(case.category,), conditions=case.conditions, limit=TOP
        )
        result = index.search(request)
        assert not result.notes, result.notes
        fitting = {
            place for place, r in enumerate(rows, 1) if r["category"] == case.category and case.fits(r)
        }
        found = {hit.product.origin.row for hit in result.hits}
        # Rows that the file repeats word for word are one product.
        different = {json.dumps(rows[place - 1], sort_keys=True) for place in fitting}
        named = {json.dumps(rows[place - 1], sort_keys=True) for place in found}
        recall = len(named & different) / min(TOP, len(different))
        times = [timed(index, request) for _ in range(ROUNDS)]
        waits = [timing.wall for timing in times]
        print(
            f"{case.query:45}{len(different):6}{result.total:7}{recall:8.3f}"
            f"{statistics.median(waits):8.1f}{max(waits):8.1f}"
        )
        every += times
        recalls.append(recall)
    for name, spent in (("wall", [t.wall for t in every]), ("processor", [t.processor for t in every])):
        marks = statistics.quantiles(spent, n=20)
        print(f"{name}: p50 {marks[9]:.1f} ms, p95 {marks[18]:.1f} ms over {len(spent)} warm searches")
    print(
        f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}: wall times count where it is below 1"
    )
    print(
        f"recall of the computed set in the top {TOP}: mean {statistics.mean(recalls):.3f}, "
        f"least {min(recalls):.3f}"
    )


class Timing(NamedTuple):
    """Milliseconds of one search: as waited for, and as computed in all threads."""

    wall: float
    processor: float


def timed(index: Index, request: SearchRequest) -> Timing:
    """Search once."""
    began, computed = time.perf_counter(), time.process_time()
    index.search(request)
    return Timing((time.perf_counter() - began) * 1e3, (time.process_time() - computed) * 1e3)


if __name__ == "__main__":
    main()
