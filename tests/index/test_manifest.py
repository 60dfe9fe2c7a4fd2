"""A folder is taken for whole only where every byte is what its manifest says, and nothing else is in it."""

import json
import os
import resource
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from index.errors import FullDiskError, ManifestError
from index.manifest import MANIFEST, check_folder, copy_checked, demand_empty, write_manifest

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ROLES = {"a.bin": "weights", "deep/b.txt": "words"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole folder of two files."""
    made = tmp_path / "folder"
    demand_empty(made)
    (made / "deep").mkdir()
    (made / "a.bin").write_bytes(bytes(range(256)) * 16)
    (made / "deep" / "b.txt").write_text("twelve words", encoding="utf-8")
    write_manifest(made, "parcel", ROLES, NOW)
    return made


def edit(folder: Path, change: Callable[[Any], object]) -> None:
    """Change the manifest as JSON."""
    told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    change(told)
    (folder / MANIFEST).write_text(json.dumps(told), encoding="utf-8")


def test_each_file_is_listed_with_its_size_digest_and_role(folder: Path) -> None:
    told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert (told["format"], told["kind"], told["created"]) == (1, "parcel", "2026-11-01T00:00:00Z")
    assert told["files"] == [
        {
            "path": path,
            "bytes": (folder / path).stat().st_size,
            "sha256": sha256((folder / path).read_bytes()).hexdigest(),
            "role": role,
        }
        for path, role in ROLES.items()
    ]
    manifest = check_folder(folder, "parcel")
    assert [entry.path for entry in manifest.having("words")] == ["deep/b.txt"]


def rename(folder: Path, path: str) -> None:
    edit(folder, lambda told: told["files"][0].update(path=path))


def become_link(path: Path) -> None:
    outside = path.rename(path.parents[1] / "outside")
    path.symlink_to(outside)


def become_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "one byte is another": (
        lambda f: (f / "a.bin").write_bytes(bytes([9]) + (f / "a.bin").read_bytes()[1:]),
        "'a.bin' is damaged or was changed",
    ),
    "cut": (lambda f: os.truncate(f / "a.bin", 100), "'a.bin' is cut: 100 bytes of 4,096 are here"),
    "empty": (lambda f: os.truncate(f / "deep/b.txt", 0), "'deep/b.txt' is cut: 0 bytes of 12"),
    "longer": (lambda f: os.truncate(f / "a.bin", 5000), "'a.bin' is too long"),
    "missing": (lambda f: (f / "deep/b.txt").unlink(), "'deep/b.txt' is missing"),
    "one more": (lambda f: (f / "deep/c").touch(), "'deep/c' does not belong to the parcel"),
    "a link inside": (lambda f: (f / "c").symlink_to("a.bin"), "'c' is a link"),
    "a link out": (lambda f: (f / "deep/c").symlink_to("/"), "'deep/c' is a link"),
    "a file became a link": (
        lambda f: become_link(f / "a.bin"),
        "'a.bin' is a link",
    ),
    "a folder became a link": (
        lambda f: become_link(f / "deep"),
        "'deep' is a link",
    ),
    "a pipe": (lambda f: os.mkfifo(f / "c"), "'c' is neither a file nor a folder"),
    "a file became a pipe": (
        lambda f: become_pipe(f / "a.bin"),
        "'a.bin' is neither a file nor a folder",
    ),
    "up": (lambda f: rename(f, "../a.bin"), "'../a.bin', which is no path inside"),
    "up within": (lambda f: rename(f, "deep/../../a.bin"), "no path inside"),
    "absolute": (lambda f: rename(f, "/etc/hostname"), "'/etc/hostname', which is no path inside"),
    "a drive": (lambda f: rename(f, "C:a.bin"), "no path inside"),
    "a backslash": (lambda f: rename(f, "..\\a.bin"), "no path inside"),
    "here": (lambda f: rename(f, "./a.bin"), "no path inside"),
    "an escape": (lambda f: rename(f, "\x1b[2J"), "no path inside"),
    "twice": (lambda f: rename(f, "Deep/B.txt"), "'deep/b.txt' twice"),
    "no manifest": (lambda f: (f / MANIFEST).unlink(), "has no manifest.json"),
    "a manifest that is a link": (
        lambda f: become_link(f / MANIFEST),
        "is a link",
    ),
    "half a manifest": (lambda f: os.truncate(f / MANIFEST, 200), "is no manifest"),
    "no JSON": (lambda f: (f / MANIFEST).write_bytes(b"\xff\x00"), "is no manifest"),
    "a list": (lambda f: (f / MANIFEST).write_text("[1]"), "is no manifest"),
    "deep JSON": (lambda f: (f / MANIFEST).write_text("[" * 200_000), "is no manifest"),
    "a huge number": (
        lambda f: (f / MANIFEST).write_text('{"format": ' + "9" * 5000 + "}"),
        "is no manifest",
    ),
    "another format": (
        lambda f: edit(f, lambda t: t.update(format=2)),
        "is of format 2 and this version reads 1",
    ),
    "another format with other fields": (
        lambda f: edit(f, lambda t: (t.clear(), t.update(format=7, all=[]))),
        "is of format 7",
    ),
    "another kind": (lambda f: edit(f, lambda t: t.update(kind="letter")), "'letter', and of no parcel"),
    "another field": (lambda f: edit(f, lambda t: t.update(run="rm")), "is no manifest (run:"),
    "a negative size": (
        lambda f: edit(f, lambda t: t["files"][0].update(bytes=-1)),
        "is no manifest (files.0.bytes:",
    ),
    "no digest": (
        lambda f: edit(f, lambda t: t["files"][0].update(sha256="x")),
        "is no manifest (files.0.sha256:",
    ),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_what_is_not_as_it_was_written_is_said_in_a_sentence(folder: Path, fault: str) -> None:
    spoil, told = SPOILT[fault]
    spoil(folder)
    with pytest.raises(ManifestError) as refused:
        check_folder(folder, "parcel")
    sentences = str(refused.value).splitlines()
    assert any(told in sentence for sentence in sentences), sentences
    assert all(sentence.endswith(".") and "\x1b" not in sentence for sentence in sentences)


def test_folders_deeper_than_python_calls_itself_are_looked_through(folder: Path) -> None:
    deep = [folder / "d"]
    while len(deep) < 1200:
        deep.append(deep[-1] / "d")
    for path in deep:
        path.mkdir()
    (deep[-1] / "c").touch()
    try:
        with pytest.raises(ManifestError, match="d/c' does not belong to the parcel"):
            check_folder(folder, "parcel")
    finally:
        # What removes the folders of old tests calls itself for each.
        (deep[-1] / "c").unlink()
        for path in reversed(deep):
            path.rmdir()


def test_a_manifest_larger_than_any_is_not_read(folder: Path) -> None:
    os.truncate(folder / MANIFEST, 1 << 40)
    with pytest.raises(ManifestError, match="larger than any manifest"):
        check_folder(folder, "parcel")


def test_of_very_many_faults_the_first_are_told(folder: Path) -> None:
    for number in range(50):
        (folder / f"more{number}").touch()
    with pytest.raises(ManifestError) as refused:
        check_folder(folder, "parcel")
    assert str(refused.value).splitlines()[20:] == ["And 30 more."]


def test_what_was_put_in_while_it_was_made_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "stray").touch()
    with pytest.raises(ManifestError, match="'stray' was put into"):
        write_manifest(tmp_path, "parcel", {"a": "words"}, NOW)
    assert not (tmp_path / MANIFEST).exists()


def test_a_folder_with_anything_in_it_is_not_written_into(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="another is in it"):
        demand_empty(folder)
    (folder / MANIFEST).unlink()
    with pytest.raises(ManifestError, match="perhaps of one that was broken off"):
        demand_empty(folder)
    demand_empty(tmp_path / "new" / "one")
    assert (tmp_path / "new" / "one").stat().st_mode & 0o777 == 0o700


def test_a_manifest_that_does_not_fit_on_the_disk_is_not_there(folder: Path) -> None:
    (folder / MANIFEST).unlink()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(FullDiskError, match="takes no more"):
            write_manifest(folder, "parcel", ROLES, NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not (folder / MANIFEST).exists()


def test_what_was_changed_between_the_check_and_the_copy_is_not_taken(folder: Path, tmp_path: Path) -> None:
    manifest = check_folder(folder, "parcel")
    copied = copy_checked(folder, manifest.entry("a.bin"), tmp_path / "in" / "a.bin")
    assert copied.read_bytes() == (folder / "a.bin").read_bytes()
    assert copied.stat().st_mode & 0o777 == 0o600
    (folder / "a.bin").write_bytes(bytes(4096))
    with pytest.raises(ManifestError, match=r"a\.bin was changed since it was checked"):
        copy_checked(folder, manifest.entry("a.bin"), tmp_path / "in" / "other")
    assert not (tmp_path / "in" / "other").exists()
