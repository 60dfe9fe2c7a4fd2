"""The wish lists of a data request: one JSON document of lists, items and people, made into rows of items.

Each of its objects has one member, called after what it is (`… [List]`, `… [Item 1]`, `… [User]`): a list of
single facts. Of items the number of the thing, how many and whether it was taken off again are read; names of
lists and people and their addresses never reach a row.
"""

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from pydantic import JsonValue

from index.gathering.found import Found
from index.gathering.scratch import Scratch
from index.importers.cells import moment_of
from index.importers.faults import RowError

_MOST: Final = 64 << 20
"""Bytes of a document; it is read whole."""
_BEGINS = re.compile(rb'\s*\[\s*\{\s*"[^"]{0,400}\[(?:List|Item \d+|User)\]"\s*:')
_KIND = re.compile(r"\[(List|Item \d+|User)\]$")


def as_rows(found: Found, scratch: Scratch) -> Found:
    """The file itself, or where it is such wish lists a file of their items, one JSON object a line."""
    try:
        with found.path.open("rb") as raw:
            if not _BEGINS.match(raw.read(4096)) or os.fstat(raw.fileno()).st_size > _MOST:
                return found
        document = json.loads(found.path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return found  # whoever imports it says what is wrong with it
    written = found.path.stat().st_mtime
    rows = "".join(
        json.dumps(row) + "\n" for row in _items(document, datetime.fromtimestamp(written, UTC).isoformat())
    )
    if not rows:
        return found
    folder = scratch.folder / f"wishes-{len(list(scratch.folder.iterdir()))}"
    folder.mkdir()
    path = folder / found.path.name
    path.write_text(rows, encoding="utf-8")
    os.utime(path, (written, written))
    return Found(path, found.name, found.inside or found.name, passing=True)


def _items(document: JsonValue, written: str) -> Iterator[dict[str, JsonValue]]:
    """Items that still stand on a list, dated by the last change of the list where that is told."""
    when: JsonValue = written
    for each in document if isinstance(document, list) else ():
        for name, facts in each.items() if isinstance(each, dict) else ():
            kind = _KIND.search(name)
            told = _told(facts)
            if kind is None:
                continue
            if kind[1] == "List":
                when = _date(told.get("recentActivityDate")) or written
            elif kind[1] != "User" and told.get("asin") and not _is_true(told.get("deleted")):
                yield {"wished asin": told["asin"], "wished": told.get("quantity", 1), "list changed": when}


def _told(facts: JsonValue) -> dict[str, JsonValue]:
    singles = facts if isinstance(facts, list) else [facts]
    return {name: value for single in singles if isinstance(single, dict) for name, value in single.items()}


def _date(value: JsonValue) -> str:
    try:
        moment = moment_of(value) if isinstance(value, str | int | float) else None
    except RowError:
        return ""
    return moment.isoformat() if moment else ""


def _is_true(value: JsonValue) -> bool:
    return value is True or str(value).casefold() == "true"
