"""Rows of JSON documents, Parquet files and XML feeds: bounded, and no good row is lost beside a bad one."""

import gzip
import json
import tracemalloc
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.importers.faults import FileFaultError
from index.importers.opening import FORMS, recognize
from index.importers.row_sources import RowSource
from index.importers.rows import Nesting, Rejected, Row
from tests.index.importing import imported, jsonl, opened, written

LAMPS = [{"id": n, "name": f"Lamp {n}", "price": 10 + n} for n in range(300)]
FEED = """<?xml version="1.0"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>
<title>Lamps of a shop</title><description><![CDATA[No <item> stands here]]></description>
{items}
</channel></rss>
"""
FUZZED = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def item(number: int, more: str = "") -> str:
    """An item of a feed."""
    return (
        f"<item><g:id>{number}</g:id><title>Lamp {number}</title><g:price>{number} EUR</g:price>{more}</item>"
    )


def rows_of(
    path: Path, form: str = "", nesting: Nesting | None = None
) -> tuple[list[Row], list[Rejected], list[str]]:
    """The rows of a file, those that could not be read, and what is told of it."""
    source = RowSource(recognize(path, form), nesting or Nesting())
    read = list(source)
    return [r for r in read if isinstance(r, Row)], [r for r in read if isinstance(r, Rejected)], source.notes


def parquet(path: Path, rows: Sequence[Mapping[str, object]], **options: object) -> Path:
    """A Parquet file of these rows."""
    pq.write_table(pa.Table.from_pylist(list(rows)), path, **options)
    return path


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_of_objects_is_read_as_its_lines_would_be(tmp_path: Path, indent: int | None) -> None:
    path = written(tmp_path, "lamps", json.dumps(LAMPS, indent=indent))
    assert recognize(path).described == "one JSON document"
    assert imported(tmp_path, path).new == 300


@pytest.mark.parametrize("document", [{"products": LAMPS}, {str(lamp["id"]): lamp for lamp in LAMPS}])
def test_objects_in_an_envelope_or_by_key_are_rows(tmp_path: Path, document: object) -> None:
    path = written(tmp_path, "lamps.gz", gzip.compress(json.dumps(document, indent=1).encode()))
    assert [row.cells["id"] for row in rows_of(path)[0]] == list(range(300))


def test_an_object_that_is_no_json_is_rejected_alone(tmp_path: Path) -> None:
    bad = [
        '{"id": nan}',
        '{"id": 1,}',
        "{'id': 2}",
        '{"id": [1}',
        '{"name": "no end, "id": 3}',
        '{"a": "\\q"}',
    ]
    good = ['{"id": "{[", "name": "a \\" b"}', '{"deep": {"er": [{"x": "}"}]}}']
    text = "[\n" + ",\n".join([good[0], *(line for each in bad for line in (each, good[1]))]) + "\n]"
    read, rejected, notes = rows_of(written(tmp_path, "rows.json", text))
    assert (len(read), len(rejected), notes) == (7, 6, [])
    assert read[0].cells == {"id": "{[", "name": 'a " b'}


@pytest.mark.slow
def test_an_object_of_ten_megabytes_is_rejected_in_bounded_memory(tmp_path: Path) -> None:
    long = '{"a": "' + "x\\\\" * 3_000_000 + '"}'
    many = '{"a": [' + '{"bbbbbbbbbbbbbbbbbbbbbbbb": 1},' * 281_250 + "0]}"
    path = written(tmp_path, "rows.json", f'[{{"id": 1}}, {long}, {{"id": 2}}, {many}, {{"id": 3}}]')
    tracemalloc.start()
    read, rejected, _ = rows_of(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [row.cells["id"] for row in read] == [1, 2, 3]
    assert [r.reason for r in rejected] == ["it is 9.0 MB long; a row may have 1 MB"] * 2
    assert peak < 12_000_000


def test_a_document_that_breaks_off_keeps_its_whole_objects_and_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, "lamps.json", json.dumps(LAMPS)[:5000])
    read, rejected, notes = rows_of(path)
    assert len(read) > 80
    assert rejected == []
    assert notes[0].startswith("lamps.json ends before its last bracket")


