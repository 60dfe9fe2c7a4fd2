"""Files of every kind of badness: good rows are kept, the rest is said in a sentence."""

import gzip
import json
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.importers.faults import FileFaultError, ImportFaultError
from index.importers.opening import recognize
from tests.index.importing import imported, jsonl, opened, written

ROWS = [{"id": n, "name": f"Lamp {n}", "price": 10 + n, "flux": 400 + n} for n in range(300)]
TABLE = "id,name,price,flux\n" + "".join(f"{r['id']},{r['name']},{r['price']},{r['flux']}\n" for r in ROWS)


@pytest.mark.parametrize("name", ["lamps.csv", "lamps.jsonl", "lamps", "lamps.gz"])
def test_a_file_is_known_by_its_content_and_not_by_its_name(tmp_path: Path, name: str) -> None:
    assert imported(tmp_path, written(tmp_path, name, jsonl(ROWS))).new == 300


@pytest.mark.parametrize(
    ("delimiter", "told"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")]
)
def test_the_separator_of_a_table_is_found(tmp_path: Path, delimiter: str, told: str) -> None:
    report = imported(tmp_path, written(tmp_path, "lamps.txt", TABLE.replace(",", delimiter)))
    assert (report.recognized_as, report.new) == (f"a {told}-separated table", 300)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
)
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_every_encoding_gives_the_same_text(tmp_path: Path, encoding: str, form: str) -> None:
    text = (
        'id;name;price\n1;"Lämpchen „Süd“ é";9\n'
        if form == "csv"
        else '{"id": 1, "name": "Lämpchen „Süd“ é", "price": 9}\n'
    )
    text = text.replace("„", '""' if form == "csv" else "'").replace("“", '""' if form == "csv" else "'")
    report = imported(tmp_path, written(tmp_path, "lamps", text.encode(encoding)))
    with opened(tmp_path) as catalog:
        assert catalog.product("lamps:1").title.startswith("Lämpchen ")
        assert catalog.product("lamps:1").title.endswith(" é")
    assert bool(report.notes) == (encoding in ("cp1252", "latin-1"))


def test_single_lines_in_another_encoding_are_kept(tmp_path: Path) -> None:
    lines = ['{"id": 1, "name": "Süd"}\n'.encode(), '{"id": 2, "name": "Nörd"}\n'.encode("cp1252")]
    report = imported(tmp_path, written(tmp_path, "lamps", b"".join(lines)))
    assert report.notes == ("1 lines were not UTF-8 and were read as Windows-1252.",)
    with opened(tmp_path) as catalog:
        assert [catalog.product(f"lamps:{n}").title for n in (1, 2)] == ["Süd", "Nörd"]


