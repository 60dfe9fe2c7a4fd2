"""Files, folders, patterns of names and archives made into the files to look at, each once.

Folders are walked without following links to folders or out of the folder, so no circle of them is walked
twice and nothing outside is found; hidden files and what cannot be imported are left out and told.
"""

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from index.gathering.archives import Room, is_archive, unpack
from index.gathering.found import Found, LeftOut
from index.gathering.scratch import Scratch
from index.gathering.wishes import as_rows
from index.importers.faults import FileFaultError
from index.importers.opening import recognize
from index.text.sanitize import plain

MOST_FILES: Final = 20_000
"""Entries of one folder that are looked at, those below it included."""
_MAGIC = re.compile(r"[*?\[]")


def gather(given: Iterable[str | Path], scratch: Scratch, form: str = "") -> Iterator[Found | LeftOut]:
    """Every file that is meant, in a stable order; archives are unpacked into the scratch folder.

    `form` is one of `opening.FORMS` where the content of what is found in folders is not to decide. A file
    that was named itself is not looked into: what is wrong with it is told by whoever imports it.
    """
    room = Room()
    seen: set[Path] = set()
    for each in given:
        for found in _given(each):
            if isinstance(found, LeftOut):
                yield found
            elif (there := _resolved(found.path)) not in seen:
                seen.add(there)
                yield from _opened(found, scratch, room, form)


def _given(given: str | Path) -> Iterator[Found | LeftOut]:
    path = Path(given)
    if "\0" in str(given):
        yield LeftOut(_name(path), "No file can be called that.")
    elif _is_folder(path):
        yield from _walked(path)
    elif _MAGIC.search(str(given)) and not os.path.lexists(path):
        yield from _matching(path)
    elif _is_special(path):
        yield LeftOut(_name(path), f"{plain(str(path))} is neither a file nor a folder.")
    else:
        yield Found(path, _name(path))


def _opened(found: Found, scratch: Scratch, room: Room, form: str) -> Iterator[Found | LeftOut]:
    """The file itself, or what an archive holds; what was only found must be importable."""
    try:
        if is_archive(found.path):
            for each in unpack(found, scratch.folder, room):
                yield as_rows(each, scratch) if isinstance(each, Found) else each
            return
        if found.inside:
            recognize(found.path, form)
    except FileFaultError as error:
        yield LeftOut(found.name, str(error).replace(str(found.path), found.name))
    else:
        yield as_rows(found, scratch)


def _walked(folder: Path) -> Iterator[Found | LeftOut]:
    inside = plain(str(folder))
    for path, reason in _entries(folder, deepest=None):
        name = inside if path == folder else plain(path.relative_to(folder).as_posix())
        yield LeftOut(name, reason) if reason else Found(path, name, inside)


def _matching(pattern: Path) -> Iterator[Found | LeftOut]:
    """The files that a pattern names; `**` stands for any number of folders."""
    fixed = next(k for k, part in enumerate(pattern.parts) if _MAGIC.search(part))
    folder, wanted = Path(*pattern.parts[:fixed]), pattern.parts[fixed:]
    deepest = None if "**" in wanted else len(wanted)
    inside, none_fits = plain(str(pattern)), True
    for path, reason in _entries(folder, deepest=deepest) if _is_folder(folder) else ():
        place = path.relative_to(folder)
        if not reason and _fits(place.parts, wanted):
            none_fits = False
            yield Found(path, plain(place.as_posix()), inside)
    if none_fits:
        yield LeftOut(inside, f"No file fits {inside}.")


def _fits(place: Sequence[str], wanted: Sequence[str]) -> bool:
    if not wanted:
        return not place
    first, *rest = wanted
    if first == "**":
        return any(_fits(place[k:], rest or ["*"]) for k in range(len(place)))
    return bool(place) and fnmatch.fnmatchcase(place[0], first) and _fits(place[1:], rest)


def _entries(folder: Path, deepest: int | None) -> Iterator[tuple[Path, str]]:
    """Files below a folder in the order of their names, and what is left out with a reason."""
    inside = _resolved(folder)
    waiting = [(folder, 1)]
    looked = 0
    while waiting:
        here, depth = waiting.pop()
        try:
            with os.scandir(here) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            yield here, f"The folder cannot be read: {error.strerror}."
            continue
        deeper = []
        for entry in entries:
            looked += 1
            if looked > MOST_FILES:
                yield folder, f"It holds more than {MOST_FILES:,} files; name folders in it one by one."
                return
            path = Path(entry.path)
            reason = _left_out(entry, inside)
            if reason or entry.is_file():
                yield path, reason
            elif deepest is None or depth < deepest:
                deeper.append((path, depth + 1))
        waiting += reversed(deeper)


def _left_out(entry: os.DirEntry[str], inside: Path) -> str:
    if entry.name.startswith("."):
        return "It is hidden."
    if entry.is_symlink() and entry.is_dir():
        return "It is a link to a folder; name that folder itself."
    if entry.is_symlink() and entry.is_file() and not _resolved(Path(entry.path)).is_relative_to(inside):
        return "It is a link to a file outside of the folder; name that file itself."
    if not entry.is_file() and not entry.is_dir(follow_symlinks=False):
        return "It is neither a file nor a folder."
    return ""


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that is too long, or holds a zero byte
        return False


def _is_special(path: Path) -> bool:
    try:
        return path.exists() and not path.is_file()
    except (OSError, ValueError):
        return False


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError):
        return path


def _name(path: Path) -> str:
    return plain(path.name or str(path))
