"""ZIP archives give the files in them that can be imported; what they say of themselves is not believed."""

import os
import struct
import subprocess
import sys
import textwrap
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.gathering import archives
from index.gathering.files import gather
from index.gathering.found import Found
from index.gathering.scratch import Scratch, sweep
from tests.index.gathered import ROWS, archive, gathered, zipped

BOMB = b"a,b\n" + b"1,2\n" * 4_000_000


def test_members_are_recognized_by_content_and_named_by_their_place(tmp_path: Path) -> None:
    members: dict[str, str | bytes] = {
        "sub/lamps.dat": ROWS,
        "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(99),
        "__MACOSX/._x": "x",
    }
    found, left_out = gathered(tmp_path, archive(tmp_path / "shop.zip", members))

    assert found == {"shop.zip/sub/lamps.dat": ROWS}
    assert "shop.zip/picture.csv is a picture" in left_out["shop.zip/picture.csv"]
    assert left_out["shop.zip/__MACOSX/._x"] == "It is hidden."


def test_an_archive_in_an_archive_is_opened_once_and_no_deeper(tmp_path: Path) -> None:
    deepest = zipped({"c.csv": ROWS})
    inner = zipped({"b.csv": ROWS, "deepest.zip": deepest})
    found, left_out = gathered(tmp_path, archive(tmp_path / "outer.zip", {"a.csv": ROWS, "inner.zip": inner}))

    assert list(found) == ["outer.zip/a.csv", "outer.zip/inner.zip/b.csv"]
    assert "unpack it" in left_out["outer.zip/inner.zip/deepest.zip"]


@pytest.mark.parametrize(
    "name", ["../evil.csv", "/evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:\\evil.csv"]
)
def test_no_member_is_written_outside(tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    found, left_out = gathered(home, archive(tmp_path / "shop.zip", {name: ROWS, "good.csv": ROWS}))

    assert list(found) == ["shop.zip/good.csv"]
    assert list(left_out.values()) == ["Its name leads out of the archive."]
    assert not list(tmp_path.rglob("*evil*"))


def test_a_member_without_a_name_is_told_and_the_others_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "shop.zip"
    path.write_bytes(zipped({"x": ROWS, "good.csv": ROWS}).replace(b"x", b"\0"))
    found, left_out = gathered(tmp_path / "home", path)

    assert list(found) == ["shop.zip/good.csv"]
    assert list(left_out.values()) == ["It has no name."]


def test_a_bomb_is_refused_and_nothing_of_it_unpacked(tmp_path: Path) -> None:
    found, left_out = gathered(tmp_path, archive(tmp_path / "b.zip", {"bomb.csv": BOMB, "good.csv": ROWS}))

    assert not found
    assert "would fill the disk" in left_out["b.zip"]


def test_a_bomb_in_an_inner_archive_keeps_the_outer_files(tmp_path: Path) -> None:
    path = archive(tmp_path / "b.zip", {"good.csv": ROWS, "inner.zip": zipped({"bomb.csv": BOMB})})
    found, left_out = gathered(tmp_path, path)

    assert list(found) == ["b.zip/good.csv"]
    assert "would fill the disk" in left_out["b.zip/inner.zip"]


def test_a_member_that_says_a_smaller_size_than_it_has_is_damaged(tmp_path: Path) -> None:
    content = zipped({"bomb.csv": BOMB, "good.csv": ROWS})
    path = tmp_path / "liar.zip"
    path.write_bytes(content.replace(struct.pack("<I", len(BOMB)), struct.pack("<I", 500)))
    found, left_out = gathered(tmp_path, path)

    assert list(found) == ["liar.zip/good.csv"]
    assert "damaged" in left_out["liar.zip/bomb.csv"]


def test_bounds_of_number_and_size_hold_for_all_archives_of_an_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    monkeypatch.setattr(archives, "MOST_BYTES", 3 * len(ROWS) - 1)
    paths = [archive(tmp_path / f"{n}.zip", {"a.csv": ROWS, "b.csv": ROWS}) for n in range(2)]
    found, left_out = gathered(tmp_path, *paths)
    assert list(found) == ["0.zip/a.csv", "0.zip/b.csv"]
    assert "holds 2 files, more than 1" in left_out["1.zip"]

    monkeypatch.setattr(archives, "MOST_MEMBERS", 9)
    found, left_out = gathered(tmp_path, *paths)
    assert list(found) == ["0.zip/a.csv", "0.zip/b.csv"]
    assert left_out["1.zip/a.csv"] == "There is no room to unpack it."


def test_a_list_of_members_without_end_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MOST_DIRECTORY", 1_000)
    path = archive(tmp_path / "many.zip", {f"{n}.csv": ROWS for n in range(100)})

    assert "damaged" in gathered(tmp_path, path)[1]["many.zip"]


def test_an_encrypted_member_is_told_and_the_others_are_kept(tmp_path: Path) -> None:
    path = archive(tmp_path / "shop.zip", {"secret.csv": ROWS, "good.csv": ROWS})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    found, left_out = gathered(tmp_path, path)

    assert list(found) == ["shop.zip/good.csv"]
    assert "encrypted" in left_out["shop.zip/secret.csv"]


def test_a_damaged_member_is_told_and_the_others_are_kept(tmp_path: Path) -> None:
    path = archive(tmp_path / "shop.zip", {"bad.csv": ROWS, "good.csv": ROWS})
    content = bytearray(path.read_bytes())
    content[14] ^= 0xFF  # of the checksum
    content[content.index(b"PK\x01\x02") + 16] ^= 0xFF
    path.write_bytes(content)
    found, left_out = gathered(tmp_path, path)

    assert list(found) == ["shop.zip/good.csv"]
    assert "damaged" in left_out["shop.zip/bad.csv"]


def test_a_method_that_unpacks_without_bound_is_not_used(tmp_path: Path) -> None:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_BZIP2) as opened:
        opened.writestr("a.csv", ROWS)
    path = tmp_path / "odd.zip"
    path.write_bytes(made.getvalue())

    assert "unusual way" in gathered(tmp_path, path)[1]["odd.zip/a.csv"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (zipped({"a.csv": ROWS})[:-30], "damaged ZIP archive"),
        (b"PK\x03\x04" + bytes(100), "damaged ZIP archive"),
        (zipped({}), "holds no file"),
        (zipped({"[Content_Types].xml": "<x/>", "xl/sheet1.xml": "<x/>"}), "spreadsheet"),
    ],
    ids=["cut", "zeros", "empty", "workbook"],
)
def test_what_is_no_sound_archive_is_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    found, left_out = gathered(tmp_path, path)

    assert not found
    assert says in left_out["x.zip"]


