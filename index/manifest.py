"""The manifest of a folder that travels: every file with its size, SHA-256 and role, written last.

A folder without one is not whole. What a kind of folder holds, and what becomes of it, is left to others.
"""

import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import Field, ValidationError

from index.errors import ManifestError
from index.product import Record, first_fault
from index.store.database import disk_faults
from models.store import sha256_of

MANIFEST = "manifest.json"
FORMAT = 1
_MOST_BYTES = 64 << 20
"""Of a manifest; that of a hundred thousand files has a third of it."""
_MOST_FAULTS = 20
"""What is told of one folder."""
_BLOCK = 1 << 20


class FileEntry(Record):
    """One file of the folder."""

    path: str = Field(min_length=1, max_length=400)
    """From the folder, its parts joined with "/"."""
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    role: str = Field(pattern=r"^[a-z]{1,40}$")
    """What the file is for, as its kind of folder calls it."""


class Manifest(Record):
    """What a folder holds."""

    format: int = FORMAT
    kind: str
    """What the folder is, in one word."""
    created: datetime
    files: tuple[FileEntry, ...]

    def having(self, role: str) -> tuple[FileEntry, ...]:
        """The files of a role."""
        return tuple(entry for entry in self.files if entry.role == role)

    def entry(self, path: str) -> FileEntry:
        """The file of a path; raises ManifestError."""
        for entry in self.files:
            if entry.path == path:
                return entry
        raise ManifestError(f"The manifest lists no {path!r}; make the {self.kind} anew.")


def demand_empty(folder: Path) -> None:
    """Make a folder that only its owner can read; raises ManifestError where it holds anything."""
    with disk_faults(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = next(folder.iterdir(), None)
    if there is None:
        return
    listed = (folder / MANIFEST).exists()
    what = "another is in it" if listed else f"{there.name} is in it, perhaps of one that was broken off"
    raise ManifestError(f"{folder} is not empty ({what}); name another folder, or delete it first.")


@contextmanager
def whole_or_nothing(folder: Path) -> Iterator[None]:
    """Of what was broken off nothing stays in the folder, and a kill leaves no manifest."""
    try:
        with disk_faults(folder):
            yield
    except BaseException:
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise


def write_manifest(folder: Path, kind: str, roles: Mapping[str, str], now: datetime) -> Manifest:
    """Sum up the files, by their paths, and write the manifest last; raises CatalogueError."""
    with disk_faults(folder):
        strays = sorted({path.relative_to(folder).as_posix() for path, _ in _walked(folder)} - roles.keys())
        if strays:
            raise ManifestError(f"{strays[0]!r} was put into {folder} meanwhile; make the {kind} anew.")
        entries = []
        for path, role in sorted(roles.items()):
            size = _on_disk(folder / path)
            entries.append(FileEntry(path=path, bytes=size, sha256=sha256_of(folder / path), role=role))
        manifest = Manifest(kind=kind, created=now, files=tuple(entries))
        partial = folder / f"{MANIFEST}.partial"
        partial.write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
        _on_disk(partial)
        partial.replace(folder / MANIFEST)
    return manifest


def check_folder(folder: Path, kind: str) -> Manifest:
    """Hold every byte of a folder against its manifest; raises ManifestError with a line for each fault."""
    with disk_faults(folder):
        manifest = _read(folder, kind)
        faults = [*_listing_faults(manifest), *_file_faults(folder, manifest)]
    if faults:
        more = len(faults) - _MOST_FAULTS
        told = [*faults[:_MOST_FAULTS], *([f"And {more} more."] if more > 0 else [])]
        raise ManifestError("\n".join(told))
    return manifest


def copy_checked(folder: Path, entry: FileEntry, target: Path) -> Path:
    """Copy a file, whose bytes are held against the manifest once more; raises CatalogueError."""
    with disk_faults(target):
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        copy_private(folder / entry.path, target)
        if target.stat().st_size != entry.bytes or sha256_of(target) != entry.sha256:
            target.unlink()
            raise ManifestError(f"{entry.path} was changed since it was checked; copy the folder anew.")
    return target


def copy_private(source: Path, target: Path) -> None:
    """Copy a file into one that nobody else can read; raises OSError."""
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)
    with source.open("rb") as read, target.open("wb") as written:
        while block := read.read(_BLOCK):
            written.write(block)