def test_a_gzip_that_breaks_off_gives_the_rows_before_the_break(tmp_path: Path) -> None:
    packed = gzip.compress(jsonl(ROWS).encode())
    report = imported(tmp_path, written(tmp_path, "lamps.jsonl.gz", packed[: len(packed) // 2]))
    assert 50 < report.new < 250
    assert report.rejected == 0
    (note,) = report.notes
    assert note.startswith("lamps.jsonl.gz breaks off in the middle of its gzip data")


def test_a_gzip_with_a_flipped_byte_gives_what_can_be_read(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(jsonl(ROWS * 20).encode()))
    packed[-6] ^= 0xFF
    report = imported(tmp_path, written(tmp_path, "lamps.jsonl.gz", bytes(packed)))
    assert report.new == 300
    assert report.notes


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_row_of_ten_megabytes_is_rejected_in_bounded_memory(tmp_path: Path, form: str) -> None:
    huge = "x" * 10_000_000
    text = (
        jsonl([ROWS[0], {"id": 9, "name": huge}, ROWS[1]])
        if form == "jsonl"
        else f"id,name,price\n0,Lamp,1\n9,{huge},1\n1,Lamp,1\n"
    )
    path = written(tmp_path, "lamps", text)
    tracemalloc.start()
    report = imported(tmp_path, path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (report.new, report.rejected) == (2, 1)
    assert "it is 10.0 MB long" in report.rejects[0]
    assert peak < 12_000_000


def test_ten_megabytes_without_a_line_break_are_one_rejected_row(tmp_path: Path) -> None:
    report = imported(tmp_path, written(tmp_path, "lamps", '{"id": 1, "name": "' + "x" * 10_000_000))
    assert (report.new, report.rejected) == (0, 1)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"  \n \n", "is empty"),
        (b"<?xml version='1.0'?><shop/>", "is HTML or XML"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "is a picture"),
        (b"PK\x03\x04" + bytes(100), "is a ZIP archive"),
        (b"SQLite format 3\x00" + bytes(100), "is an SQLite database"),
        (b"GGUF" + bytes(100), "is model weights"),
        (bytes(range(256)) * 20, "is binary"),
        (b'{\n  "id": 1,\n  "name": "Lamp"\n}\n', "none of its first lines is a whole object"),
        (b"a lamp\nanother lamp\n", "is neither JSONL nor a table"),
        (b"\x1f\x8b\x08\x00broken", "is a damaged gzip file"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_told_in_one_sentence(
    tmp_path: Path, content: bytes, told: str
) -> None:
    with pytest.raises(FileFaultError, match=told) as caught:
        imported(tmp_path, written(tmp_path, "lamps.csv", content))
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_a_stray_zero_byte_in_a_small_table_costs_no_row(tmp_path: Path) -> None:
    path = written(tmp_path, "lamps.csv", b"id,name,price\n1,La\x00mp,20\n2,Torch,30\n3,Lantern,40\n")
    report = imported(tmp_path, path)
    assert (report.new, report.rejected) == (3, 0)
    with opened(tmp_path) as catalog:
        assert catalog.select("SELECT title FROM products ORDER BY key LIMIT 1") == [("Lamp",)]


def test_a_folder_and_a_missing_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileFaultError, match="is a folder"):
        recognize(tmp_path)
    with pytest.raises(FileFaultError, match="No such file"):
        recognize(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{broken", "it is no JSON"),
        ("[1, 2]", "it is JSON, but no object"),
        ('{"id": 1, "price": NaN}', "NaN is no value of JSON"),
        ('{"id": 7}', "it has no title"),
        ('{"id": 7, "name": "Lamp", "price": -3}', "its price -3 is below zero"),
        ('{"id": 7, "name": "Lamp", "flux": 1e999}', "a number is too large"),
        ('{"id": 7, "name": "Lamp", "flux": ' + "9" * 5000 + "}", "a number"),
        ('{"id": 7, "name": ' + "[" * 5000 + "]" * 5000 + "}", "nested"),
        ('{"a": ' * 50 + "1" + "}" * 50, "nested"),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason_and_good_rows_are_kept(
    tmp_path: Path, line: str, reason: str
) -> None:
    report = imported(tmp_path, written(tmp_path, "lamps", jsonl(ROWS[:2]) + line + "\n" + jsonl(ROWS[2:4])))
    assert (report.read, report.new, report.rejected) == (5, 4, 1)
    assert report.rejects_file is not None
    (rejected,) = map(json.loads, report.rejects_file.read_text(encoding="utf-8").splitlines())
    assert rejected["row"] == 3
    assert reason in rejected["reason"]
    assert rejected["text"].startswith(line[:20])


def test_a_table_row_with_too_many_cells_is_rejected(tmp_path: Path) -> None:
    report = imported(tmp_path, written(tmp_path, "lamps", "id,name\n1,Lamp\n2,Lamp, white\n3,Lamp\n4\n"))
    assert (report.new, report.rejects) == (
        2,
        ("row 3: it has 3 cells under 2 columns", "row 5: it has no title"),
    )


def test_what_is_no_price_is_told_and_the_product_kept(tmp_path: Path) -> None:
    text = "id,name,price\n1,Lamp,5 EUR\n2,Lamp,call us\n3,Lamp,1.2.3.4\n4,Lamp,\n5,Lamp,call us\n"
    report = imported(tmp_path, written(tmp_path, "lamps.csv", text), schema=None)
    assert (report.new, report.rejected) == (5, 0)
    assert report.notes == (
        "3 cells hold no price that can be read, such as 'call us' and '1.2.3.4'; what has no other is kept "
        "without one.",
    )
    with opened(tmp_path) as catalog:
        assert [catalog.product(f"lamps:{n}").price is None for n in (1, 2, 4)] == [False, True, True]


def test_quoted_line_breaks_stay_in_one_row(tmp_path: Path) -> None:
    report = imported(tmp_path, written(tmp_path, "lamps", 'id,name\n1,"Lamp\nwith ""two"" lines"\n2,Lamp\n'))
    assert report.new == 2
    with opened(tmp_path) as catalog:
        assert catalog.product("lamps:1").title == 'Lamp with "two" lines'


def test_the_rejects_file_of_a_better_version_goes_away(tmp_path: Path) -> None:
    first = imported(tmp_path, written(tmp_path, "lamps", jsonl(ROWS[:1]) + "{\n"))
    assert first.rejects_file is not None
    again = imported(tmp_path, written(tmp_path, "lamps", jsonl(ROWS[:1])))
    assert again.rejects_file is None
    assert not first.rejects_file.exists()


def test_importing_the_same_file_again_keeps_its_rejects(tmp_path: Path) -> None:
    path = written(tmp_path, "lamps", jsonl(ROWS[:1]) + "{\n")
    first = imported(tmp_path, path)
    again = imported(tmp_path, path)
    assert again.rejects_file == first.rejects_file
    assert again.rejects_file is not None
    assert again.rejects_file.exists()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_no_bytes_make_an_import_fail_otherwise(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, "anything", content)
    with suppress(ImportFaultError):
        imported(tmp_path, path, schema=None)