@FUZZED
@given(st.binary(max_size=300))
def test_no_bytes_after_good_objects_cost_them(tmp_path: Path, tail: bytes) -> None:
    head = json.dumps(LAMPS[:5])[:-1].encode() + b",\n"
    file = recognize(written(tmp_path, "lamps.json", head))
    written(tmp_path, "lamps.json", head + tail)
    read = list(RowSource(file, Nesting()))
    assert [row.cells["id"] for row in read[:5] if isinstance(row, Row)] == [0, 1, 2, 3, 4]


def test_a_parquet_file_gives_what_its_lines_would_give(tmp_path: Path) -> None:
    path = parquet(tmp_path / "lamps.csv", LAMPS, row_group_size=70)
    assert recognize(path).described == "a Parquet file"
    assert imported(tmp_path, path).new == 300
    other = tmp_path / "other"
    other.mkdir()
    assert imported(other, written(other, "lamps.jsonl", jsonl(LAMPS))).new == 300
    with opened(tmp_path) as here, opened(other) as there:
        told = [
            catalog.product("lamps:7").model_dump(exclude={"origin", "offers"}) for catalog in (here, there)
        ]
    assert told[0] == told[1]


def test_values_of_parquet_become_cells(tmp_path: Path) -> None:
    row = {
        "moment": datetime(2026, 3, 1, 12, tzinfo=UTC),
        "day": date(2026, 3, 2),
        "price": Decimal("12.50"),
        "code": b"LA-1",
        "sizes": [1, 2],
        "details": {"colour": "red", "inner": {"depth": 3}},
        "facts": [{"name": "power", "value": 9}, {"name": "socket", "value": 27}],
        "title": [{"lang": "de", "text": "Leuchte"}, {"lang": "main", "text": "Lamp"}],
        "pictures": [{"large": "a"}, {"large": "b"}],
        "none": None,
    }
    (read,), _, _ = rows_of(
        parquet(tmp_path / "rows", [row]), nesting=Nesting(unwrap=["details"], spread=["pictures"])
    )
    assert read.cells == {
        "moment": "2026-03-01T12:00:00+00:00",
        "day": "2026-03-02",
        "price": 12.5,
        "code": "LA-1",
        "sizes": [1, 2],
        "colour": "red",
        "inner.depth": 3,
        "facts.power": 9,
        "facts.socket": 27,
        "title": "Lamp",
        "pictures.large": ["a", "b"],
        "none": None,
    }


def test_a_damaged_row_group_costs_its_own_rows(tmp_path: Path) -> None:
    path = parquet(tmp_path / "lamps", LAMPS, row_group_size=100, compression="gzip", use_dictionary=False)
    group = pq.ParquetFile(path).metadata.row_group(1)
    damaged = bytearray(path.read_bytes())
    start = group.column(1).data_page_offset
    damaged[start : start + group.column(1).total_compressed_size] = bytes(
        group.column(1).total_compressed_size
    )
    path.write_bytes(damaged)
    read, rejected, _ = rows_of(path)
    assert [row.number for row in read] == [*range(1, 101), *range(201, 301)]
    assert [(r.number, r.reason) for r in rejected] == [
        (101, "rows 101 to 200 cannot be read: the file is damaged there")
    ]


def test_a_value_that_is_no_date_of_ours_costs_its_own_row(tmp_path: Path) -> None:
    table = pa.table(
        {"id": [1, 2, 3], "at": pa.array([0, 10**18, 0], pa.int64()).cast(pa.timestamp("us"), safe=False)}
    )
    pq.write_table(table, tmp_path / "rows")
    read, rejected, _ = rows_of(tmp_path / "rows")
    assert ([row.cells["id"] for row in read], [r.number for r in rejected]) == ([1, 3], [2])


def test_a_cell_of_two_megabytes_in_parquet_costs_its_own_row(tmp_path: Path) -> None:
    rows = [{"id": n, "name": "x" * (2_000_000 if n == 2 else 5)} for n in range(1, 9)]
    read, rejected, _ = rows_of(parquet(tmp_path / "rows", rows))
    assert len(read) == 7
    assert rejected[0].reason == "it is 2.0 MB long; a row may have 1 MB"