def test_a_member_is_as_old_as_the_archive_says_and_never_newer_than_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "dated.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(zipfile.ZipInfo("old.csv", (2021, 5, 4, 12, 0, 0)), ROWS)
        opened.writestr(zipfile.ZipInfo("unset.csv"), ROWS)
        opened.writestr(zipfile.ZipInfo("future.csv", (2099, 1, 1, 0, 0, 0)), ROWS)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    with Scratch(tmp_path) as scratch:
        days = {
            each.name: datetime.fromtimestamp(each.path.stat().st_mtime, UTC).year
            for each in gather([path], scratch)
            if isinstance(each, Found)
        }

    assert days == {"dated.zip/old.csv": 2021, "dated.zip/unset.csv": 2023, "dated.zip/future.csv": 2023}


@given(place=st.integers(4, 10_000), byte=st.integers(0, 255), cut=st.integers(0, 400))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_wrong_with_an_archive_is_a_sentence(
    tmp_path: Path, place: int, byte: int, cut: int
) -> None:
    content = bytearray(zipped({"a.csv": ROWS, "sub/b.csv": ROWS, "inner.zip": zipped({"c.csv": ROWS})}))
    content[4 + place % (len(content) - 4)] = byte
    path = tmp_path / "fuzzed.zip"
    path.write_bytes(content[: len(content) - cut] if cut < 40 else content)
    found, left_out = gathered(tmp_path / "home", path)

    assert set(found.values()) <= {ROWS}
    assert all(reason.endswith((".", "that", "it")) for reason in left_out.values())
    assert not left_behind(tmp_path / "home")


def left_behind(home: Path) -> list[str]:
    return [path.name for path in (home / "unpacked").rglob("*") if path.suffix != ".lock"]


def test_nothing_stays_unpacked(tmp_path: Path) -> None:
    gathered(tmp_path, archive(tmp_path / "shop.zip", {"a.csv": ROWS}))

    assert not left_behind(tmp_path)


def test_what_a_killed_import_left_is_gone_at_the_next_start_and_a_living_ones_is_not(tmp_path: Path) -> None:
    path = archive(tmp_path / "shop.zip", {"a.csv": ROWS})
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from index.gathering.files import gather
        from index.gathering.scratch import Scratch

        scratch = Scratch(Path(sys.argv[1]))
        found = list(gather([sys.argv[2]], scratch))
        print(found[0].path, flush=True)
        sys.stdin.read()
    """)
    command = [sys.executable, "-c", program, str(tmp_path), str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        unpacked = Path(child.stdout.readline().strip())
        sweep(tmp_path)
        assert unpacked.read_text("utf-8") == ROWS
        assert unpacked.parent.parent.stat().st_mode & 0o77 == 0
        child.kill()
        child.wait()
    assert unpacked.exists()
    sweep(tmp_path)

    assert not left_behind(tmp_path)
