"""A catalogue that grows to a million products: how fast it is filled, searched and imported again.

    python -m benchmarks.scale [--rows N ...] [--vectors] [--data DATA] [--home HOME] [--out GROWTH.jsonl]

Products are pc-parts recombined: each column of a new part comes from some part of its category, so names,
values and gaps are real and combinations new. With `--vectors` they have those of `benchmarks.search`, which
cost as much as true ones, and searches ask for meaning too. Beside our import stands what SQLite alone takes
for the same rows as one table with a full-text index, and for copying our own tables from a finished
catalogue into an empty one, which an import can hardly beat. Searches are timed when their filters were
asked for before, as within one research, and when they were not. A price that leaves FEW products is held
against the rows themselves. `python -m benchmarks.plots growth` draws what `--out` keeps.
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

from benchmarks.search import CASES, SCHEMA, Case, at_most, stand_in
from index.catalog import Catalog
from index.ingest import ingest
from index.search import Index, SearchRequest
from index.store.database import DEFERRED, connect, make_lacking, make_roomy, transaction
from index.vectors import Vectors

ROUNDS = 20
TOP = 50
SEED = 7
FEW = 30

Row = dict[str, Any]


class Waits(NamedTuple):
    """Milliseconds of searches, and what the process that made them took."""

    p50: float
    p95: float
    first_p50: float
    """Of searches whose words and filters nobody had asked for before."""
    first_longest: float
    megabytes: float


class Few(NamedTuple):
    """What a filter should leave of the rows, and what it left."""

    asked: int
    found: int
    wrong: int


class Growth(NamedTuple):
    """What was measured of one size."""

    rows: int
    imported: float
    """Rows a second."""
    sqlite_alone: float
    copied: float
    """Rows a second of our own tables, where nothing is left to make or to look up."""
    again: float
    """How many times as fast the same file is imported again."""
    waits: Waits
    file_megabytes: float
    few: Few


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="+", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--home", type=Path, help="where the files are kept")
    parser.add_argument("--out", type=Path, help="where the figures are kept, a line each")
    parser.add_argument("--vectors", action="store_true", help="make vectors and search by them too")
    parser.add_argument("--search-only", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.search_only:
        print(json.dumps(searched(options.search_only, meaning=options.vectors)))
        return
    with tempfile.TemporaryDirectory() as folder:
        parts = options.data / "pc-parts" / "pc_parts.jsonl.gz"
        for rows in options.rows:
            grown = measure(options.home or Path(folder), parts, rows, vectors=options.vectors)
            tell(grown)
            if options.out:
                with options.out.open("a", encoding="utf-8") as out:
                    out.write(json.dumps({"rows": rows, **grown.waits._asdict()}) + "\n")


def tell(grown: Growth) -> None:
    """One size in words."""
    waits, few = grown.waits, grown.few
    print(
        f"{grown.rows:>9,} rows: import {grown.imported:,.0f} rows/s (SQLite alone "
        f"{grown.sqlite_alone:,.0f}, copying the tables {grown.copied:,.0f}), "
        f"unchanged {grown.again:.0f} times as fast; search p50 {waits.p50:.1f} ms, "
        f"p95 {waits.p95:.1f} ms, asked for the first time p50 {waits.first_p50:.0f} ms, longest "
        f"{waits.first_longest:.0f} ms, process {waits.megabytes:.0f} MB; file {grown.file_megabytes:,.0f} "
        f"MB; a filter that leaves {few.asked}: {few.found} found, {few.wrong} wrong",
        flush=True,
    )


def measure(folder: Path, parts: Path, rows: int, *, vectors: bool) -> Growth:
    """Make, import, search and import again."""
    folder.mkdir(parents=True, exist_ok=True)
    home, file = folder / f"home-{rows}", folder / f"{rows}.jsonl"
    shutil.rmtree(home, ignore_errors=True)
    if not file.exists():
        write_recombined(parts, file, rows)
    alone = seconds_of_sqlite(file, folder / "alone.sqlite")
    first, again = seconds_of_import(home, file), seconds_of_import(home, file)
    if vectors:
        with Catalog.open(home / "catalog.sqlite") as catalog:
            Vectors.open(home / "chroma", stand_in).drain(catalog, lambda _done, _total: None)
    asked = ["--search-only", str(home), *(["--vectors"] if vectors else [])]
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.scale", *asked],
        check=True,
        capture_output=True,
        text=True,
    )
    return Growth(
        rows,
        rows / first,
        rows / alone,
        rows / seconds_of_copying(home / "catalog.sqlite", folder / "copied.sqlite"),
        first / again,
        Waits(*json.loads(told.stdout)),
        (home / "catalog.sqlite").stat().st_size / 1e6,
        left_by_a_filter(home, file),
    )


def left_by_a_filter(home: Path, file: Path) -> Few:
    """How many rows a limit of price leaves in a category, and how many of them and others are found."""
    priced: dict[str, list[tuple[float, str]]] = defaultdict(list)
    with file.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row.get("price") is not None:
                priced[row["category"]].append((row["price"], row["name"]))
    # Of the limits that would leave FEW if no two prices were equal, the one that does so best.
    limits = {name: sorted(some)[FEW - 1][0] for name, some in priced.items() if len(some) >= FEW}
    left = {name: {n for price, n in priced[name] if price <= limit} for name, limit in limits.items()}
    category = min(left, key=lambda name: len(left[name]))
    asked, limit = left[category], limits[category]
    with Index.open(home, meaning=False) as index:
        result = index.search(
            SearchRequest(query="", category=(category,), conditions=(at_most("price", limit),), limit=10_000)
        )
    found = {hit.product.title for hit in result.hits}
    return Few(len(asked), len(asked & found), len(found - asked))


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


def seconds_of_copying(made: Path, target: Path) -> float:
    """How long SQLite takes to write every table of a catalogue with its indexes, as a large import does."""
    target.unlink(missing_ok=True)
    began = time.perf_counter()
    with closing(connect(target)) as connection:
        make_roomy(connection)
        connection.execute("ATTACH ? AS made", (str(made),))
        with transaction(connection):
            for name in DEFERRED:
                connection.execute(f"DROP INDEX {name}")
            for name, columns in _written(connection):
                connection.execute(
                    f"INSERT OR REPLACE INTO {name} ({columns}) SELECT {columns} FROM made.{name}"
                )
        make_lacking(connection)
    seconds = time.perf_counter() - began
    target.unlink()
    return seconds


def _written(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """The tables that an import writes, those that others refer to first, each with its columns."""
    found = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '*_fts_*' "
        "ORDER BY name GLOB '*_fts', rootpage"
    )
    return [(name, _columns(connection, name)) for (name,) in found.fetchall()]


def _columns(connection: sqlite3.Connection, table: str) -> str:
    rowid = ["rowid"] if table.endswith("_fts") else []
    return ", ".join(rowid + [column[1] for column in connection.execute(f"PRAGMA table_info({table})")])


def searched(home: Path, *, meaning: bool) -> Waits:
    """Ten questions with two typed filters each, many times."""
    with Index.open(home, meaning=meaning) as index:
        turns = [[_waited(index, case) for case in CASES] for _ in range(ROUNDS + 1)]
    first, waits = turns[0], [wait for turn in turns[1:] for wait in turn]
    return Waits(
        statistics.median(waits), percentile(waits, 0.95), statistics.median(first), max(first), megabytes()
    )


def _waited(index: Index, case: Case) -> float:
    request = SearchRequest(
        query=case.query, category=(case.category,), conditions=case.conditions, limit=TOP
    )
    began = time.perf_counter()
    result = index.search(request)
    waited = 1000 * (time.perf_counter() - began)
    assert not result.notes, result.notes
    return waited


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
