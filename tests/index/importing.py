"""A catalogue in a temporary home and files to import into it."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from index.catalog import Catalog
from index.columns import ColumnSchema, parse_schema
from index.importers.import_report import ImportReport
from index.ingest import ingest

LAMPS = parse_schema(
    """
    source = "lamps"
    currency = "EUR"
    observed = 2026-03-01
    [columns.id]
    role = "id"
    [columns.name]
    role = "title"
    [columns.price]
    role = "price"
    [columns.flux]
    unit = "lm"
    """,
    "lamps.toml",
)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


def jsonl(rows: Iterable[Mapping[str, object]]) -> str:
    """Rows as one JSON object a line."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def imported(
    home: Path,
    path: Path,
    schema: ColumnSchema | Path | None = LAMPS,
    mapping: Mapping[str, str] | None = None,
) -> ImportReport:
    """Import a file into the catalogue of this home."""
    with Catalog.open(home / "catalog.sqlite") as catalog:
        return ingest(path, catalog, schema=schema, mapping=mapping)


def opened(home: Path) -> Catalog:
    """The catalogue of this home; close it."""
    return Catalog.open(home / "catalog.sqlite")
