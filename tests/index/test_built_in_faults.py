"""Whatever stands in the cells of a known form, the import ends, and every row is accounted for."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.columns import ColumnSchema, load_schema
from index.ingest import ingest
from tests.index.importing import jsonl, opened, written

SCHEMAS = sorted(
    path
    for path in (Path(__file__).parents[2] / "index" / "schemas").glob("*.toml")
    if path.name != "roles.toml"
)
CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "a",
            "A-1",
            "id:1",
            "12.50",
            "-3",
            "1,219.49 EUR",
            "1e400",
            "2024-01-01",
            "0/0",
            "12/1/2010 8:26",
            "=,=|=",
            "a=b,c=d|e=,=f,a:b:c",
            "sku=a,size=S|sku=A-1,size=M",
            '{"a": {"b": [1]}, "title": "x"}',
            "[1",
            "in_stock",
            "draft",
            "search",
            "4006381333931",
            "https://a.example/x.jpg",
            "<b>x</b>",
        ]
    ),
    st.text(max_size=12),
)


def columns_of(schema: ColumnSchema) -> list[str]:
    """Every column that the schema speaks of."""
    names = [name for name in schema.columns if not name.endswith(".*")]
    names += [name.replace("#", "1") for pair in schema.pairs for name in (pair.name, pair.value)]
    variants = schema.variants
    return list(
        dict.fromkeys([*names, *(variants.group if variants else ()), *(variants.parent if variants else ())])
    )


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_no_cells_break_a_known_form(tmp_path: Path, path: Path) -> None:
    schema = load_schema(path).model_copy(update={"currency": "EUR"})
    row = st.dictionaries(st.sampled_from(columns_of(schema)), CELLS, min_size=3, max_size=12)

    with opened(tmp_path) as catalog:

        @settings(max_examples=40, deadline=None)
        @given(st.lists(row, min_size=1, max_size=8))
        def check(rows: list[dict[str, str]]) -> None:
            report = ingest(written(tmp_path, "rows", jsonl(rows)), catalog, schema=schema, dry_run=True)
            assert report.new + report.repeated + report.skipped + report.rejected == report.read == len(rows)

        check()
