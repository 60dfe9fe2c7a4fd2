"""Tables with stray quotation marks: no good row is lost, before or behind."""

import time
from pathlib import Path

import pytest

from index.importers.opening import recognize
from index.importers.rows import Rejected, Row
from tests.index.test_row_sources import rows_of
from tests.slow import slow


def table(path: Path, lines: list[str], delimiter: str = ",") -> list[Row | Rejected]:
    """The rows of a table that is written with bars for the delimiter."""
    path.write_text("".join(line.replace("|", delimiter) + "\n" for line in lines), encoding="utf-8")
    assert recognize(path).delimiter == delimiter
    rows, rejected, _ = rows_of(path)
    return [*rows, *rejected]


@pytest.mark.parametrize(("delimiter", "many"), [(",", 20), (";", 20), ("\t", 50_000)])
def test_a_quotation_mark_that_is_never_closed_costs_its_own_row_at_most(
    tmp_path: Path, delimiter: str, many: int
) -> None:
    lines = ["id|title|price", *(f"{n}|Monitor {n}|{n} USD" for n in range(many))]
    lines[11] = '10|"Monitor 10|10 USD'
    rows = table(tmp_path / "t.csv", lines, delimiter)
    assert len(rows) == many
    assert [row.cells["id"] for row in rows if isinstance(row, Row)] == [str(n) for n in range(many)]


def cells(rows: list[Row | Rejected]) -> list[list[object]]:
    """The cells of each row, in order."""
    return [list(row.cells.values()) for row in rows if isinstance(row, Row)]


@pytest.mark.parametrize("closing", ['|"Monitor 20|20 USD', '|Monitor 20"|20 USD', '|"Monitor, 20"|20 USD'])
@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_one_that_another_row_happens_to_close_takes_no_row_between_them(
    tmp_path: Path, closing: str, delimiter: str
) -> None:
    lines = ["id|title|price", *(f"{n}|Monitor {n}|{n} USD" for n in range(1000))]
    lines[11], lines[21] = '10|"Monitor 10|10 USD', f"20{closing}"
    rows = cells(table(tmp_path / "t.csv", lines, delimiter))
    assert [row[0] for row in rows] == [str(n) for n in range(1000)]
    assert [row[2] for row in rows] == [f"{n} USD" for n in range(1000)]


def test_rows_with_quoted_cells_of_their_own_come_out_from_behind_it(tmp_path: Path) -> None:
    lines = [
        "id|title|price",
        '1|"Never closed|1 USD',
        '2|"Red, green"|2 USD',
        '3|"Said ""hush"""|3 USD',
        "4|Plain|4 USD",
        '5|"Two',
        'lines"|5 USD',
    ]
    assert cells(table(tmp_path / "t.csv", lines)) == [
        ["1", '"Never closed', "1 USD"],
        ["2", "Red, green", "2 USD"],
        ["3", 'Said "hush"', "3 USD"],
        ["4", "Plain", "4 USD"],
        ["5", "Two\nlines", "5 USD"],
    ]


def test_its_own_row_is_rejected_alone_where_it_cannot_be_read_as_it_stands(tmp_path: Path) -> None:
    lines = ["id|title|price", '1|"Never, ever closed|1 USD', "2|Plain|2 USD", "3|Plain|3 USD"]
    *rows, rejected = table(tmp_path / "t.csv", lines)
    assert [row[0] for row in cells(rows)] == ["2", "3"]
    assert isinstance(rejected, Rejected)
    assert (rejected.number, rejected.reason) == (2, "a quotation mark in it is never closed")
    assert rejected.text == '1,"Never, ever closed,1 USD'


@pytest.mark.parametrize(
    "text",
    [
        "Bright.\nIt is small, light, cheap",
        "Red, green\nand, by night, blue\nor, on Sundays, none",
        "A kettle, quiet\n\nof steel, 1.7 l, white",
        'It says "hush", softly\nand, then, boils',
    ],
)
def test_a_text_of_several_lines_stays_one_cell(tmp_path: Path, text: str) -> None:
    quoted = text.replace('"', '""')
    lines = ["id|title|text", f'1|One|"{quoted}"', "2|Two|Plain", f'"3"|"Three"|"{quoted}"']
    assert cells(table(tmp_path / "t.csv", lines)) == [
        ["1", "One", text],
        ["2", "Two", "Plain"],
        ["3", "Three", text],
    ]


def test_a_text_that_the_files_end_cuts_makes_no_rows_of_its_lines(tmp_path: Path) -> None:
    lines = ["id|title|text", "1|One|Plain", '2|Two|"It begins', "goes on, a little", "and is cut"]
    assert cells(table(tmp_path / "t.csv", lines)) == [
        ["1", "One", "Plain"],
        ["2", "Two", "It begins\ngoes on, a little\nand is cut\n"],
    ]


@pytest.mark.parametrize("line", ['1|"b""|c', *slow('1|"""b|c', '""|"|x', '1|"b|c', '"|"|"')])
def test_a_table_of_nothing_but_stray_marks_is_read_in_time(tmp_path: Path, line: str) -> None:
    began = time.monotonic()
    lines = ["id|title|price", *([line, "2|b|c", "3|b|c"] * 10_000)]
    rows = table(tmp_path / "t.csv", lines, "\t")
    assert time.monotonic() - began < 15
    assert sum(row[0] in ("2", "3") for row in cells(rows)) > 0
