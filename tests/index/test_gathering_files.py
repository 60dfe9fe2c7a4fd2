"""Folders and patterns of names become the files in them; what is left out says why."""

import os
from pathlib import Path

import pytest

from index.gathering import files
from index.gathering.files import gather
from index.gathering.found import Found
from index.gathering.scratch import Scratch
from tests.index.gathered import ROWS, gathered


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files that can be imported, two levels deep, and some that cannot."""
    made = tmp_path / "given"
    (made / "sub" / "deeper").mkdir(parents=True)
    (made / ".git").mkdir()
    for name in ("b.csv", "a.csv", "sub/c.csv", "sub/deeper/d.csv", ".hidden.csv", ".git/e.csv"):
        (made / name).write_text(ROWS, encoding="utf-8")
    (made / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    return made


def test_a_folder_is_its_files_in_the_order_of_their_names(tmp_path: Path, folder: Path) -> None:
    found, left_out = gathered(tmp_path, folder)

    assert list(found) == ["a.csv", "b.csv", "sub/c.csv", "sub/deeper/d.csv"]
    assert set(left_out) == {".git", ".hidden.csv", "picture.png"}
    assert left_out[".git"] == "It is hidden."
    assert "picture.png is a picture" in left_out["picture.png"]


def test_a_circle_of_links_ends_and_nothing_outside_is_found(tmp_path: Path, folder: Path) -> None:
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "out").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "outside.csv").write_text(ROWS, encoding="utf-8")
    (folder / "linked.csv").symlink_to(folder / "a.csv")
    (folder / "away.csv").symlink_to(tmp_path / "outside.csv")
    found, left_out = gathered(tmp_path, folder)

    assert list(found) == ["a.csv", "b.csv", "sub/c.csv", "sub/deeper/d.csv"]
    assert "link to a folder" in left_out["loop"]
    assert "link to a folder" in left_out["out"]
    assert "link to a file outside" in left_out["away.csv"]
    assert list(gathered(tmp_path, folder / "away.csv")[0]) == ["away.csv"]  # named itself, it is meant


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes")
def test_a_pipe_is_not_opened(tmp_path: Path, folder: Path) -> None:
    os.mkfifo(folder / "pipe.csv")

    assert "neither a file nor a folder" in gathered(tmp_path, folder)[1]["pipe.csv"]
    assert "neither a file nor a folder" in gathered(tmp_path, folder / "pipe.csv")[1]["pipe.csv"]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.csv", ["a.csv", "b.csv"]),
        ("[b-z].csv", ["b.csv"]),
        ("*/*.csv", ["sub/c.csv"]),
        ("s?b/**/*.csv", ["sub/c.csv", "sub/deeper/d.csv"]),
        ("**/*.csv", ["a.csv", "b.csv", "sub/c.csv", "sub/deeper/d.csv"]),
        ("**/deeper/*", ["sub/deeper/d.csv"]),
        ("sub/**", ["sub/c.csv", "sub/deeper/d.csv"]),
    ],
)
def test_a_pattern_is_the_files_that_fit_it(
    tmp_path: Path, folder: Path, pattern: str, names: list[str]
) -> None:
    found, _ = gathered(tmp_path, str(folder / pattern))

    first = next(k for k, part in enumerate(Path(pattern).parts) if set(part) & set("*?["))
    below = "/".join(Path(pattern).parts[:first])
    assert [f"{below}/{name}".lstrip("/") for name in found] == names


def test_a_pattern_that_nothing_fits_says_so(tmp_path: Path, folder: Path) -> None:
    for pattern in (folder / "*.tsv", tmp_path / "absent" / "*.csv"):
        assert gathered(tmp_path, str(pattern)) == ({}, {str(pattern): f"No file fits {pattern}."})


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    path = tmp_path / "lamps [old].csv"
    path.write_text(ROWS, encoding="utf-8")

    assert list(gathered(tmp_path, path)[0]) == ["lamps [old].csv"]


def test_what_is_given_twice_is_found_once(tmp_path: Path, folder: Path) -> None:
    found, _ = gathered(tmp_path, folder / "a.csv", folder, str(folder / "*.csv"))

    assert list(found) == ["a.csv", "b.csv", "sub/c.csv", "sub/deeper/d.csv"]


def test_a_folder_without_end_is_looked_at_up_to_a_bound(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_FILES", 3)
    found, left_out = gathered(tmp_path, folder)

    assert list(found) == ["a.csv"]
    assert "more than 3 files" in left_out[str(folder)]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, folder: Path) -> None:
    (folder / "sub").chmod(0)
    try:
        found, left_out = gathered(tmp_path, folder)
    finally:
        (folder / "sub").chmod(0o700)

    assert list(found) == ["a.csv", "b.csv"]
    assert "cannot be read" in left_out["sub"]


def test_names_that_no_file_can_have_are_told(tmp_path: Path) -> None:
    assert list(gathered(tmp_path, "\x00")[1].values()) == ["No file can be called that."]
    with Scratch(tmp_path) as scratch:  # told by whoever opens it
        assert [type(each) for each in gather(["x" * 5000], scratch)] == [Found]
