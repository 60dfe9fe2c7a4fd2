"""Files larger than the memory that a process may have: read in pieces, whatever their form."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from index.importers.attributes import AttributeReader

ROWS = 12_000
SAID = "a lamp for the desk by the window "
MOST = 320 << 20
"""Bytes that the import may take, its libraries included; each file is larger."""
IMPORT = """
import resource, sys
from pathlib import Path
from index.catalog import Catalog
from index.columns import load_schema
from index.ingest import ingest

if sys.argv[3] != "0":
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[3]),) * 2)
with Catalog.open(Path(sys.argv[2]) / "catalog.sqlite") as catalog:
    report = ingest(Path(sys.argv[1]), catalog, schema=Path(sys.argv[2]) / "schema.toml")
status = Path("/proc/self/status").read_text()
print(report.read, report.new, report.rejected, status.partition("VmHWM:")[2].split()[0])
"""
SCHEMA = """
source = "lamps"
observed = 2026-03-01
[columns.id]
role = "id"
[columns.name]
role = "title"
[columns.text]
role = "description"
"""


def row(number: int) -> dict[str, str]:
    """A lamp with much that no column of the schema asks for."""
    return {
        "id": str(number),
        "name": f"Lamp {number}",
        "text": SAID * 20,
        "seen_by": f"{number} " + SAID * 1_100,
    }


def json_lines(path: Path) -> None:
    """One object a line."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row(number)) + "\n" for number in range(ROWS))


def table(path: Path) -> None:
    """Separated by tabs."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row(0)), delimiter="\t")
        writer.writeheader()
        writer.writerows(map(row, range(ROWS)))


def parquet(path: Path) -> None:
    """In row groups, unpacked so that the file is as large as what it says."""
    schema = pa.schema([(name, pa.string()) for name in row(0)])
    with pq.ParquetWriter(path, schema, compression="none", use_dictionary=False) as writer:
        for first in range(0, ROWS, 500):
            writer.write_table(pa.Table.from_pylist([row(n) for n in range(first, first + 500)], schema))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("write", "limit"),
    [(json_lines, MOST), (table, MOST), (parquet, 0)],
    ids=["JSON lines", "tabs", "Parquet"],
)
def test_a_file_larger_than_the_memory_is_read_whole(
    write: Callable[[Path], None], limit: int, tmp_path: Path
) -> None:
    # Arrow asks for addresses that it never touches, so of Parquet only what is resident is bounded.
    file = tmp_path / "lamps"
    write(file)
    assert file.stat().st_size > MOST
    (tmp_path / "schema.toml").write_text(SCHEMA)
    child = [sys.executable, "-c", IMPORT, str(file), str(tmp_path), str(limit)]
    said = subprocess.run(child, capture_output=True, text=True, check=True).stdout
    *counts, resident = map(int, said.split())
    assert counts == [ROWS, ROWS, 0]
    assert resident * 1024 < MOST


def test_what_long_cells_give_is_not_remembered() -> None:
    reader = AttributeReader({})
    before = reader.read({"said": SAID * 100, "listed": [SAID * 100], "color": "red"})
    assert before == reader.read({"said": SAID * 100, "listed": [SAID * 100], "color": "red"})
    assert [name for name, *_ in reader._known] == ["color"]