def test_row_groups_that_unpack_to_far_more_than_rows_may_have_are_not_unpacked(tmp_path: Path) -> None:
    path = parquet(tmp_path / "bomb", [{"name": "x" * 40_000_000}], compression="zstd")
    assert path.stat().st_size < 100_000
    _, rejected, _ = rows_of(path)
    assert rejected[0].reason == "rows 1 to 1 cannot be read: a row may have 1 MB"


@pytest.mark.parametrize("keep", [4, 100, -20])
def test_a_parquet_file_without_its_end_is_told_in_a_sentence(tmp_path: Path, keep: int) -> None:
    path = parquet(tmp_path / "lamps", LAMPS)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(FileFaultError, match="is a damaged Parquet file; fetch it again"):
        rows_of(path)


@FUZZED
@given(st.data())
def test_no_damage_to_a_parquet_file_is_more_than_a_sentence(tmp_path: Path, data: st.DataObject) -> None:
    path = parquet(tmp_path / "lamps", LAMPS[:40], row_group_size=20)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(4, len(content) - 1))
    piece = data.draw(st.binary(min_size=1, max_size=8))
    content[place : place + len(piece)] = piece
    path.write_bytes(content)
    with suppress(FileFaultError):
        read, rejected, _ = rows_of(path)
        assert len(read) + len(rejected) <= 41


def test_items_of_a_feed_are_rows_named_without_their_namespace(tmp_path: Path) -> None:
    more = (
        "<title>not this</title><g:title>Lamp &amp; <![CDATA[<b>shade</b>]]></g:title>"
        "<g:label>a</g:label><g:label>b</g:label>"
        "<g:shipping><g:country>DE</g:country><g:price>5 EUR</g:price></g:shipping>"
        "<g:product_detail><g:attribute_name>Flux</g:attribute_name>"
        "<g:attribute_value>400 lm</g:attribute_value></g:product_detail>"
        "<g:product_detail><g:attribute_name>Socket</g:attribute_name>"
        "<g:attribute_value>E27</g:attribute_value></g:product_detail>"
    )
    (row,), _, _ = rows_of(written(tmp_path, "feed", FEED.format(items=f"<item>{more}</item>")))
    assert row.cells == {
        "title": "Lamp & <b>shade</b>",
        "label": ["a", "b"],
        "shipping.country": "DE",
        "shipping.price": "5 EUR",
        "product_detail.Flux": "400 lm",
        "product_detail.Socket": "E27",
    }


