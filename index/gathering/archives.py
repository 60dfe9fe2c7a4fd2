"""Takes the files that can be imported out of a ZIP archive, within bounds of number, size and growth.

What an archive says of itself is not believed: names lead nowhere, sizes are held to, and a member that is
damaged, encrypted or packed in an unusual way is told and keeps no other one out.
"""

import io
import os
import re
import shutil
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from index.gathering.found import Found, LeftOut
from index.importers.faults import FileFaultError
from index.importers.opening import recognize
from index.text.sanitize import plain

MOST_MEMBERS: Final = 5_000
MOST_BYTES: Final = 8 << 30
"""Unpacked, of all archives of one import."""
MOST_GROWTH: Final = 250
"""Text shrinks to a tenth or a fiftieth; what grows a thousandfold was made to fill a disk."""
_GROWS_FREELY: Final = 1 << 20
"""Bytes below which a member may have grown as it likes: thirty equal rows shrink to nothing."""
_MOST_DIRECTORY: Final = 8 << 20
"""Bytes of an archive's own list of members, which is read whole."""
_HEAD: Final = 1 << 17
"""Bytes of a member by which it is recognized before it is unpacked."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The other methods of a ZIP unpack a small piece into gigabytes at once."""
_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_OFFICE = ("[Content_Types].xml", "META-INF/manifest.xml")
_ENCRYPTED = 0x1
_PARTED = re.compile(r"[/\\]")
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError)
"""What `zipfile` raises over damage and over what it does not know."""


class Room:
    """What may still be unpacked."""

    def __init__(self) -> None:
        self.members = MOST_MEMBERS
        self.bytes = MOST_BYTES


def is_archive(path: Path) -> bool:
    """Whether a file begins as a ZIP archive; false where it cannot be read."""
    try:
        with path.open("rb") as raw:
            return raw.read(4) in _STARTS
    except OSError:
        return False


def unpack(archive: Found, into: Path, room: Room, *, nested: bool = True) -> Iterator[Found | LeftOut]:
    """The archive's importable members, unpacked into the folder; those of archives inside it as well.

    Raises FileFaultError where the archive is none, or would not fit.
    """
    try:
        with _Bounded(io.FileIO(archive.path)) as raw, zipfile.ZipFile(raw) as opened:
            yield from _members(opened, archive, into, room, nested=nested)
    except _BROKEN as error:
        raise FileFaultError(f"{archive.name} is a damaged ZIP archive; fetch it again.") from error
    except OSError as error:
        raise FileFaultError(f"{archive.name} cannot be unpacked: {error.strerror or error}.") from error


class _Bounded(io.BufferedReader):
    """A file of which no more is read at once than a list of members may have."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _MOST_DIRECTORY:
            raise zipfile.BadZipFile("its list of members is too long")
        return super().read(size)


def _members(
    opened: zipfile.ZipFile, archive: Found, into: Path, room: Room, *, nested: bool
) -> Iterator[Found | LeftOut]:
    # Python's own is_dir() fails on a name that begins with a NUL, of which nothing is left.
    members = [info for info in opened.infolist() if not info.filename.endswith("/")]
    _check(archive, members, room)
    names: set[str] = set()
    for info in members:
        name = f"{archive.name}/{plain(info.filename)}"
        reason = "There are two files of this name." if name in names else _refusal(info)
        names.add(name)
        if reason:
            yield LeftOut(name, reason)
            continue
        room.members -= 1
        path = into / f"{room.members}" / _file_name(info)
        found = Found(path, name, archive.inside or archive.name, passing=True)
        path.parent.mkdir()
        try:
            with opened.open(info) as member:
                kept = _take(member, found, info, archive, room, nested=nested)
        except FileFaultError as error:
            path.unlink(missing_ok=True)
            yield LeftOut(name, str(error).replace(str(path), name))
            continue
        except _BROKEN:
            path.unlink(missing_ok=True)
            yield LeftOut(name, "It is damaged; fetch the archive again.")
            continue
        if kept:
            yield found
        else:
            yield from _inner(found, into, room)


def _take(
    member: IO[bytes], found: Found, info: zipfile.ZipInfo, archive: Found, room: Room, *, nested: bool
) -> bool:
    """Write a member that can be imported; false where it is an archive to be unpacked in its turn."""
    with found.path.open("xb") as written:
        head = member.read(_HEAD)
        written.write(head)
        written.flush()
        inner = nested and head[:4] in _STARTS
        if not inner:
            recognize(found.path)
        if info.file_size > min(room.bytes, shutil.disk_usage(found.path.parent).free):
            raise FileFaultError("There is no room to unpack it.")
        room.bytes -= info.file_size
        shutil.copyfileobj(member, written, 1 << 20)
    when = _moment(info, archive.path)
    os.utime(found.path, (when, when))
    return not inner


def _inner(found: Found, into: Path, room: Room) -> Iterator[Found | LeftOut]:
    try:
        yield from unpack(found, into, room, nested=False)
    except FileFaultError as error:
        yield LeftOut(found.name, str(error))
    finally:
        found.path.unlink(missing_ok=True)


def _check(archive: Found, members: list[zipfile.ZipInfo], room: Room) -> None:
    """Refuse an archive as a whole; raises FileFaultError."""
    if any(info.filename in _OFFICE for info in members):
        raise FileFaultError(
            f"{archive.name} is a spreadsheet or a document; save the sheet as CSV and import that."
        )
    if not members:
        raise FileFaultError(f"{archive.name} holds no file.")
    if len(members) > room.members:
        raise FileFaultError(
            f"{archive.name} holds {len(members):,} files, more than {room.members:,}; unpack it, name some."
        )
    for info in members:
        grown = info.file_size / max(info.compress_size, 1)
        if info.file_size > _GROWS_FREELY and grown > MOST_GROWTH:
            raise FileFaultError(
                f"{archive.name} would fill the disk: {plain(info.filename)} in it grows {grown:,.0f}-fold; "
                "nothing of it is unpacked."
            )


def _refusal(info: zipfile.ZipInfo) -> str:
    """Why a member is not even opened; empty where it is."""
    if not info.filename:
        return "It has no name."
    parts = _PARTED.split(info.filename)
    if ".." in parts or not parts[0] or re.match(r"[A-Za-z]:", parts[0]):
        return "Its name leads out of the archive."
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return "It is hidden."
    if info.flag_bits & _ENCRYPTED:
        return "It is encrypted; unpack it with its password and import that."
    if info.compress_type not in _METHODS:
        return "It is packed in an unusual way; unpack it and import that."
    return ""


def _file_name(info: zipfile.ZipInfo) -> str:
    """A name of harmless letters that still says what the file is."""
    stem, dot, ending = re.sub(r"[^\w.\- ]+", "-", _PARTED.split(info.filename)[-1]).rpartition(".")
    return f"{stem[-80:]}{dot}{ending[-20:]}".strip() or "member"


def _moment(info: zipfile.ZipInfo, archive: Path) -> float:
    """When the member was written, which tells when it was true; otherwise when the archive was."""
    written = archive.stat().st_mtime
    if info.date_time[0] <= 1980:  # where nobody set it
        return written
    try:
        return min(written, time.mktime((*info.date_time, 0, 0, -1)))
    except (ValueError, OverflowError):
        return written
