"""A catalogue that grows to a million products: how fast it is filled, searched and imported again.

    python -m benchmarks.scale [--rows N ...] [--data DATA] [--home HOME]

Products are pc-parts recombined: each column of a new part comes from some part of its category, so names,
values and gaps are real and combinations new. Vectors are left out. Beside our import stands what SQLite
alone takes for the same rows as one table with a full-text index.
"""

import argparse
import gzip
import json
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.search import CASES, SCHEMA
from index.catalog import Catalog
from index.ingest import ingest
from index.search import Index, SearchRequest

ROUNDS = 20
TOP = 50
SEED = 7

Row = dict[str, Any]


class Waits(NamedTuple):
    """Milliseconds of searches, and what the process that made them took."""

    p50: float
    p95: float
    megabytes: float


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="+", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--home", type=Path, help="where the files are kept")
    parser.add_argument("--search-only", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.search_only:
        print(json.dumps(searched(options.search_only)))
        return
    with tempfile.TemporaryDirectory() as folder:
        for rows in options.rows:
            measure(options.home or Path(folder), options.data / "pc-parts" / "pc_parts.jsonl.gz", rows)


def measure(folder: Path, parts: Path, rows: int) -> None:
    """Make, import, search and import again."""
    folder.mkdir(parents=True, exist_ok=True)
    home, file = folder / f"home-{rows}", folder / f"{rows}.jsonl"
    shutil.rmtree(home, ignore_errors=True)
    if not file.exists():
        write_recombined(parts, file, rows)
    alone = seconds_of_sqlite(file, folder / "alone.sqlite")
    first, again = seconds_of_import(home, file), seconds_of_import(home, file)
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.scale", "--search-only", str(home)],
        check=True,
        capture_output=True,
        text=True,
    )
    waits = Waits(*json.loads(told.stdout))
    size = (home / "catalog.sqlite").stat().st_size / 1e6
    print(
        f"{rows:>9,} rows: import {rows / first:,.0f} rows/s (SQLite alone {rows / alone:,.0f}), unchanged "
        f"{first / again:.0f} times as fast; search p50 {waits.p50:.1f} ms, p95 {waits.p95:.1f} ms, process "
        f"{waits.megabytes:.0f} MB; file {size:,.0f} MB",
        flush=True,
    )


def write_recombined(parts: Path, target: Path, rows: int, seed: int = SEED) -> None:
    """Write so many new parts, no two of one name."""
    columns: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    categories: list[str] = []
    with gzip.open(parts, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            row = json.loads(line)
            categories.append(row["category"])
            for name, value in row.items():
                columns[row["category"]][name].append(value)
    dice = random.Random(seed)
    with target.open("w", encoding="utf-8") as file:
        for number in range(rows):
            category = dice.choice(categories)
            made = {name: dice.choice(values) for name, values in columns[category].items()}
            made["name"] = f"{made['name']} {number:07d}"
            file.write(json.dumps(made, ensure_ascii=False) + "\n")


def seconds_of_import(home: Path, file: Path) -> float:
    """How long the import of a file takes."""
    began = time.perf_counter()
    with Catalog.open(home / "catalog.sqlite") as catalog:
        ingest(file, catalog, schema=SCHEMA)
    return time.perf_counter() - began


def seconds_of_sqlite(file: Path, target: Path) -> float:
    """How long one table and its full-text index take, without types, identity or filters."""
    target.unlink(missing_ok=True)
    began = time.perf_counter()
    with closing(sqlite3.connect(target)) as connection, connection, file.open(encoding="utf-8") as lines:
        connection.execute("CREATE TABLE products (id INTEGER PRIMARY KEY, name, price, record)")
        connection.execute("CREATE VIRTUAL TABLE texts USING fts5 (body, tokenize = 'porter unicode61')")
        for number, line in enumerate(lines):
            row = json.loads(line)
            connection.execute(
                "INSERT INTO products VALUES (?, ?, ?, ?)", (number, row["name"], row.get("price"), line)
            )
            told = " ".join(f"{name} {value}" for name, value in row.items() if value is not None)
            connection.execute("INSERT INTO texts (rowid, body) VALUES (?, ?)", (number, told))
    seconds = time.perf_counter() - began
    target.unlink()
    return seconds


def searched(home: Path) -> Waits:
    """Ten questions with two typed filters each, many times."""
    with Index.open(home, meaning=False) as index:
        waits: list[float] = []
        for turn in range(ROUNDS + 1):
            for case in CASES:
                request = SearchRequest(
                    query=case.query, category=(case.category,), conditions=case.conditions, limit=TOP
                )
                began = time.perf_counter()
                index.search(request)
                if turn:
                    waits.append(1000 * (time.perf_counter() - began))
    return Waits(statistics.median(waits), percentile(waits, 0.95), megabytes())


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share lies."""
    return sorted(values)[round(share * (len(values) - 1))]


def megabytes() -> float:
    """The most memory that this process held.

    Not `ru_maxrss`, which in a child begins with what its parent held.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