def test_entries_of_atom_are_rows(tmp_path: Path) -> None:
    text = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>Shop</title>'
        '<entry><id>tag:1</id><g:id>7</g:id><title>Lamp</title><link rel="self" href="https://a.example/feed"/>'
        '<link href="https://a.example/lamp"/><summary type="xhtml">'
        '<div xmlns="http://www.w3.org/1999/xhtml">Warm <b>light</b></div></summary></entry></feed>'
    )
    (row,), _, _ = rows_of(written(tmp_path, "feed", text))
    assert {**row.cells, "summary": " ".join(str(row.cells["summary"]).split())} == {
        "id": "7",
        "title": "Lamp",
        "link.self": "https://a.example/feed",
        "link": "https://a.example/lamp",
        "summary": "Warm light",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1", "windows-1252", "utf-16"])
def test_a_feed_is_read_in_the_encoding_that_it_declares(tmp_path: Path, encoding: str) -> None:
    text = FEED.replace('"1.0"?', f'"1.0" encoding="{encoding.removesuffix("-sig")}"?', 1)
    path = written(
        tmp_path, "feed", text.format(items="<item><title>Süße Lämpchen</title></item>").encode(encoding)
    )
    assert rows_of(path)[0][0].cells["title"] == "Süße Lämpchen"


def test_an_item_that_is_no_xml_is_rejected_alone_and_common_mistakes_are_read(tmp_path: Path) -> None:
    items = [
        item(1),
        item(2, "<g:brand>Light & Sons&nbsp;GmbH \x0b</g:brand>"),
        item(3, "<x:flux>400</x:flux>"),
        item(4, "<open>"),
        item(5).removesuffix("</item>"),
        item(6, "<!-- </item> --><d><![CDATA[</item>]]></d>"),
    ]
    read, rejected, notes = rows_of(written(tmp_path, "feed", FEED.format(items="\n".join(items))))
    assert [row.cells["id"] for row in read] == ["1", "2", "3", "6"]
    assert read[1].cells["brand"] == "Light & Sons\xa0GmbH"
    assert [r.reason for r in rejected] == ["it is no XML: mismatched tag"] * 2
    assert notes == []


@pytest.mark.parametrize("channel", ["<title>Light & Sons&nbsp;</title>", "<title>Never closed", "<1/>"])
def test_what_is_wrong_around_the_items_costs_none_of_them(tmp_path: Path, channel: str) -> None:
    text = FEED.replace("<title>Lamps of a shop</title>", channel).format(items=item(1) + item(2))
    read, rejected, _ = rows_of(written(tmp_path, "feed", text))
    assert [row.cells["price"] for row in read] == ["1 EUR", "2 EUR"]
    assert rejected == []


def test_a_feed_that_breaks_off_keeps_the_items_before(tmp_path: Path) -> None:
    text = FEED.format(items="\n".join(map(item, range(100))))
    read, rejected, notes = rows_of(written(tmp_path, "feed.xml", text[:4000]))
    assert len(read) > 30
    assert rejected == []
    assert notes == [
        "feed.xml ends in the middle of an item: the rows before it were imported; "
        "fetch the file again for the rest."
    ]


@pytest.mark.parametrize(
    "definition",
    ['<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">', '<!ENTITY a SYSTEM "file:///etc/hostname">'],
)
def test_a_feed_that_defines_entities_is_refused(tmp_path: Path, definition: str) -> None:
    text = FEED.replace("<rss", f"<!DOCTYPE rss [{definition}]><rss").format(items=item(1, "<d>&b;</d>"))
    path = written(tmp_path, "feed", text)
    with pytest.raises(FileFaultError, match="defines entities of its own, which no feed needs"):
        rows_of(path)


@pytest.mark.slow
def test_an_item_of_ten_megabytes_is_rejected_in_bounded_memory(tmp_path: Path) -> None:
    items = [item(1), item(2, f"<d>{'x' * 10_000_000}</d>"), item(3), item(4, "<a>" * 200_000), item(5)]
    path = written(tmp_path, "feed", FEED.format(items="".join(items)))
    tracemalloc.start()
    read, rejected, _ = rows_of(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [row.cells["id"] for row in read] == ["1", "3", "5"]
    assert [fault.reason for fault in rejected] == [
        "it is 10.0 MB long; a row may have 1 MB",
        "it is nested too deep",
    ]
    assert peak < 30_000_000


@FUZZED
@given(st.one_of(st.binary(max_size=300), st.text("<>/item!-[]CDAT& g:", max_size=80).map(str.encode)))
def test_no_bytes_after_good_items_cost_them(tmp_path: Path, tail: bytes) -> None:
    head = FEED.partition("{items}")[0].encode() + b"".join(item(n).encode() for n in range(5))
    file = recognize(written(tmp_path, "feed", head))
    written(tmp_path, "feed", head + tail)
    read = list(RowSource(file, Nesting()))
    assert [row.cells["id"] for row in read[:5] if isinstance(row, Row)] == ["0", "1", "2", "3", "4"]


def test_the_form_can_be_said_and_an_unknown_one_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "rows", '{"products": [{"id": 1}, {"id": 2}]}\n')
    assert len(rows_of(path)[0]) == 1
    assert len(rows_of(path, "json")[0]) == 2
    tabbed = written(tmp_path, "tabbed", "a, b, c\td\n1, 2, 3\t4\n")
    assert rows_of(tabbed, "tsv")[0][0].cells == {"a, b, c": "1, 2, 3", "d": "4"}
    with pytest.raises(FileFaultError) as caught:
        recognize(path, "xlsx")
    assert str(caught.value) == f"xlsx is no format of a file; it is one of {', '.join(FORMS)}."