def _on_disk(path: Path) -> int:
    """Wait until a file is on the disk, for its owner alone; its bytes."""
    path.chmod(0o600)
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    return path.stat().st_size


def _read(folder: Path, kind: str) -> Manifest:
    path = folder / MANIFEST
    if not folder.is_dir():
        raise ManifestError(f"{folder} is no folder; name the one that the {kind} is in.")
    if path.is_symlink():
        raise ManifestError(f"{path} is a link; a {kind} has none.")
    if not path.is_file():
        raise ManifestError(
            f"{folder} has no {MANIFEST}: it is no {kind}, or one that was broken off; make it anew."
        )
    if path.stat().st_size > _MOST_BYTES:
        raise ManifestError(f"{path} is larger than any manifest; make the {kind} anew.")
    return _parsed(path, kind)


def _parsed(path: Path, kind: str) -> Manifest:
    try:
        written: Any = json.loads(path.read_bytes())
        # Another version may have other fields, so its number is read before them.
        found = written["format"] if isinstance(written, dict) else None
        if isinstance(found, int) and found != FORMAT:
            raise ManifestError(
                f"{path} is of format {found} and this version reads {FORMAT}; make the {kind} with this one."
            )
        manifest = Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ManifestError(f"{path} is no manifest ({first_fault(error)}); make the {kind} anew.") from error
    except (ValueError, KeyError, RecursionError) as error:
        raise ManifestError(f"{path} is no manifest; make the {kind} anew.") from error
    if manifest.kind != kind:
        raise ManifestError(
            f"{path} is that of another kind of folder, {manifest.kind!r:.60}, and of no {kind}."
        )
    return manifest


def _listing_faults(manifest: Manifest) -> Iterator[str]:
    seen: set[str] = set()
    for entry in manifest.files:
        if not _stays_inside(entry.path):
            yield f"The manifest names {entry.path!r}, which is no path inside the folder."
        # Some file systems take upper and lower case for the same.
        elif entry.path.casefold() in seen:
            yield f"The manifest names {entry.path!r} twice."
        seen.add(entry.path.casefold())


def _stays_inside(path: str) -> bool:
    parts = path.split("/")
    plain = path.isprintable() and not any(sign in path for sign in '\\:*?"<>|')
    return (
        plain and not any(part in ("", ".", "..") for part in parts) and not PurePosixPath(path).is_absolute()
    )


def _file_faults(folder: Path, manifest: Manifest) -> Iterator[str]:
    there: dict[str, int] = {}
    for path, mode in _walked(folder):
        name = path.relative_to(folder).as_posix()
        if stat.S_ISREG(mode):
            there[name] = path.stat().st_size
        else:
            what = "a link" if stat.S_ISLNK(mode) else "neither a file nor a folder"
            yield f"{name!r} is {what}; a {manifest.kind} has none."
    there.pop(MANIFEST, None)
    listed = {entry.path: entry for entry in manifest.files}
    for name in sorted(there.keys() - listed.keys()):
        yield f"{name!r} does not belong to the {manifest.kind}; delete it."
    for name, entry in listed.items():
        if name in there:
            yield from _fault_of(folder / name, entry, there[name])
        elif _stays_inside(name):
            yield f"{name!r} is missing; copy the {manifest.kind} anew."


def _fault_of(path: Path, entry: FileEntry, size: int) -> Iterator[str]:
    if size < entry.bytes:
        yield f"{entry.path!r} is cut: {size:,} bytes of {entry.bytes:,} are here; copy it anew."
    elif size > entry.bytes:
        yield f"{entry.path!r} is too long: {size:,} bytes where {entry.bytes:,} were; copy it anew."
    elif sha256_of(path) != entry.sha256:
        yield f"{entry.path!r} is damaged or was changed: its SHA-256 is another; copy it anew."


def _walked(folder: Path) -> Iterator[tuple[Path, int]]:
    """Everything below a folder but its folders, with its mode; links are not followed."""
    waiting = [folder]
    while waiting:
        for path in sorted(waiting.pop().iterdir()):
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                waiting.append(path)
            else:
                yield path, mode
