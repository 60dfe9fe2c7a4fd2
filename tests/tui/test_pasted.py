"""What a person types, pastes or drops is told apart: paths as terminals give them, or rows."""

from pathlib import Path

import pytest

from tui.pasted import save_rows, understand


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """A file with blanks in its name."""
    path = tmp_path / "my old lamps (2).csv"
    path.write_text("name,price\nLamp,3 EUR\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "form",
    [
        "{path}",
        "'{path}'",
        '"{path}"',
        "  {path}  \n",
        "{escaped}",
        "{url}",
    ],
)
def test_a_dropped_file_is_its_path_in_whatever_form(blank: Path, form: str) -> None:
    escaped = str(blank)
    for character in " ()":
        escaped = escaped.replace(character, f"\\{character}")
    given = form.format(path=blank, escaped=escaped, url=blank.as_uri())

    assert understand(given).paths == (blank,)


def test_several_files_come_on_one_line_or_on_a_line_each(blank: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.touch()

    for given in (f"'{blank}' {other}", f"{blank}\n\n{other.as_uri()}\n{other}"):
        assert understand(given).paths == (blank, other)


def test_a_path_of_nothing_is_still_a_path(blank: Path) -> None:
    assert understand("lmaps.csv").paths == (Path("lmaps.csv"),)
    assert understand(f"'{blank}' '/nowhere/x y.csv'").paths == (blank, Path("/nowhere/x y.csv"))
    assert understand("~nobody-of-that-name/x.csv").paths == (Path("~nobody-of-that-name/x.csv"),)
    assert understand("\x00").paths == (Path("\x00"),)
    assert understand("x" * 5000).paths == (Path("x" * 5000),)


def test_a_name_with_a_quote_or_backslash_of_its_own_is_that_name(tmp_path: Path) -> None:
    path = tmp_path / "o'brien\\ lamps.csv"
    path.touch()

    assert understand(str(path)).paths == (path,)


def test_the_home_folder_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "lamps.csv").touch()

    assert understand("~/lamps.csv").paths == (tmp_path / "lamps.csv",)


@pytest.mark.parametrize(
    "rows",
    ["name,price\nLamp,3 EUR", '{"name": "Lamp", "price": "3 EUR"}', "just words\nand more of them"],
)
def test_what_is_no_path_is_rows(rows: str) -> None:
    assert understand(rows).rows == rows


def test_nothing_is_nothing() -> None:
    assert understand(" \n ").paths == ()
    assert not understand(" \n ").rows


def test_the_same_rows_make_the_same_file_and_an_array_is_taken_apart(tmp_path: Path) -> None:
    first = save_rows("name,price\n\nLamp,3 EUR\n", tmp_path)
    again = save_rows("name,price\r\nLamp,3 EUR", tmp_path)
    array = save_rows('[{"name": "Lämp"},\n {"name": "b"}]', tmp_path)

    assert first == again
    assert first.read_text(encoding="utf-8") == "name,price\nLamp,3 EUR\n"
    assert array.read_text(encoding="utf-8") == '{"name": "Lämp"}\n{"name": "b"}\n'
